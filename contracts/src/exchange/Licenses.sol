// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Policy} from "../consent/ILicensingPolicy.sol";
import {KeyUse} from "../identity/IOrganizations.sol";
import {Intent} from "../identity/IIntentGuard.sol";
import {Roles} from "../identity/Roles.sol";
import {IERC4907} from "../records/IERC4907.sol";
import {IERC5192} from "../records/IERC5192.sol";
import {Stream} from "../revenue/IRevenueRouter.sol";
import {ILicenseBook, Kind, License, LicenseState, Offer, Purchase} from "./ILicenseBook.sol";
import {Offers} from "./Offers.sol";
import {Terms} from "./Terms.sol";

/// @title The part of LicenseBook that sells licenses
abstract contract Licenses is Offers, IERC721, IERC5192 {
    uint256 internal constant DAY = 1 days;
    uint256 private constant PERPETUAL_DAYS = 360;
    /// The day that stands for ever; a term ends before it.
    uint256 private constant LAST_DAY = type(uint16).max;
    uint24 private constant NEWEST = type(uint24).max;

    string private constant PURCHASE_TYPE = "Purchase(uint32 offerId,uint16 mask,uint16 termDays,"
        "uint8 use,uint32 minVersion,uint256 maxPrice)";
    bytes32 private constant PURCHASE = keccak256(bytes(PURCHASE_TYPE));
    bytes32 private constant SUBSCRIBE = keccak256(
        bytes.concat(
            "Subscribe(Purchase purchase,uint256 nonce,uint64 deadline)", bytes(PURCHASE_TYPE)
        )
    );
    bytes32 private constant RENT = keccak256(
        bytes.concat("Rent(Purchase purchase,uint256 nonce,uint64 deadline)", bytes(PURCHASE_TYPE))
    );
    bytes32 private constant ACQUIRE = keccak256(
        bytes.concat(
            "Acquire(Purchase purchase,uint256 nonce,uint64 deadline)", bytes(PURCHASE_TYPE)
        )
    );

    /// What a license below another has besides.
    struct Child {
        uint128 parent;
        address holder;
    }

    /// What is about to be issued: who pays which part of the price for whom, and until when.
    struct Issue {
        uint256 id;
        uint256 parent;
        address payer;
        address holder;
        uint256 end;
        uint256 bps;
        uint256 maxPrice;
        bool isShared;
    }

    mapping(uint256 id => License) internal _licenses;
    mapping(uint256 id => Child) internal _children;
    mapping(address holder => uint256) internal _balances;

    /* SUBSCRIBE, RENT, ACQUIRE */

    /// @inheritdoc ILicenseBook
    function subscribe(Purchase calldata purchase, Intent calldata by)
        external
        nonReentrant
        returns (uint256)
    {
        return _purchase(SUBSCRIBE, Kind.Subscription, purchase, by);
    }

    /// @inheritdoc ILicenseBook
    function rent(Purchase calldata purchase, Intent calldata by)
        external
        nonReentrant
        returns (uint256)
    {
        return _purchase(RENT, Kind.Exclusive, purchase, by);
    }

    /// @inheritdoc ILicenseBook
    function acquire(Purchase calldata purchase, Intent calldata by)
        external
        nonReentrant
        returns (uint256)
    {
        return _purchase(ACQUIRE, Kind.Perpetual, purchase, by);
    }

    function _purchase(bytes32 verb, Kind kind, Purchase calldata purchase, Intent calldata by)
        private
        returns (uint256 id)
    {
        bytes32 inner = keccak256(abi.encode(PURCHASE, purchase));
        address signer =
            _verify(by, keccak256(abi.encode(verb, inner, by.nonce, by.deadline)));
        Issue memory issue = _issueTo(_accredited(signer), by);
        Offer memory offer = _openOffer(purchase.offerId, kind);
        _checkMask(offer, purchase.mask);
        issue.end = _endOf(offer, purchase.termDays);
        issue.maxPrice = purchase.maxPrice;
        issue.isShared = kind != Kind.Exclusive;
        License memory license = _licenseOf(purchase, kind);
        license.versionMax = _versionOf(offer.tokenId, purchase.minVersion, kind);
        _issue(offer, license, issue);
        return issue.id;
    }

    function _issueTo(address payer, Intent calldata by)
        internal
        view
        returns (Issue memory issue)
    {
        _checkOpening();
        (issue.id, issue.payer, issue.holder) = (_idOf(by), payer, payer);
        issue.bps = BPS;
        if (_licenses[issue.id].state != LicenseState.None) {
            revert LicenseBook_AlreadyExists(issue.id);
        }
    }

    function _licenseOf(Purchase calldata purchase, Kind kind)
        private
        pure
        returns (License memory license)
    {
        (license.offerId, license.mask) = (purchase.offerId, purchase.mask);
        (license.use, license.kind) = (purchase.use, kind);
    }

    function _checkMask(Offer memory offer, uint16 mask) private view {
        bool isPart = mask != 0 && mask & ~offer.mask == 0;
        if (!isPart || (offer.flags & Terms.WHOLE != 0 && mask != offer.mask)) {
            revert LicenseBook_MaskNotOffered(mask);
        }
        _checkSections(offer.tokenId, mask);
    }

    function _endOf(Offer memory offer, uint16 termDays) private view returns (uint256) {
        bool isPerpetual = offer.kind == Kind.Perpetual;
        if (isPerpetual ? termDays != 0 : !_isTerm(offer, termDays)) {
            revert LicenseBook_TermOutOfRange(termDays);
        }
        return _ceilDay(block.timestamp + (isPerpetual ? PERPETUAL_DAYS : termDays) * DAY);
    }

    /// The last version that the license opens.
    function _versionOf(uint256 tokenId, uint32 minVersion, Kind kind)
        private
        view
        returns (uint24)
    {
        if (minVersion == 0 && kind != Kind.Perpetual) return NEWEST;
        uint32 version = RECORDS.recordOf(_recordOf(tokenId)).version;
        if (version < minVersion) revert LicenseBook_StaleVersion(minVersion, version);
        return kind == Kind.Perpetual && version < NEWEST ? uint24(version) : NEWEST;
    }

    /* ISSUE */

    /// Checks what has to hold for every new license, and issues it.
    function _issue(Offer memory offer, License memory license, Issue memory issue) internal {
        _checkKeys(offer.tokenId);
        _admit(offer, license.mask, license.use, issue.holder);
        license.generations = _generationsOf(offer.tokenId, license.mask);
        if (issue.parent == 0) _checkFree(offer.tokenId, license);

        license.state = LicenseState.Live;
        _licenses[issue.id] = license;
        ++_balances[issue.holder];
        uint256 price = ROUTER.open({
            token: offer.tokenId,
            license: issue.id,
            payer: issue.payer,
            legs: _legsOf(license.offerId, offer, license.mask, issue.bps),
            endDay: uint16(issue.end / DAY),
            isRecurring: license.kind != Kind.Perpetual,
            isShared: issue.isShared
        });
        if (price > issue.maxPrice) revert LicenseBook_PriceAbove(issue.maxPrice, price);
        if (license.kind == Kind.Exclusive) {
            _setUsers(offer.tokenId, license.mask, issue.holder, issue.end);
        }
        _announce(offer.tokenId, license, issue, price);
    }

    function _announce(
        uint256 tokenId,
        License memory license,
        Issue memory issue,
        uint256 price
    ) private {
        emit LicenseIssued(
            issue.id,
            tokenId,
            issue.holder,
            license.offerId,
            issue.parent,
            license,
            uint64(issue.end),
            price
        );
        emit Transfer(address(0), issue.holder, issue.id);
        emit Locked(issue.id);
    }

    /// The generation of each section, which must be open.
    function _generationsOf(uint256 tokenId, uint16 mask)
        private
        view
        returns (uint120 generations)
    {
        for (uint8 code = 1; code < 16; ++code) {
            if (mask & (1 << code) == 0) continue;
            uint136 section = _sectionOf(tokenId, code);
            (uint8 generation, bool isOpen) = POLICY.sectionGate(section);
            if (!isOpen) revert LicenseBook_SectionClosed(section);
            generations |= uint120(generation) << 8 * (code - 1);
        }
    }

    /// Nobody else has any of the sections to himself; for an exclusive license, nobody has any of
    /// them at all.
    function _checkFree(uint256 tokenId, License memory license) internal view {
        for (uint8 code = 1; code < 16; ++code) {
            if (license.mask & (1 << code) == 0) continue;
            uint136 section = _sectionOf(tokenId, code);
            uint256 until = IERC4907(address(RECORDS)).userExpires(section);
            if (license.kind == Kind.Exclusive) {
                uint256 shared = _sharedUntil(section, _generation(license, code));
                if (shared > until) until = shared;
            }
            if (until > block.timestamp) revert LicenseBook_Overlap(section, uint64(until));
        }
    }

    function _sharedUntil(uint136 section, uint8 generation) private view returns (uint256) {
        Stream memory stream = ROUTER.streamOf(section);
        return stream.generation == generation ? stream.sharedThroughDay * DAY : 0;
    }

    function _setUsers(uint256 tokenId, uint16 mask, address user, uint256 expires) internal {
        for (uint8 code = 1; code < 16; ++code) {
            if (mask & (1 << code) != 0) {
                RECORDS.setUser(_sectionOf(tokenId, code), user, uint64(expires));
            }
        }
    }

    /* CHECKS */

    /// The organization that signs, which is accredited.
    function _accredited(address signer) private view returns (address licensee) {
        licensee = ORGANIZATIONS.actingFor(signer, KeyUse.Act, Roles.LICENSEE);
        if (licensee == address(0)) revert LicenseBook_NotAccredited(signer);
    }

    /// The policy, as it is now, lets this use be sold under the offer, and the offer admits the
    /// licensee.
    function _admit(Offer memory offer, uint16 mask, uint8 use, address licensee) internal view {
        if (use > 15 || offer.uses & (1 << use) == 0) revert LicenseBook_OutsideUses(use);
        _checkPolicy(offer, mask, uint16(1 << use));
        bytes32 attributes = ORGANIZATIONS.attributesOf(licensee);
        uint8 term = Terms.unmet(offer.duo, use, attributes);
        if (term != 0) revert LicenseBook_OutsideDuo(term);
        if (!Terms.isWithin(offer.regions, attributes)) {
            revert LicenseBook_OutsideRegions(licensee);
        }
        term = Terms.unmetOrigins(offer.duo, use);
        if (term != 0) revert LicenseBook_OutsideDuo(term);
    }

    function _isTerm(Offer memory offer, uint16 termDays) internal pure returns (bool) {
        return offer.minDays <= termDays && termDays <= offer.maxDays;
    }

    /* INTERNAL */

    /// The end of a term that is prolonged while it runs, or begins anew once it has lapsed; paid time
    /// is never lost.
    function _movedEnd(uint256 end, uint256 termDays) internal view returns (uint256 moved) {
        bool runs = block.timestamp < end;
        moved = runs ? end + termDays * DAY : _ceilDay(block.timestamp + termDays * DAY);
        if (moved / DAY >= LAST_DAY) revert LicenseBook_TermOutOfRange(termDays);
    }

    /// The number that an intent takes, of a license or of a sale.
    function _idOf(Intent calldata by) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(by.signer, by.nonce))) >> 128;
    }

    function _generation(License memory license, uint8 code) internal pure returns (uint8) {
        return uint8(license.generations >> 8 * (code - 1));
    }

    function _ceilDay(uint256 at) internal pure returns (uint256) {
        return (at + DAY - 1) / DAY * DAY;
    }
}
