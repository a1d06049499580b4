// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../identity/IIntentGuard.sol";
import {Leg, Prepayment} from "../revenue/IRevenueRouter.sol";
import {IERC5643} from "./IERC5643.sol";
import {Holdings} from "./Holdings.sol";
import {End, ILicenseBook, LicenseState} from "./ILicenseBook.sol";
import {Kind, Offer, Quote, Request} from "./IOfferBook.sol";
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

    /// A license that has not ended, with what was paid for it.
    struct Running {
        uint256 id;
        Held held;
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
        Held memory held = above.held;
        if (RECORDS.isRekeying(held.tokenId)) revert LicenseBook_RekeyPending(held.tokenId);
        if (ORGANIZATIONS.isOpeningPaused()) revert LicenseBook_OpeningPaused();
        Issue memory issue = _issueTo(holder, by);
        issue.end = _endBelow(above, mask, termDays);
        _checkCarried(above.id, mask);
        (issue.parent, issue.holder, issue.maxPrice) = (parent, licensee, maxPrice);
        issue.isShared = held.kind != Kind.Exclusive;

        _children[issue.id] = Child(uint128(parent), licensee);
        (held.mask, held.kind, held.isBelow) = (mask, Kind.Subscription, true);
        _issue(held, OFFERS.quoteBelow(_requestOf(held, termDays, licensee)), issue);
        return issue.id;
    }

    function _requestOf(Held memory held, uint16 termDays, address licensee)
        private
        pure
        returns (Request memory)
    {
        return Request({
            offerId: held.offerId,
            kind: held.kind,
            mask: held.mask,
            termDays: termDays,
            use: held.use,
            licensee: licensee,
            isBelow: held.isBelow
        });
    }

    function _endBelow(Running memory above, uint16 mask, uint16 termDays)
        private
        view
        returns (uint256 end)
    {
        Held memory held = above.held;
        Offer memory offer = OFFERS.offerOf(held.offerId);
        if (mask == 0 || mask & ~held.mask != 0) {
            revert LicenseBook_MaskNotOffered(mask);
        }
        end = _ceilDay(block.timestamp + termDays * DAY);
        bool isTooLong = held.kind != Kind.Perpetual && end > above.end;
        if (termDays == 0 || termDays > offer.maxDays || isTooLong) {
            revert LicenseBook_TermOutOfRange(termDays);
        }
        uint8 depth = 1;
        for (uint256 id = above.id; _children[id].parent != 0; id = _children[id].parent) {
            ++depth;
        }
        if (depth > offer.sublicenseDepth) revert LicenseBook_TooDeep(depth);
    }

    function _checkCarried(uint256 id, uint16 mask) private view {
        for (uint8 code = 1; mask >> code != 0; ++code) {
            if (mask >> code & 1 != 0 && !_isCarried(id, code)) revert LicenseBook_Orphaned(id);
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
        Held memory held = running.held;
        address holder = held.isBelow ? _children[id].holder : running.paid.licensee;
        Quote memory quote = OFFERS.quoteRenewal(_requestOf(held, termDays, holder));
        _checkOpen(held.tokenId, _closedOf(id, held, quote.generations, quote.open));
        if (!held.isBelow && block.timestamp >= running.end) {
            _checkFree(held.kind, held.mask, quote);
        }
        uint256 end = _movedEnd(running.end, termDays);
        if (held.isBelow) _checkAbove(id, end, termDays);

        (uint256 price,) = _move(running, quote.legs, end);
        if (price > maxPrice) revert LicenseBook_PriceAbove(maxPrice, price);
        emit LicenseRenewed(id, uint64(end), price);
        emit SubscriptionUpdate(id, uint64(end));
    }

    /// A license below another ends with it.
    function _checkAbove(uint256 id, uint256 end, uint16 termDays) private view {
        uint256 parent = _children[id].parent;
        Running memory above = _running(parent);
        if (_isOrphaned(id)) revert LicenseBook_Orphaned(parent);
        if (above.held.kind != Kind.Perpetual && end > above.end) {
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
        Held memory held = running.held;
        uint256 minDays = OFFERS.offerOf(held.offerId).minDays;
        uint256 shortest = _ceilDay(running.paid.start + minDays * DAY);
        if (shortest > end) end = shortest;
        if (held.kind == Kind.Perpetual || end >= running.end) {
            revert LicenseBook_NotCancelable(id);
        }
        // What the subject closed has to be pruned first.
        _checkOpen(held.tokenId, _closedNow(id, held));

        Leg[] memory legs = OFFERS.legsOf(held.offerId, held.mask, held.isBelow);
        (, uint256 refund) = _move(running, legs, end);
        emit LicenseCanceled(id, uint64(end), refund);
        emit SubscriptionUpdate(id, uint64(end));
    }

    function _move(Running memory running, Leg[] memory legs, uint256 end)
        private
        returns (uint256 price, uint256 refund)
    {
        Held memory held = running.held;
        (price, refund) = ROUTER.move({
            token: held.tokenId,
            license: running.id,
            payer: running.paid.licensee,
            legs: legs,
            endDay: uint16(end / DAY)
        });
        if (held.kind == Kind.Exclusive) {
            _setUsers(held.tokenId, held.mask, running.paid.licensee, end);
        }
    }

    /* REVOKE AND PRUNE */

    /// @inheritdoc ILicenseBook
    function revoke(uint256 id, Intent calldata by) external nonReentrant {
        address signer = _verify(by, keccak256(abi.encode(REVOKE, id, by.nonce, by.deadline)));
        Running memory running = _running(id);
        if (signer != RECORDS.subjectOf(Terms.recordOf(running.held.tokenId))) {
            revert LicenseBook_NotSubject(id, signer);
        }

        uint256 refund = _end(running);
        emit LicenseEnded(id, End.Revoked, refund);
    }

    /// @inheritdoc ILicenseBook
    function prune(uint256 id) external nonReentrant {
        Running memory running = _running(id);
        bool isOrphaned = _isOrphaned(id);
        uint16 mask = running.held.mask;
        uint16 closed = _closedNow(id, running.held);
        if (isOrphaned || closed == mask) {
            uint256 rest = _end(running);
            emit LicenseEnded(id, isOrphaned ? End.Orphaned : End.Closed, rest);
            return;
        }
        if (closed == 0) revert LicenseBook_NothingToPrune(id);

        _held[id].mask = mask & ~closed;
        uint256 refund = _stop(running, closed);
        emit LicensePruned(id, mask & ~closed, refund);
    }

    function _end(Running memory running) private returns (uint256 refund) {
        uint256 id = running.id;
        address holder = _holderOf(id);
        _held[id].state = LicenseState.Ended;
        --_balances[holder];
        refund = _stop(running, running.held.mask);
        emit Transfer(holder, address(0), id);
    }

    function _stop(Running memory running, uint16 mask) private returns (uint256 refund) {
        Held memory held = running.held;
        Leg[] memory legs = OFFERS.legsOf(held.offerId, mask, held.isBelow);
        uint120 generations = _generationsOf(running.id, held);
        refund = ROUTER.stop(held.tokenId, running.id, legs, _listOf(generations, mask));
        if (held.kind == Kind.Exclusive && block.timestamp < running.end) {
            _setUsers(held.tokenId, mask, running.paid.licensee, block.timestamp);
        }
    }

    function _listOf(uint120 generations, uint16 mask) private pure returns (uint8[] memory list) {
        list = new uint8[](Terms.count(mask));
        uint256 count;
        for (uint8 code = 1; mask >> code != 0; ++code) {
            if (mask >> code & 1 != 0) list[count++] = _generation(generations, code);
        }
    }

    /// The sections of a license that were closed since it was sold.
    function _closedNow(uint256 id, Held memory held) private view returns (uint16) {
        (uint120 generations, uint16 open) = POLICY.gatesOf(Terms.recordOf(held.tokenId));
        return _closedOf(id, held, generations, open);
    }

    function _closedOf(uint256 id, Held memory held, uint120 generations, uint16 open)
        private
        view
        returns (uint16 closed)
    {
        closed = held.mask & ~open;
        uint120 changed = generations ^ _generationsOf(id, held);
        for (uint8 code = 1; changed != 0; ++code) {
            if (uint8(changed) != 0) closed |= held.mask & uint16(1 << code);
            changed >>= 8;
        }
    }

    /* VIEWS */

    /// @inheritdoc IERC5643
    function expiresAt(uint256 id) external view returns (uint64) {
        Running memory running = _running(id);
        return running.held.kind == Kind.Perpetual ? type(uint64).max : uint64(running.end);
    }

    /// @inheritdoc IERC5643
    function isRenewable(uint256 id) external view returns (bool) {
        Held memory held = _running(id).held;
        return held.kind != Kind.Perpetual && OFFERS.isOfferOpen(held.offerId);
    }

    /* INTERNAL */

    function _running(uint256 id) private view returns (Running memory running) {
        running.id = id;
        running.held = _held[id];
        if (running.held.state == LicenseState.None) revert LicenseBook_UnknownLicense(id);
        if (running.held.state == LicenseState.Ended) revert LicenseBook_Ended(id);
        running.paid = ROUTER.prepaymentOf(running.held.tokenId, id);
        running.end = running.paid.endDay * DAY;
    }

    /// A license that the signer pays for.
    function _paidBy(uint256 id, address signer) private view returns (Running memory running) {
        running = _running(id);
        if (!_actsFor(signer, running.paid.licensee)) revert LicenseBook_NotLicensee(id, signer);
    }
}
