// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ILicensingPolicy} from "../consent/ILicensingPolicy.sol";
import {KeyUse} from "../identity/IOrganizations.sol";
import {Intent} from "../identity/IIntentGuard.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {Roles} from "../identity/Roles.sol";
import {IERC4907} from "../records/IERC4907.sol";
import {IERC5192} from "../records/IERC5192.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {IRevenueRouter, Stream} from "../revenue/IRevenueRouter.sol";
import {ILicenseBook, License, LicenseState, Purchase} from "./ILicenseBook.sol";
import {IOfferBook, Kind, Offer} from "./IOfferBook.sol";
import {Parties} from "./Parties.sol";
import {Terms} from "./Terms.sol";

/// @title The part of LicenseBook that sells licenses
abstract contract Licenses is
    ILicenseBook,
    IntentGuard,
    Parties,
    ReentrancyGuardTransient,
    IERC721,
    IERC5192
{
    uint256 internal constant DAY = 1 days;
    uint256 internal constant BPS = 10_000;
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

    ILicensingPolicy internal immutable POLICY;
    IRecordRegistry internal immutable RECORDS;
    IRevenueRouter internal immutable ROUTER;
    IOfferBook internal immutable OFFERS;

    mapping(uint256 id => License) internal _licenses;
    mapping(uint256 id => Child) internal _children;
    mapping(address holder => uint256) internal _balances;

    constructor(
        ILicensingPolicy policy,
        IRecordRegistry records,
        IRevenueRouter router,
        IOfferBook offers
    ) {
        POLICY = policy;
        RECORDS = records;
        ROUTER = router;
        OFFERS = offers;
    }

    /* SUBSCRIBE, RENT, ACQUIRE */

    /// @inheritdoc ILicenseBook
    function subscribe(Purchase calldata purchase, Intent calldata by)
        external
        nonReentrant
        returns (uint256)
    {
        return _purchase(purchase, by);
    }

    /// @inheritdoc ILicenseBook
    function rent(Purchase calldata purchase, Intent calldata by)
        external
        nonReentrant
        returns (uint256)
    {
        return _purchase(purchase, by);
    }

    /// @inheritdoc ILicenseBook
    function acquire(Purchase calldata purchase, Intent calldata by)
        external
        nonReentrant
        returns (uint256)
    {
        return _purchase(purchase, by);
    }

    /// One body for the three verbs, each told by its selector: as arguments of constants, the compiler
    /// would write the whole of it three times.
    function _purchase(Purchase calldata purchase, Intent calldata by)
        private
        returns (uint256 id)
    {
        (bytes32 verb, Kind kind) = _verb();
        bytes32 inner = keccak256(abi.encode(PURCHASE, purchase));
        address signer = _verify(by, keccak256(abi.encode(verb, inner, by.nonce, by.deadline)));
        Issue memory issue = _issueTo(_accredited(signer), by);
        Offer memory offer =
            OFFERS.termsFor(purchase.offerId, kind, purchase.mask, purchase.use, issue.holder);
        issue.end = _endOf(offer, purchase.termDays);
        issue.maxPrice = purchase.maxPrice;
        issue.isShared = kind != Kind.Exclusive;
        License memory license = _licenseOf(purchase, kind);
        license.versionMax = _versionOf(offer.tokenId, purchase.minVersion, kind);
        _issue(offer.tokenId, license, issue);
        return issue.id;
    }

    function _verb() private pure returns (bytes32, Kind) {
        if (msg.sig == ILicenseBook.subscribe.selector) return (SUBSCRIBE, Kind.Subscription);
        if (msg.sig == ILicenseBook.rent.selector) return (RENT, Kind.Exclusive);
        return (ACQUIRE, Kind.Perpetual);
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
        uint32 version = RECORDS.recordOf(Terms.recordOf(tokenId)).version;
        if (version < minVersion) revert LicenseBook_StaleVersion(minVersion, version);
        return kind == Kind.Perpetual && version < NEWEST ? uint24(version) : NEWEST;
    }

    /* ISSUE */

    /// Issues a license whose terms are checked, if its sections are open and free.
    function _issue(uint256 tokenId, License memory license, Issue memory issue) internal {
        license.generations = _generationsOf(tokenId, license.mask);
        if (issue.parent == 0) _checkFree(tokenId, license);

        license.state = LicenseState.Live;
        _licenses[issue.id] = license;
        ++_balances[issue.holder];
        uint256 price = ROUTER.open({
            token: tokenId,
            license: issue.id,
            payer: issue.payer,
            legs: OFFERS.legsOf(license.offerId, license.mask, issue.bps),
            endDay: uint16(issue.end / DAY),
            isRecurring: license.kind != Kind.Perpetual,
            isShared: issue.isShared
        });
        if (price > issue.maxPrice) revert LicenseBook_PriceAbove(issue.maxPrice, price);
        if (license.kind == Kind.Exclusive) {
            _setUsers(tokenId, license.mask, issue.holder, issue.end);
        }
        _announce(tokenId, license, issue, price);
    }

    function _announce(uint256 tokenId, License memory license, Issue memory issue, uint256 price)
        private
    {
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
            uint136 section = Terms.sectionOf(tokenId, code);
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
            uint136 section = Terms.sectionOf(tokenId, code);
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
                RECORDS.setUser(Terms.sectionOf(tokenId, code), user, uint64(expires));
            }
        }
    }

    /* CHECKS */

    /// The organization that signs, which is accredited.
    function _accredited(address signer) private view returns (address licensee) {
        licensee = ORGANIZATIONS.actingFor(signer, KeyUse.Act, Roles.LICENSEE);
        if (licensee == address(0)) revert LicenseBook_NotAccredited(signer);
    }

    function _isTerm(Offer memory offer, uint16 termDays) internal pure returns (bool) {
        return offer.minDays <= termDays && termDays <= offer.maxDays;
    }

    function _checkOpening() internal view {
        if (ORGANIZATIONS.isOpeningPaused()) revert LicenseBook_OpeningPaused();
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
