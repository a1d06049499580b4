// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../identity/IIntentGuard.sol";
import {Leg, Prepayment} from "../revenue/IRevenueRouter.sol";
import {IERC5643} from "./IERC5643.sol";
import {Holdings} from "./Holdings.sol";
import {End, ILicenseBook, License, LicenseState} from "./ILicenseBook.sol";
import {Kind, Offer} from "./IOfferBook.sol";
import {Terms} from "./Terms.sol";

/// @title The part of LicenseBook that prolongs, ends and gives on licenses
abstract contract Renewals is Holdings, IERC5643 {
    bytes32 private constant SUBLICENSE = keccak256(
        "Sublicense(uint256 parent,address licensee,uint16 mask,uint16 termDays,uint256 maxPrice,"
        "uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant RENEW = keccak256(
        "Renew(uint256 id,uint16 termDays,uint256 maxPrice,uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant CANCEL = keccak256("Cancel(uint256 id,uint256 nonce,uint64 deadline)");
    bytes32 private constant REVOKE = keccak256("Revoke(uint256 id,uint256 nonce,uint64 deadline)");

    /// A license that has not ended, with what it was sold under and what was paid for it.
    struct Running {
        uint256 id;
        License license;
        Offer offer;
        Prepayment paid;
        uint256 end;
    }

    /* SUBLICENSE */

    /// @inheritdoc ILicenseBook
    function sublicense(
        uint256 parent,
        address licensee,
        uint16 mask,
        uint16 termDays,
        uint256 maxPrice,
        Intent calldata by
    ) external nonReentrant returns (uint256 id) {
        address signer = _verify(
            by,
            keccak256(
                abi.encode(
                    SUBLICENSE, parent, licensee, mask, termDays, maxPrice, by.nonce, by.deadline
                )
            )
        );
        Running memory above = _running(parent);
        address holder = _holderOf(parent);
        if (!_actsFor(signer, holder)) revert LicenseBook_NotLicensee(parent, signer);
        if (!ORGANIZATIONS.isLicensee(licensee)) revert LicenseBook_NotAccredited(licensee);
        if (RECORDS.isRekeying(above.offer.tokenId)) {
            revert LicenseBook_RekeyPending(above.offer.tokenId);
        }
        Issue memory issue = _issueTo(holder, by);
        issue.end = _endBelow(above, mask, termDays);
        _checkCarried(above, mask);
        (issue.parent, issue.holder, issue.maxPrice) = (parent, licensee, maxPrice);
        issue.bps = above.offer.sublicenseBps;
        issue.isShared = above.license.kind != Kind.Exclusive;

        _children[issue.id] = Child(uint128(parent), licensee);
        License memory license = above.license;
        (license.mask, license.kind) = (mask, Kind.Subscription);
        OFFERS.checkAdmission(license.offerId, mask, license.use, licensee);
        _issue(above.offer.tokenId, license, issue);
        return issue.id;
    }

    function _endBelow(Running memory above, uint16 mask, uint16 termDays)
        private
        view
        returns (uint256 end)
    {
        if (mask == 0 || mask & ~above.license.mask != 0) {
            revert LicenseBook_MaskNotOffered(mask);
        }
        end = _ceilDay(block.timestamp + termDays * DAY);
        bool isTooLong = above.license.kind != Kind.Perpetual && end > above.end;
        if (termDays == 0 || termDays > above.offer.maxDays || isTooLong) {
            revert LicenseBook_TermOutOfRange(termDays);
        }
        uint8 depth = 1;
        for (uint256 id = above.id; _children[id].parent != 0; id = _children[id].parent) {
            ++depth;
        }
        if (depth > above.offer.sublicenseDepth) revert LicenseBook_TooDeep(depth);
    }

    function _checkCarried(Running memory above, uint16 mask) private view {
        for (uint8 code = 1; code < 16; ++code) {
            if (mask & (1 << code) != 0 && !_isCarried(above.id, code)) {
                revert LicenseBook_Orphaned(above.id);
            }
        }
    }

    /* RENEW */

    /// @inheritdoc ILicenseBook
    function renew(uint256 id, uint16 termDays, uint256 maxPrice, Intent calldata by)
        external
        nonReentrant
    {
        address signer = _accept(
            by, keccak256(abi.encode(RENEW, id, termDays, maxPrice, by.nonce, by.deadline))
        );
        _renew(id, signer, termDays, maxPrice);
    }

    /// @inheritdoc IERC5643
    function renewSubscription(uint256 id, uint64 duration) external payable nonReentrant {
        if (msg.value != 0) revert LicenseBook_ValueNotAccepted();
        uint256 termDays = duration / DAY;
        if (duration % DAY != 0 || termDays > type(uint16).max) {
            revert LicenseBook_TermOutOfRange(termDays);
        }
        _renew(id, msg.sender, uint16(termDays), type(uint256).max);
    }

    function _renew(uint256 id, address signer, uint16 termDays, uint256 maxPrice) private {
        Running memory running = _paidBy(id, signer);
        _checkRenewal(running, termDays);
        uint256 end = _movedEnd(running.end, termDays);
        _checkAbove(id, end, termDays);

        (uint256 price,) = _move(running, end);
        if (price > maxPrice) revert LicenseBook_PriceAbove(maxPrice, price);
        emit LicenseRenewed(id, uint64(end), price);
        emit SubscriptionUpdate(id, uint64(end));
    }

    function _checkRenewal(Running memory running, uint16 termDays) private view {
        License memory license = running.license;
        Offer memory offer = running.offer;
        if (!OFFERS.isOfferOpen(license.offerId)) {
            revert LicenseBook_OfferClosed(license.offerId);
        }
        bool isLasting = license.kind == Kind.Perpetual;
        if (isLasting || !_isTerm(offer, termDays)) revert LicenseBook_TermOutOfRange(termDays);
        address holder = _holderOf(running.id);
        if (!ORGANIZATIONS.isLicensee(holder)) revert LicenseBook_NotAccredited(holder);
        OFFERS.checkAdmission(license.offerId, license.mask, license.use, holder);
        _checkSectionsOpen(running);
        bool hasLapsed = block.timestamp >= running.end;
        if (hasLapsed && _children[running.id].parent == 0) _checkFree(offer.tokenId, license);
    }

    /// A license below another ends with it.
    function _checkAbove(uint256 id, uint256 end, uint16 termDays) private view {
        uint256 parent = _children[id].parent;
        if (parent == 0) return;
        Running memory above = _running(parent);
        if (_isOrphaned(id)) revert LicenseBook_Orphaned(parent);
        if (above.license.kind != Kind.Perpetual && end > above.end) {
            revert LicenseBook_TermOutOfRange(termDays);
        }
    }

    /* CANCEL */

    /// @inheritdoc ILicenseBook
    function cancel(uint256 id, Intent calldata by) external nonReentrant {
        _cancel(id, _accept(by, keccak256(abi.encode(CANCEL, id, by.nonce, by.deadline))));
    }

    /// @inheritdoc IERC5643
    function cancelSubscription(uint256 id) external payable nonReentrant {
        if (msg.value != 0) revert LicenseBook_ValueNotAccepted();
        _cancel(id, msg.sender);
    }

    function _cancel(uint256 id, address signer) private {
        Running memory running = _paidBy(id, signer);
        uint256 end = (block.timestamp / DAY + 1) * DAY;
        uint256 shortest = _ceilDay(running.paid.start + running.offer.minDays * DAY);
        if (shortest > end) end = shortest;
        if (running.license.kind == Kind.Perpetual || end >= running.end) {
            revert LicenseBook_NotCancelable(id);
        }
        _checkSectionsOpen(running);

        (, uint256 refund) = _move(running, end);
        emit LicenseCanceled(id, uint64(end), refund);
        emit SubscriptionUpdate(id, uint64(end));
    }

    function _move(Running memory running, uint256 end)
        private
        returns (uint256 price, uint256 refund)
    {
        uint256 tokenId = running.offer.tokenId;
        (price, refund) = ROUTER.move({
            token: tokenId,
            license: running.id,
            payer: running.paid.licensee,
            legs: _legs(running, running.license.mask),
            endDay: uint16(end / DAY)
        });
        if (running.license.kind == Kind.Exclusive) {
            _setUsers(tokenId, running.license.mask, running.paid.licensee, end);
        }
    }

    /// What the subject closed has to be pruned first.
    function _checkSectionsOpen(Running memory running) private view {
        uint16 closed = _closedOf(running);
        for (uint8 code = 1; closed != 0; ++code) {
            if (closed & (1 << code) != 0) {
                revert LicenseBook_SectionClosed(Terms.sectionOf(running.offer.tokenId, code));
            }
        }
    }

    /* REVOKE AND PRUNE */

    /// @inheritdoc ILicenseBook
    function revoke(uint256 id, Intent calldata by) external nonReentrant {
        address signer = _verify(by, keccak256(abi.encode(REVOKE, id, by.nonce, by.deadline)));
        Running memory running = _running(id);
        if (signer != RECORDS.subjectOf(Terms.recordOf(running.offer.tokenId))) {
            revert LicenseBook_NotSubject(id, signer);
        }

        uint256 refund = _end(running);
        emit LicenseEnded(id, End.Revoked, refund);
    }

    /// @inheritdoc ILicenseBook
    function prune(uint256 id) external nonReentrant {
        Running memory running = _running(id);
        bool isOrphaned = _isOrphaned(id);
        uint16 closed = _closedOf(running);
        if (isOrphaned || closed == running.license.mask) {
            uint256 rest = _end(running);
            emit LicenseEnded(id, isOrphaned ? End.Orphaned : End.Closed, rest);
            return;
        }
        if (closed == 0) revert LicenseBook_NothingToPrune(id);

        _licenses[id].mask = running.license.mask & ~closed;
        uint256 refund = _stop(running, closed);
        emit LicensePruned(id, running.license.mask & ~closed, refund);
    }

    function _end(Running memory running) private returns (uint256 refund) {
        uint256 id = running.id;
        address holder = _holderOf(id);
        _licenses[id].state = LicenseState.Ended;
        --_balances[holder];
        refund = _stop(running, running.license.mask);
        emit Transfer(holder, address(0), id);
    }

    function _stop(Running memory running, uint16 mask) private returns (uint256 refund) {
        uint256 tokenId = running.offer.tokenId;
        refund = ROUTER.stop(
            tokenId, running.id, _legs(running, mask), _generationsOf(running.license, mask)
        );
        if (running.license.kind == Kind.Exclusive && block.timestamp < running.end) {
            _setUsers(tokenId, mask, running.paid.licensee, block.timestamp);
        }
    }

    function _generationsOf(License memory license, uint16 mask)
        private
        pure
        returns (uint8[] memory generations)
    {
        generations = new uint8[](16);
        uint256 count;
        for (uint8 code = 1; code < 16; ++code) {
            if (mask & (1 << code) != 0) generations[count++] = _generation(license, code);
        }
        assembly ("memory-safe") {
            mstore(generations, count)
        }
    }

    /// The sections of a license that were closed since it was sold.
    function _closedOf(Running memory running) private view returns (uint16 closed) {
        License memory license = running.license;
        for (uint8 code = 1; code < 16; ++code) {
            bool isHeld = license.mask & (1 << code) != 0;
            if (isHeld && !_isCurrent(license, running.offer.tokenId, code)) {
                closed |= uint16(1 << code);
            }
        }
    }

    /* VIEWS */

    /// @inheritdoc IERC5643
    function expiresAt(uint256 id) external view returns (uint64) {
        Running memory running = _running(id);
        return running.license.kind == Kind.Perpetual ? type(uint64).max : uint64(running.end);
    }

    /// @inheritdoc IERC5643
    function isRenewable(uint256 id) external view returns (bool) {
        License memory license = _running(id).license;
        return license.kind != Kind.Perpetual && OFFERS.isOfferOpen(license.offerId);
    }

    /* INTERNAL */

    function _running(uint256 id) private view returns (Running memory running) {
        running.id = id;
        running.license = _licenses[id];
        if (running.license.state == LicenseState.None) revert LicenseBook_UnknownLicense(id);
        if (running.license.state == LicenseState.Ended) revert LicenseBook_Ended(id);
        running.offer = OFFERS.offerOf(running.license.offerId);
        running.paid = ROUTER.prepaymentOf(running.offer.tokenId, id);
        running.end = running.paid.endDay * DAY;
    }

    /// A license that the signer pays for.
    function _paidBy(uint256 id, address signer) private view returns (Running memory running) {
        running = _running(id);
        if (!_actsFor(signer, running.paid.licensee)) revert LicenseBook_NotLicensee(id, signer);
    }

    function _legs(Running memory running, uint16 mask) private view returns (Leg[] memory) {
        bool isChild = _children[running.id].parent != 0;
        uint256 bps = isChild ? running.offer.sublicenseBps : BPS;
        return OFFERS.legsOf(running.license.offerId, mask, bps);
    }
}
