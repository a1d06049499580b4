// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC5643} from "../../src/exchange/IERC5643.sol";
import {ILicenseBook, Purchase, Reason} from "../../src/exchange/ILicenseBook.sol";
import {IOfferBook, Kind, Offer} from "../../src/exchange/IOfferBook.sol";
import {Action, ActionKind} from "../../src/identity/IOrganizations.sol";
import {IIntentGuard, Intent} from "../../src/identity/IIntentGuard.sol";
import {Roles} from "../../src/identity/Roles.sol";
import {IERC5192} from "../../src/records/IERC5192.sol";
import {Version} from "../../src/records/IRecordRegistry.sol";
import {IRevenueRouter} from "../../src/revenue/IRevenueRouter.sol";
import {SettlementToken} from "../../src/revenue/SettlementToken.sol";
import {Rekeying} from "../records/Rekey.t.sol";
import {Claims} from "../revenue/Claims.sol";

/// @title All that LicenseBook can do, for tests that deploy it from its artifact
interface ILicenses is ILicenseBook, IERC721, IERC5192, IERC5643, IIntentGuard {}

/// @title A record of six sections that its patient lets be licensed, two licensees with money, and the
/// books; the lending is a contract with claims
abstract contract Selling is Rekeying {
    uint256 internal constant PLATFORM = 0xe2;
    uint256 internal constant LICENSEE = 0xe3;
    uint256 internal constant RIVAL = 0xe4;
    uint256 internal constant LENDER = 0xe6;
    uint256 internal constant RICH = 1e15;
    uint16 internal constant SECTIONS = 0x1196;
    uint16 internal constant SOCIAL = 1 << 1;
    uint16 internal constant LABORATORY = 1 << 7;
    uint136 internal constant SOCIAL_ID = uint136(RECORD) << 8 | 1;
    uint136 internal constant LABORATORY_ID = uint136(RECORD) << 8 | 7;
    uint8 internal constant DRUG = 3;
    uint64 internal constant GRU = 1 << 42;
    uint64 internal constant TODAY = START / DAY * DAY;
    uint96 internal constant CLAIM = 5;
    string internal constant OFFER_TYPE = "Offer(uint136 tokenId,uint16 mask,uint8 kind,uint8 flags,"
        "uint16 uses,uint16 regions,uint8 sublicenseDepth,uint16 minDays,uint16 maxDays,"
        "uint16 sublicenseBps,uint64 duo,address seller,uint32 until,bytes32 agreementHash)";
    string internal constant PURCHASE_TYPE = "Purchase(uint32 offerId,uint16 mask,uint16 termDays,"
        "uint8 use,uint32 minVersion,uint256 maxPrice)";

    SettlementToken internal money;
    IRevenueRouter internal router;
    IOfferBook internal offers;
    ILicenses internal licenses;
    Claims internal claims;
    address internal subject;

    constructor() {
        address book = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 3);
        money = SettlementToken(_made("SettlementToken", abi.encode(organizations)));
        router = IRevenueRouter(
            _made(
                "RevenueRouter", abi.encode(money, organizations, policies, records, book, claims)
            )
        );
        bytes memory known = abi.encode(organizations, policies, records, router, book);
        offers = IOfferBook(_made("OfferBook", known));
        known = abi.encode(organizations, policies, records, router, offers);
        licenses = ILicenses(_made("LicenseBook", known));
        claims.use(router);
        _settleIn();
    }

    /// The router comes after the five contracts of the consortium and the token; the license book
    /// two later.
    function modules() internal override returns (address hook, address exchange, address lending) {
        claims = new Claims();
        uint64 nonce = vm.getNonce(address(this));
        hook = vm.computeCreateAddress(address(this), nonce + 6);
        exchange = vm.computeCreateAddress(address(this), nonce + 8);
        lending = address(claims);
    }

    function _made(string memory name, bytes memory arguments) private returns (address target) {
        target = vm.deployCode(string.concat(name, ".sol:", name), arguments);
        named(target, name);
    }

    function _settleIn() private {
        admit(PLATFORM, 0);
        decide(act(ActionKind.SetPlatform, vm.addr(PLATFORM), 0));
        admit(LENDER, Roles.LENDER);
        subject = records.subjectOf(RECORD);
        advance(Version(RECORD, 2, "one", "two", SECTIONS, 0));
        setPolicy(SECTIONS, GRU, 0xffff, 1);
        licensed(LICENSEE, 0);
        licensed(RIVAL, 0);
    }

    /// An organization with the role of licensees, attributes, and money that the router may pull.
    function licensed(uint256 key, bytes32 attributes) internal {
        address org = vm.addr(key);
        decide(Action(ActionKind.Admit, org, Roles.LICENSEE, attributes, address(0)));
        money.issue(
            org,
            RICH,
            signed(
                PLATFORM, address(money), "Issue(address to,uint256 amount", abi.encode(org, RICH)
            )
        );
        vm.prank(org);
        money.approve(address(router), type(uint256).max);
    }

    /* POLICY */

    function setPolicy(uint16 mask, uint64 duo, uint16 uses, uint16 regions) internal {
        Intent memory by = signed(
            PATIENT,
            address(policies),
            "SetPolicy(uint128 record,uint16 mask,uint64 duo,uint16 uses,uint16 regions",
            abi.encode(RECORD, mask, duo, uses, regions)
        );
        policies.setPolicy(RECORD, mask, duo, uses, regions, by);
    }

    function close(uint136 sectionId) internal {
        policies.close(sectionId, onSection("Close", sectionId));
    }

    function reopen(uint136 sectionId) internal {
        policies.reopen(sectionId, onSection("Reopen", sectionId));
    }

    function onSection(string memory verb, uint136 sectionId) internal returns (Intent memory) {
        return signed(
            PATIENT,
            address(policies),
            string.concat(verb, "(uint136 sectionId"),
            abi.encode(sectionId)
        );
    }

    /* OFFERS */

    /// Social and laboratory, for a year, for any use, without sublicenses.
    function offerOf(Kind kind) internal view returns (Offer memory offer) {
        offer.tokenId = uint136(TOKEN);
        offer.mask = kind == Kind.Sale ? 0 : SOCIAL | LABORATORY;
        (offer.kind, offer.uses, offer.regions) = (kind, 0xffff, 1);
        (offer.minDays, offer.maxDays) = (30, 365);
        (offer.duo, offer.seller) = (GRU, subject);
        (offer.until, offer.agreementHash) = (uint32(START + 365 * DAY), "agreement");
    }

    /// Five units a day for the first section, seven for the second, and so on; or a price of 9,000.
    function pricesOf(Offer memory offer) internal pure returns (uint48[] memory prices) {
        uint256 count = offer.kind == Kind.Sale ? 1 : 0;
        for (uint256 code; code < 16; ++code) {
            if (offer.mask & (1 << code) != 0) ++count;
        }
        prices = new uint48[](count);
        for (uint256 i; i < count; ++i) {
            prices[i] = offer.kind == Kind.Sale ? 9_000 : uint48(5 + 2 * i);
        }
    }

    function posted(Kind kind) internal returns (uint32) {
        return posted(offerOf(kind));
    }

    function posted(Offer memory offer) internal returns (uint32) {
        uint48[] memory prices = pricesOf(offer);
        return offers.postOffer(offer, prices, unsigned(), onOffer(PATIENT, offer, prices));
    }

    function unsigned() internal pure returns (Intent memory none) {}

    function onOffer(uint256 key, Offer memory offer, uint48[] memory prices)
        internal
        returns (Intent memory by)
    {
        by = onOffer(key, "PostOffer", offer, prices);
        if (key == PATIENT) by.signer = subject;
    }

    /// @param verb PostOffer or ApproveOffer
    function onOffer(uint256 key, string memory verb, Offer memory offer, uint48[] memory prices)
        internal
        returns (Intent memory)
    {
        bytes32 inner = keccak256(bytes.concat(keccak256(bytes(OFFER_TYPE)), abi.encode(offer)));
        return signed(
            key,
            address(offers),
            string.concat(verb, "(Offer offer,uint48[] prices"),
            OFFER_TYPE,
            abi.encode(inner, keccak256(abi.encodePacked(prices)))
        );
    }

    function onClosing(uint256 key, uint32 offerId) internal returns (Intent memory by) {
        by = signed(key, address(offers), "CloseOffer(uint32 offerId", abi.encode(offerId));
        if (key == PATIENT) by.signer = subject;
    }

    function onClosingAll(uint256 key, uint256 tokenId) internal returns (Intent memory by) {
        by = signed(key, address(offers), "CloseAllOffers(uint256 tokenId", abi.encode(tokenId));
        if (key == PATIENT) by.signer = subject;
    }

    function closed(uint32 offerId) internal {
        offers.closeOffer(offerId, onClosing(PATIENT, offerId));
    }

    /* LICENSES */

    function purchaseOf(uint32 offerId, uint16 mask, uint16 termDays)
        internal
        pure
        returns (Purchase memory)
    {
        return Purchase(offerId, mask, termDays, DRUG, 0, type(uint256).max);
    }

    /// @param verb Subscribe, Rent or Acquire
    function onPurchase(uint256 key, string memory verb, Purchase memory purchase)
        internal
        returns (Intent memory)
    {
        return signed(
            key,
            address(licenses),
            string.concat(verb, "(Purchase purchase"),
            PURCHASE_TYPE,
            abi.encode(
                keccak256(bytes.concat(keccak256(bytes(PURCHASE_TYPE)), abi.encode(purchase)))
            )
        );
    }

    function subscribed(uint256 key, uint32 offerId, uint16 mask, uint16 termDays)
        internal
        returns (uint256)
    {
        Purchase memory purchase = purchaseOf(offerId, mask, termDays);
        return licenses.subscribe(purchase, onPurchase(key, "Subscribe", purchase));
    }

    function rented(uint256 key, uint32 offerId, uint16 mask, uint16 termDays)
        internal
        returns (uint256)
    {
        Purchase memory purchase = purchaseOf(offerId, mask, termDays);
        return licenses.rent(purchase, onPurchase(key, "Rent", purchase));
    }

    function acquired(uint256 key, uint32 offerId, uint16 mask) internal returns (uint256) {
        Purchase memory purchase = purchaseOf(offerId, mask, 0);
        return licenses.acquire(purchase, onPurchase(key, "Acquire", purchase));
    }

    function onRenewal(uint256 key, uint256 id, uint16 termDays, uint256 maxPrice)
        internal
        returns (Intent memory)
    {
        return signed(
            key,
            address(licenses),
            "Renew(uint256 id,uint16 termDays,uint256 maxPrice",
            abi.encode(id, termDays, maxPrice)
        );
    }

    function renew(uint256 key, uint256 id, uint16 termDays) internal {
        licenses.renew(
            id, termDays, type(uint256).max, onRenewal(key, id, termDays, type(uint256).max)
        );
    }

    /// @param verb Cancel or Revoke
    function onLicense(uint256 key, string memory verb, uint256 id)
        internal
        returns (Intent memory by)
    {
        by = signed(key, address(licenses), string.concat(verb, "(uint256 id"), abi.encode(id));
        if (key == PATIENT) by.signer = subject;
    }

    function cancel(uint256 key, uint256 id) internal {
        licenses.cancel(id, onLicense(key, "Cancel", id));
    }

    function revoke(uint256 id) internal {
        licenses.revoke(id, onLicense(PATIENT, "Revoke", id));
    }

    function onSublicense(uint256 key, uint256 parent, address holder, uint16 mask, uint16 termDays)
        internal
        returns (Intent memory)
    {
        return signed(
            key,
            address(licenses),
            "Sublicense(uint256 parent,address licensee,uint16 mask,uint16 termDays,uint256 maxPrice",
            abi.encode(parent, holder, mask, termDays, type(uint256).max)
        );
    }

    function sublicensed(uint256 key, uint256 parent, uint256 to, uint16 mask, uint16 termDays)
        internal
        returns (uint256)
    {
        address holder = vm.addr(to);
        Intent memory by = onSublicense(key, parent, holder, mask, termDays);
        return licenses.sublicense(parent, holder, mask, termDays, type(uint256).max, by);
    }

    /* WHAT IS */

    function pass(uint256 time) internal {
        vm.warp(block.timestamp + time);
    }

    /// The midnight at or after so many days from now (seconds).
    function midnightIn(uint256 days_) internal view returns (uint64) {
        return uint64((block.timestamp + days_ * DAY + DAY - 1) / DAY * DAY);
    }

    /// The price of a term, written out again.
    function priceOf(uint256 rate, uint256 time) internal pure returns (uint256) {
        return (rate * time + DAY - 1) / DAY;
    }

    function spentBy(uint256 key) internal view returns (uint256) {
        return RICH - money.balanceOf(vm.addr(key));
    }

    function opens(uint256 id, uint256 key, uint8 code) internal view returns (Reason reason) {
        bool isOpen;
        (isOpen, reason) = licenses.checkAccess(id, vm.addr(key), code, 2, DRUG);
        vm.assertEq(reason == Reason.None, isOpen);
    }

    function isReason(Reason expected, uint256 id, uint256 key, uint8 code) internal view {
        vm.assertEq(uint256(expected), uint256(opens(id, key, code)));
    }

    /* REFUSALS */

    function refuses(bytes4 reason) internal {
        vm.expectRevert(abi.encodeWithSelector(reason));
    }

    function refuses(bytes4 reason, uint256 detail) internal {
        vm.expectRevert(abi.encodeWithSelector(reason, detail));
    }

    function refuses(bytes4 reason, uint256 first, uint256 second) internal {
        vm.expectRevert(abi.encodeWithSelector(reason, first, second));
    }

    function refuses(bytes4 reason, uint256 first, address second) internal {
        vm.expectRevert(abi.encodeWithSelector(reason, first, second));
    }

    function refuses(bytes4 reason, address detail) internal {
        vm.expectRevert(abi.encodeWithSelector(reason, detail));
    }
}
