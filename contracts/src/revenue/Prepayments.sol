// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Credits} from "./Credits.sol";
import {IRevenueRouter, Leg, Prepayment} from "./IRevenueRouter.sol";
import {RevenueMath} from "./RevenueMath.sol";
import {Streams} from "./Streams.sol";

/// @title The part of RevenueRouter that knows what licensees have paid in advance
abstract contract Prepayments is Streams, Credits {
    uint16 private constant FOREVER = type(uint16).max;

    /// One word: what is shown as {Prepayment}, and whether others may share the sections.
    struct Paid {
        address licensee;
        uint32 start;
        uint16 endDay;
        uint40 ratePerDay;
        Sharing sharing;
    }

    /// `Forever` shares as well, and is the only one that does not recur.
    enum Sharing {
        Exclusive,
        Shared,
        Forever
    }

    mapping(uint256 token => mapping(uint256 license => Paid)) private _prepayments;

    /* OPEN */

    /// @inheritdoc IRevenueRouter
    function open(
        uint256 token,
        uint256 license,
        address payer,
        Leg[] calldata legs,
        uint16 endDay,
        bool isRecurring,
        bool isShared
    ) external onlyExchange nonReentrant returns (uint256 price) {
        if (_prepayments[token][license].licensee != address(0)) {
            revert RevenueRouter_PrepaymentExists(token, license);
        }
        Sharing sharing =
            isShared ? (isRecurring ? Sharing.Shared : Sharing.Forever) : Sharing.Exclusive;
        Paid memory paid = Paid(payer, 0, endDay, _rateOf(legs), sharing);
        price = _start(token, paid, legs);
        _prepayments[token][license] = paid;
        emit PrepaymentOpened(token, license, payer, endDay, price);
        _escrow(payer, price);
    }

    /// Starts a term now, at whose end `paid` has already arrived.
    function _start(uint256 token, Paid memory paid, Leg[] calldata legs)
        private
        returns (uint256 price)
    {
        uint256 end = _endOf(paid);
        if (end <= block.timestamp) revert RevenueRouter_TermOver(paid.endDay);
        paid.start = uint32(block.timestamp);
        uint16 throughDay = _throughDay(paid);
        Gates memory gates = _gatesOf(token);
        for (uint256 i; i < legs.length; ++i) {
            (uint136 section, uint48 rate) = (legs[i].sectionId, legs[i].ratePerDay);
            _join(section, _gate(gates, uint8(section)), rate, paid.endDay, throughDay);
        }
        return RevenueMath.price(paid.ratePerDay, block.timestamp, end);
    }

    function _rateOf(Leg[] calldata legs) private pure returns (uint40) {
        uint256 rate;
        for (uint256 i; i < legs.length; ++i) {
            rate += legs[i].ratePerDay;
        }
        if (rate > type(uint40).max) {
            revert RevenueRouter_RateOverflow(legs[legs.length - 1].sectionId);
        }
        return uint40(rate);
    }

    /* MOVE */

    /// @inheritdoc IRevenueRouter
    function move(uint256 token, uint256 license, address payer, Leg[] calldata legs, uint16 endDay)
        external
        onlyExchange
        nonReentrant
        returns (uint256 paid, uint256 refunded)
    {
        Paid memory kept = _known(token, license);
        uint256 rate = _rateOf(legs);
        if (rate != kept.ratePerDay) revert RevenueRouter_WrongRate(rate, kept.ratePerDay);
        uint16 oldDay = kept.endDay;
        kept.endDay = endDay;
        if (uint256(oldDay) * RevenueMath.DAY <= block.timestamp) {
            paid = _start(token, kept, legs);
        } else {
            (paid, refunded) = _shiftAll(token, kept, legs, oldDay);
        }
        _prepayments[token][license] = kept;
        if (refunded != 0) {
            _unescrow(refunded);
            _credit(kept.licensee, refunded);
        }
        emit PrepaymentMoved(token, license, endDay, paid, refunded);
        if (paid != 0) _escrow(payer, paid);
    }

    /// Both amounts are of whole days, which need no rounding.
    function _shiftAll(uint256 token, Paid memory kept, Leg[] calldata legs, uint16 oldDay)
        private
        returns (uint256 paid, uint256 refunded)
    {
        uint256 end = _endOf(kept);
        if (end <= block.timestamp) revert RevenueRouter_TermOver(kept.endDay);
        uint16 throughDay = _throughDay(kept);
        Gates memory gates = _gatesOf(token);
        for (uint256 i; i < legs.length; ++i) {
            (uint136 section, uint48 rate) = (legs[i].sectionId, legs[i].ratePerDay);
            Gate memory gate = _gate(gates, uint8(section));
            _shift(section, gate, rate, oldDay, kept.endDay, throughDay);
        }
        uint256 oldEnd = uint256(oldDay) * RevenueMath.DAY;
        paid = RevenueMath.price(kept.ratePerDay, oldEnd, end);
        refunded = RevenueMath.refund(kept.ratePerDay, oldEnd, end);
    }

    /* STOP */

    /// @inheritdoc IRevenueRouter
    function stop(uint256 token, uint256 license, Leg[] calldata legs, uint8[] calldata generations)
        external
        onlyExchange
        nonReentrant
        returns (uint256 refund)
    {
        Paid memory kept = _known(token, license);
        uint256 rate = _rateOf(legs);
        if (rate > kept.ratePerDay) revert RevenueRouter_WrongRate(rate, kept.ratePerDay);
        Gates memory gates = _gatesOf(token);
        for (uint256 i; i < legs.length; ++i) {
            Gate memory gate = _gate(gates, uint8(legs[i].sectionId));
            refund += _stopOne(kept, legs[i], gate, generations[i]);
        }
        _prepayments[token][license].ratePerDay = uint40(kept.ratePerDay - rate);
        if (refund != 0) {
            _unescrow(refund);
            _credit(kept.licensee, refund);
        }
        emit PrepaymentStopped(token, license, refund);
    }

    /// A generation that was closed has stopped by itself in that second, and its stream with it.
    function _stopOne(Paid memory kept, Leg calldata leg, Gate memory gate, uint8 generation)
        private
        returns (uint256)
    {
        uint256 end = _endOf(kept);
        uint256 closed = _closedAt(leg.sectionId, gate, generation);
        if (closed != 0) return RevenueMath.refund(leg.ratePerDay, end, closed);
        if (end > block.timestamp) _leave(leg.sectionId, gate, leg.ratePerDay, kept.endDay);
        return RevenueMath.refund(leg.ratePerDay, end, block.timestamp);
    }

    /* VIEWS */

    /// @inheritdoc IRevenueRouter
    function prepaymentOf(uint256 token, uint256 license)
        external
        view
        returns (Prepayment memory)
    {
        Paid memory kept = _prepayments[token][license];
        bool isRecurring = kept.licensee != address(0) && kept.sharing != Sharing.Forever;
        return Prepayment(kept.licensee, kept.start, kept.endDay, kept.ratePerDay, isRecurring);
    }

    /* INTERNAL */

    function _known(uint256 token, uint256 license) private view returns (Paid memory kept) {
        kept = _prepayments[token][license];
        if (kept.licensee == address(0)) revert RevenueRouter_UnknownPrepayment(token, license);
    }

    function _endOf(Paid memory paid) private pure returns (uint256) {
        return uint256(paid.endDay) * RevenueMath.DAY;
    }

    function _throughDay(Paid memory paid) private pure returns (uint16) {
        if (paid.sharing == Sharing.Exclusive) return 0;
        return paid.sharing == Sharing.Shared ? paid.endDay : FOREVER;
    }
}
