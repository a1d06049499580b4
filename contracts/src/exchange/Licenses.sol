// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ILicensingPolicy} from "../consent/ILicensingPolicy.sol";
import {Intent} from "../identity/IIntentGuard.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {Roles} from "../identity/Roles.sol";
import {IERC4907} from "../records/IERC4907.sol";
import {IERC5192} from "../records/IERC5192.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {IRevenueRouter, Stream} from "../revenue/IRevenueRouter.sol";
import {ILicenseBook, License, LicenseState, Purchase} from "./ILicenseBook.sol";
import {IOfferBook, Kind, Quote, Request} from "./IOfferBook.sol";
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
    uint256 private constant PERPETUAL_DAYS = 360;
    /// The day that stands for ever; a term ends before it.
    uint256 private constant LAST_DAY = type(uint16).max;
    uint24 private constant NEWEST = type(uint24).max;

    string private constant PURCHASE_TYPE = "Purchase(uint32 offerId,uint16 mask,uint16 termDays,"
        "uint8 use,uint32 minVersion,uint256 maxPrice)";
    // Not constants, which would be put together and hashed again at each call.
    bytes32 private immutable PURCHASE = keccak256(bytes(PURCHASE_TYPE));
    bytes32 private immutable SUBSCRIBE = keccak256(
        bytes.concat(
            "Subscribe(Purchase purchase,uint256 nonce,uint64 deadline)", bytes(PURCHASE_TYPE)
        )
    );
    bytes32 private immutable RENT = keccak256(
        bytes.concat("Rent(Purchase purchase,uint256 nonce,uint64 deadline)", bytes(PURCHASE_TYPE))
    );
    bytes32 private immutable ACQUIRE = keccak256(
        bytes.concat(
            "Acquire(Purchase purchase,uint256 nonce,uint64 deadline)", bytes(PURCHASE_TYPE)
        )
    );

    /// One word of each license: what is shown as {License}, the token of its offer, and whether it
    /// hangs below another. Its generations have a word of their own where they are not all 0.
    struct Held {
        uint136 tokenId;
        uint32 offerId;
        uint24 versionMax;
        uint16 mask;
        uint8 use;
        Kind kind;
        LicenseState state;
        bool isBelow;
        bool isReopened;
    }

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
        uint256 maxPrice;
        bool isShared;
    }

    ILicensingPolicy internal immutable POLICY;
    IRecordRegistry internal immutable RECORDS;
    IRevenueRouter internal immutable ROUTER;
    IOfferBook internal immutable OFFERS;

    mapping(uint256 id => Held) internal _held;
    mapping(uint256 id => uint120) private _generations;
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
        Issue memory issue = _issueTo(_openingFor(signer, Roles.LICENSEE), by);
        Quote memory quote = OFFERS.quote(_requestOf(purchase, kind, issue.holder));
        uint256 termDays = kind == Kind.Perpetual ? PERPETUAL_DAYS : purchase.termDays;
        issue.end = _ceilDay(block.timestamp + termDays * DAY);
        issue.maxPrice = purchase.maxPrice;
        issue.isShared = kind != Kind.Exclusive;
        Held memory held = _heldOf(purchase, kind);
        held.versionMax = _versionOf(quote.tokenId, purchase.minVersion, kind);
        _issue(held, quote, issue);
        return issue.id;
    }

    function _verb() private view returns (bytes32, Kind) {
        if (msg.sig == ILicenseBook.subscribe.selector) return (SUBSCRIBE, Kind.Subscription);
        if (msg.sig == ILicenseBook.rent.selector) return (RENT, Kind.Exclusive);
        return (ACQUIRE, Kind.Perpetual);
    }

    function _issueTo(address payer, Intent calldata by)
        internal
        view
        returns (Issue memory issue)
    {
        (issue.id, issue.payer, issue.holder) = (_idOf(by), payer, payer);
        if (_held[issue.id].state != LicenseState.None) {
            revert LicenseBook_AlreadyExists(issue.id);
        }
    }

    function _requestOf(Purchase calldata purchase, Kind kind, address licensee)
        private
        pure
        returns (Request memory)
    {
        return Request({
            offerId: purchase.offerId,
            kind: kind,
            mask: purchase.mask,
            termDays: purchase.termDays,
            use: purchase.use,
            licensee: licensee,
            isBelow: false
        });
    }

    function _heldOf(Purchase calldata purchase, Kind kind)
        private
        pure
        returns (Held memory held)
    {
        (held.offerId, held.mask) = (purchase.offerId, purchase.mask);
        (held.use, held.kind) = (purchase.use, kind);
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
    function _issue(Held memory held, Quote memory quote, Issue memory issue) internal {
        (uint256 tokenId, uint16 mask) = (quote.tokenId, held.mask);
        _checkOpen(tokenId, mask & ~quote.open);
        if (issue.parent == 0) _checkFree(held.kind, mask, quote);

        uint120 generations = _only(quote.generations, mask);
        (held.tokenId, held.state) = (quote.tokenId, LicenseState.Live);
        (held.isBelow, held.isReopened) = (issue.parent != 0, generations != 0);
        _held[issue.id] = held;
        if (generations != 0) _generations[issue.id] = generations;
        ++_balances[issue.holder];
        uint256 price = ROUTER.open({
            token: tokenId,
            license: issue.id,
            payer: issue.payer,
            legs: quote.legs,
            endDay: uint16(issue.end / DAY),
            isRecurring: held.kind != Kind.Perpetual,
            isShared: issue.isShared
        });
        if (price > issue.maxPrice) revert LicenseBook_PriceAbove(issue.maxPrice, price);
        if (held.kind == Kind.Exclusive) _setUsers(tokenId, mask, issue.holder, issue.end);
        _announce(_shown(held, generations), tokenId, issue, price);
    }

    function _announce(License memory license, uint256 tokenId, Issue memory issue, uint256 price)
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

    function _shown(Held memory held, uint120 generations) internal pure returns (License memory) {
        return License({
            offerId: held.offerId,
            versionMax: held.versionMax,
            generations: generations,
            mask: held.mask,
            use: held.use,
            kind: held.kind,
            state: held.state
        });
    }

    /// The generations of some sections, without those of others.
    function _only(uint120 generations, uint16 mask) private pure returns (uint120 some) {
        if (generations == 0) return 0;
        for (uint8 code = 1; mask >> code != 0; ++code) {
            if (mask >> code & 1 == 0) continue;
            some |= uint120(_generation(generations, code)) << 8 * (code - 1);
        }
    }

    /// Tells the lowest section of those that are closed, if there are any.
    function _checkOpen(uint256 tokenId, uint16 closed) internal pure {
        if (closed == 0) return;
        uint8 code = 1;
        while (closed >> code & 1 == 0) ++code;
        revert LicenseBook_SectionClosed(Terms.sectionOf(tokenId, code));
    }

    /// Nobody else has any of the sections to himself; for an exclusive license, nobody has any of
    /// them at all.
    function _checkFree(Kind kind, uint16 mask, Quote memory quote) internal view {
        // Where nobody ever was, nobody need be asked for.
        if (kind != Kind.Exclusive) mask &= quote.used;
        for (uint8 code = 1; mask >> code != 0; ++code) {
            if (mask >> code & 1 == 0) continue;
            uint136 section = Terms.sectionOf(quote.tokenId, code);
            uint256 until = IERC4907(address(RECORDS)).userExpires(section);
            if (kind == Kind.Exclusive) {
                uint256 shared = _sharedUntil(section, _generation(quote.generations, code));
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
        for (uint8 code = 1; mask >> code != 0; ++code) {
            if (mask >> code & 1 != 0) {
                RECORDS.setUser(Terms.sectionOf(tokenId, code), user, uint64(expires));
            }
        }
    }

    /* CHECKS */

    /// The organization that signs, which has a role, while opening is not paused.
    function _openingFor(address signer, uint160 role) internal view returns (address org) {
        bool isPaused;
        (org, isPaused) = ORGANIZATIONS.openingFor(signer, role);
        if (isPaused) revert LicenseBook_OpeningPaused();
        if (org == address(0)) revert LicenseBook_NotAccredited(signer);
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

    function _generationsOf(uint256 id, Held memory held) internal view returns (uint120) {
        return held.isReopened ? _generations[id] : 0;
    }

    function _generation(uint120 generations, uint8 code) internal pure returns (uint8) {
        return uint8(generations >> 8 * (code - 1));
    }

    function _ceilDay(uint256 at) internal pure returns (uint256) {
        return (at + DAY - 1) / DAY * DAY;
    }
}
