// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILicensingPolicy, Policy} from "../consent/ILicensingPolicy.sol";
import {IOrganizations} from "../identity/IOrganizations.sol";
import {Intent} from "../identity/IIntentGuard.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {ILienHolder} from "../revenue/ILienHolder.sol";
import {IRevenueRouter, Leg, Lien} from "../revenue/IRevenueRouter.sol";
import {ILicenseBook} from "./ILicenseBook.sol";
import {IOfferBook, Kind, Offer} from "./IOfferBook.sol";
import {Parties} from "./Parties.sol";
import {Terms} from "./Terms.sol";

/// @title See {IOfferBook}
contract OfferBook is IOfferBook, IntentGuard, Parties {
    uint16 private constant MAX_DAYS = 1_095;
    uint8 private constant MAX_DEPTH = 3;
    uint256 private constant PRICES_PER_WORD = 5;
    uint256 private constant PRICE_BITS = 48;
    uint256 private constant BPS = 10_000;

    string private constant OFFER_TYPE = "Offer(uint136 tokenId,uint16 mask,uint8 kind,uint8 flags,"
        "uint16 uses,uint16 regions,uint8 sublicenseDepth,uint16 minDays,uint16 maxDays,"
        "uint16 sublicenseBps,uint64 duo,address seller,uint32 until,bytes32 agreementHash)";
    bytes32 private constant OFFER = keccak256(bytes(OFFER_TYPE));
    bytes32 private constant POST_OFFER = keccak256(
        bytes.concat(
            "PostOffer(Offer offer,uint48[] prices,uint256 nonce,uint64 deadline)",
            bytes(OFFER_TYPE)
        )
    );
    bytes32 private constant APPROVE_OFFER = keccak256(
        bytes.concat(
            "ApproveOffer(Offer offer,uint48[] prices,uint256 nonce,uint64 deadline)",
            bytes(OFFER_TYPE)
        )
    );
    bytes32 private constant CLOSE_OFFER =
        keccak256("CloseOffer(uint32 offerId,uint256 nonce,uint64 deadline)");
    bytes32 private constant CLOSE_ALL_OFFERS =
        keccak256("CloseAllOffers(uint256 tokenId,uint256 nonce,uint64 deadline)");

    ILicensingPolicy private immutable POLICY;
    IRecordRegistry private immutable RECORDS;
    IRevenueRouter private immutable ROUTER;
    ILicenseBook private immutable LICENSES;

    uint32 private _count;
    mapping(uint32 offerId => Offer) private _offers;
    mapping(uint32 offerId => mapping(uint256 word => uint256)) private _prices;
    /// The last offer of a token that was closed with all of its offers.
    mapping(uint256 tokenId => uint32 offerId) private _closedThrough;

    constructor(
        IOrganizations organizations,
        ILicensingPolicy policy,
        IRecordRegistry records,
        IRevenueRouter router,
        ILicenseBook licenses
    ) IntentGuard("OfferBook") Parties(organizations) {
        POLICY = policy;
        RECORDS = records;
        ROUTER = router;
        LICENSES = licenses;
    }

    /* POST OFFER */

    /// @inheritdoc IOfferBook
    function postOffer(
        Offer calldata offer,
        uint48[] calldata prices,
        Intent calldata approval,
        Intent calldata by
    ) external returns (uint32 id) {
        bytes32 offered = keccak256(abi.encode(OFFER, offer));
        bytes32 priced = keccak256(abi.encodePacked(prices));
        address signer =
            _accept(by, keccak256(abi.encode(POST_OFFER, offered, priced, by.nonce, by.deadline)));
        _checkPledge(
            offer.tokenId,
            approval,
            keccak256(abi.encode(APPROVE_OFFER, offered, priced, approval.nonce, approval.deadline))
        );
        if (ORGANIZATIONS.isOpeningPaused()) revert ILicenseBook.LicenseBook_OpeningPaused();
        address seller = RECORDS.beneficiaryOf(offer.tokenId);
        if (seller != offer.seller || !_actsFor(signer, seller)) {
            revert ILicenseBook.LicenseBook_NotOwner(offer.tokenId, signer);
        }
        _checkOffered(offer, prices.length);

        id = ++_count;
        _offers[id] = offer;
        _keepPrices(id, prices);
        emit OfferPosted(id, offer.tokenId, offer, prices);
        LICENSES.raiseTerms(offer.tokenId);
    }

    function _checkOffered(Offer calldata offer, uint256 prices) private view {
        bool isSale = offer.kind == Kind.Sale;
        if (offer.until <= block.timestamp) revert ILicenseBook.LicenseBook_Expired(offer.until);
        _checkLicensable(offer.mask);
        if (isSale != (offer.mask == 0)) {
            revert ILicenseBook.LicenseBook_MaskNotOffered(offer.mask);
        }
        uint256 expected = isSale ? 1 : Terms.count(offer.mask);
        if (prices != expected) revert ILicenseBook.LicenseBook_BadPrices(prices, expected);
        if (offer.kind == Kind.Exclusive || offer.kind == Kind.Subscription) {
            if (offer.minDays == 0) revert ILicenseBook.LicenseBook_TermOutOfRange(0);
            if (offer.minDays > offer.maxDays || offer.maxDays > MAX_DAYS) {
                revert ILicenseBook.LicenseBook_TermOutOfRange(offer.maxDays);
            }
        }
        if (offer.sublicenseDepth > MAX_DEPTH || offer.sublicenseBps > BPS) {
            revert ILicenseBook.LicenseBook_BadSublicense(
                offer.sublicenseDepth, offer.sublicenseBps
            );
        }
        _checkSections(offer.tokenId, offer.mask);
        _checkPolicy(offer, offer.mask, offer.uses);
    }

    /// The lowest that is never licensed is told.
    function _checkLicensable(uint16 mask) private pure {
        uint16 never = mask & ~Terms.LICENSABLE;
        if (never != 0) revert ILicenseBook.LicenseBook_NotLicensable(never & 1 != 0 ? 0 : 14);
    }

    /// A new offer on a pledged token binds who lent on it.
    function _checkPledge(uint256 tokenId, Intent calldata approval, bytes32 structHash) private {
        Lien memory lien = ROUTER.lienOf(tokenId);
        if (lien.module == address(0)) return;
        if (approval.deadline == 0) revert ILicenseBook.LicenseBook_ApprovalMissing(tokenId);
        address signer = _accept(approval, structHash);
        if (!_actsFor(signer, ILienHolder(lien.module).creditorOf(lien.id))) {
            revert ILicenseBook.LicenseBook_ApprovalMissing(tokenId);
        }
    }

    function _keepPrices(uint32 id, uint48[] calldata prices) private {
        uint256 word;
        for (uint256 i; i < prices.length; ++i) {
            word |= uint256(prices[i]) << i % PRICES_PER_WORD * PRICE_BITS;
            if (i % PRICES_PER_WORD == PRICES_PER_WORD - 1 || i == prices.length - 1) {
                _prices[id][i / PRICES_PER_WORD] = word;
                word = 0;
            }
        }
    }

    /* CLOSE OFFERS */

    /// @inheritdoc IOfferBook
    function closeOffer(uint32 offerId, Intent calldata by) external {
        address signer =
            _accept(by, keccak256(abi.encode(CLOSE_OFFER, offerId, by.nonce, by.deadline)));
        Offer storage offer = _offers[offerId];
        if (!_isOpen(offerId)) revert ILicenseBook.LicenseBook_OfferClosed(offerId);
        if (offer.kind != Kind.Sale || !_actsFor(signer, offer.seller)) {
            _checkBeneficiary(offer.tokenId, signer);
        }

        offer.until = uint32(block.timestamp);
        emit OfferClosed(offerId);
        LICENSES.raiseTerms(offer.tokenId);
    }

    /// @inheritdoc IOfferBook
    function closeAllOffers(uint256 tokenId, Intent calldata by) external {
        address signer =
            _accept(by, keccak256(abi.encode(CLOSE_ALL_OFFERS, tokenId, by.nonce, by.deadline)));
        _checkBeneficiary(tokenId, signer);

        _closedThrough[tokenId] = _count;
        emit AllOffersClosed(tokenId, _count);
        LICENSES.raiseTerms(tokenId);
    }

    /// Offers on a section that was recombined are the record's owner's to close.
    function _checkBeneficiary(uint256 tokenId, address signer) private view {
        uint256 present = uint8(tokenId) == 0 ? tokenId : RECORDS.controllerOf(tokenId);
        if (!_actsFor(signer, RECORDS.beneficiaryOf(present))) {
            revert ILicenseBook.LicenseBook_NotOwner(tokenId, signer);
        }
    }

    /* VIEWS */

    /// @inheritdoc IOfferBook
    function offerOf(uint32 offerId) external view returns (Offer memory) {
        return _offers[offerId];
    }

    /// @inheritdoc IOfferBook
    function tokenOf(uint32 offerId) external view returns (uint256) {
        return _offers[offerId].tokenId;
    }

    /// @inheritdoc IOfferBook
    function pricesOf(uint32 offerId) external view returns (uint48[] memory prices) {
        Offer storage offer = _offers[offerId];
        if (offer.until == 0) return prices;
        prices = new uint48[](offer.kind == Kind.Sale ? 1 : Terms.count(offer.mask));
        for (uint256 i; i < prices.length; ++i) {
            prices[i] = uint48(_priceAt(offerId, i));
        }
    }

    /// @inheritdoc IOfferBook
    function isOfferOpen(uint32 offerId) external view returns (bool) {
        return _isOpen(offerId);
    }

    /// @inheritdoc IOfferBook
    function termsFor(uint32 offerId, Kind kind, uint16 mask, uint8 use, address licensee)
        external
        view
        returns (Offer memory offer)
    {
        offer = _openOffer(offerId, kind);
        bool isPart = mask != 0 && mask & ~offer.mask == 0;
        if (!isPart || (offer.flags & Terms.WHOLE != 0 && mask != offer.mask)) {
            revert ILicenseBook.LicenseBook_MaskNotOffered(mask);
        }
        _checkSections(offer.tokenId, mask);
        _checkAdmission(offer, mask, use, licensee);
    }

    /// @inheritdoc IOfferBook
    function saleTermsOf(uint32 offerId) external view returns (Offer memory offer, uint256 price) {
        offer = _openOffer(offerId, Kind.Sale);
        if (RECORDS.beneficiaryOf(offer.tokenId) != offer.seller) {
            revert ILicenseBook.LicenseBook_OfferClosed(offerId);
        }
        _checkPolicy(offer, offer.mask, offer.uses);
        price = _priceAt(offerId, 0);
    }

    /// @inheritdoc IOfferBook
    function checkAdmission(uint32 offerId, uint16 mask, uint8 use, address licensee)
        external
        view
    {
        _checkAdmission(_offers[offerId], mask, use, licensee);
    }

    /// @inheritdoc IOfferBook
    function legsOf(uint32 offerId, uint16 mask, uint256 bps)
        external
        view
        returns (Leg[] memory legs)
    {
        (uint256 tokenId, uint16 offered) = (_offers[offerId].tokenId, _offers[offerId].mask);
        legs = new Leg[](Terms.count(mask));
        uint256 index;
        uint256 found;
        for (uint8 code = 1; code < 16; ++code) {
            if (offered & (1 << code) == 0) continue;
            if (mask & (1 << code) != 0) {
                uint256 rate = (_priceAt(offerId, index) * bps + BPS - 1) / BPS;
                legs[found++] = Leg(Terms.sectionOf(tokenId, code), uint48(rate));
            }
            ++index;
        }
    }

    /* INTERNAL */

    /// The terms of an offer of that kind under which something can be bought now.
    function _openOffer(uint32 offerId, Kind kind) private view returns (Offer memory offer) {
        if (!_isOpen(offerId)) revert ILicenseBook.LicenseBook_OfferClosed(offerId);
        offer = _offers[offerId];
        if (offer.kind != kind) revert ILicenseBook.LicenseBook_WrongKind(offerId, offer.kind);
    }

    function _isOpen(uint32 offerId) private view returns (bool) {
        Offer storage offer = _offers[offerId];
        return offer.until > block.timestamp && offerId > _closedThrough[offer.tokenId];
    }

    /// Units, or units a day, of one section: the `index`th of the offer's mask.
    function _priceAt(uint32 offerId, uint256 index) private view returns (uint256) {
        uint256 word = _prices[offerId][index / PRICES_PER_WORD];
        return uint48(word >> index % PRICES_PER_WORD * PRICE_BITS);
    }

    /// The token still controls all of these sections, and no new keys are asked for.
    function _checkSections(uint256 tokenId, uint16 mask) private view {
        if (mask & ~RECORDS.sectionsOf(tokenId) != 0) {
            revert ILicenseBook.LicenseBook_MaskNotOffered(mask);
        }
        if (RECORDS.isRekeying(tokenId)) revert ILicenseBook.LicenseBook_RekeyPending(tokenId);
    }

    function _checkPolicy(Offer memory offer, uint16 mask, uint16 uses) private view {
        uint128 recordId = Terms.recordOf(offer.tokenId);
        Policy memory policy;
        (policy.mask, policy.duo, policy.uses, policy.regions,) = POLICY.policy(recordId);
        if (!Terms.fits(offer, mask, uses, policy)) {
            revert ILicenseBook.LicenseBook_OutsidePolicy(recordId);
        }
    }

    /// The policy, as it is now, lets this use be sold under the offer, and the offer admits the
    /// licensee.
    function _checkAdmission(Offer memory offer, uint16 mask, uint8 use, address licensee)
        private
        view
    {
        if (use > 15 || offer.uses & (1 << use) == 0) {
            revert ILicenseBook.LicenseBook_OutsideUses(use);
        }
        _checkPolicy(offer, mask, uint16(1 << use));
        bytes32 attributes = ORGANIZATIONS.attributesOf(licensee);
        uint8 term = Terms.unmet(offer.duo, use, attributes);
        if (term != 0) revert ILicenseBook.LicenseBook_OutsideDuo(term);
        if (!Terms.isWithin(offer.regions, attributes)) {
            revert ILicenseBook.LicenseBook_OutsideRegions(licensee);
        }
        term = Terms.unmetOrigins(offer.duo, use);
        if (term != 0) revert ILicenseBook.LicenseBook_OutsideDuo(term);
    }
}
