// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ILicensingPolicy} from "../consent/ILicensingPolicy.sol";
import {IRevenueRouter, Stream} from "./IRevenueRouter.sol";
import {RevenueMath} from "./RevenueMath.sol";

/// @title The part of RevenueRouter that counts what sections earn, by the second
/// @notice A license adds its rate to the stream of a section and leaves a *drop* at the midnight at
/// which it ends. Counting costs a step for each midnight that is used, and none for each licensee.
/// @dev Drops and used days that were passed stay where they are and are never looked at again. While a
/// generation runs, its drops that were not passed sum to the rate, so a rate of 0 ends every walk.
abstract contract Streams is IRevenueRouter, ReentrancyGuardTransient {
    uint256 private constant MAX_DAYS = 64;

    /// One word: what is shown as {Stream}, and a day before which no day is used that is still to come,
    /// so that most walks need not look for one.
    struct Flow {
        uint112 accrued;
        uint64 ratePerDay;
        uint40 last;
        uint8 generation;
        uint16 sharedThroughDay;
        uint16 nextDay;
    }

    ILicensingPolicy private immutable POLICY;
    mapping(uint136 sectionId => Flow) private _flows;
    /// The rate that ends at the beginning of a day.
    mapping(uint136 sectionId => mapping(uint256 generationAndDay => uint64)) private _drops;
    mapping(uint136 sectionId => mapping(uint256 generationAndWord => uint256 bits)) private _days;

    constructor(ILicensingPolicy policy) {
        POLICY = policy;
    }

    /* ACCRUE */

    /// @inheritdoc IRevenueRouter
    function accrue(uint256 sectionId) external nonReentrant {
        (Flow memory flow,) = _walked(uint136(sectionId));
        _flows[uint136(sectionId)] = flow;
    }

    /// Takes the whole units that a section has earned.
    function _earn(uint136 sectionId) internal returns (uint256 amount) {
        if (_isIdle(sectionId)) return 0;
        Flow memory flow = _whole(sectionId);
        amount = flow.accrued / RevenueMath.DAY;
        flow.accrued = uint112(flow.accrued % RevenueMath.DAY);
        _flows[sectionId] = flow;
    }

    /* LICENSES COME AND GO */

    /// Adds a license that ends after now.
    /// @param throughDay up to which the section is shared now; 0 for an exclusive license
    function _join(uint136 sectionId, uint64 rate, uint16 endDay, uint16 throughDay) internal {
        Flow memory flow = _live(sectionId);
        if (rate > type(uint64).max - flow.ratePerDay) {
            revert RevenueRouter_RateOverflow(sectionId);
        }
        bool isFirst = flow.ratePerDay == 0;
        if (isFirst || endDay < flow.nextDay) flow.nextDay = endDay;
        flow.ratePerDay += rate;
        if (throughDay > flow.sharedThroughDay) flow.sharedThroughDay = throughDay;
        _flows[sectionId] = flow;
        _addDrop(sectionId, flow.generation, endDay, rate);
    }

    /// Moves the end of a license, both ends after now.
    function _shift(uint136 sectionId, uint64 rate, uint16 fromDay, uint16 toDay, uint16 throughDay)
        internal
    {
        Flow memory flow = _live(sectionId);
        if (throughDay > flow.sharedThroughDay) flow.sharedThroughDay = throughDay;
        if (toDay < flow.nextDay) flow.nextDay = toDay;
        _flows[sectionId] = flow;
        _subtractDrop(sectionId, flow.generation, fromDay, rate);
        _addDrop(sectionId, flow.generation, toDay, rate);
    }

    /// Takes a license out whose generation runs and whose end is after now.
    function _leave(uint136 sectionId, uint64 rate, uint16 endDay) internal {
        Flow memory flow = _whole(sectionId);
        flow.ratePerDay -= rate;
        _flows[sectionId] = flow;
        _subtractDrop(sectionId, flow.generation, endDay, rate);
    }

    function _addDrop(uint136 sectionId, uint256 generation, uint256 day, uint64 rate) private {
        if (rate == 0) return;
        uint64 before = _drops[sectionId][generation << 16 | day];
        _drops[sectionId][generation << 16 | day] = before + rate;
        if (before == 0) _flip(sectionId, generation, day);
    }

    function _subtractDrop(uint136 sectionId, uint256 generation, uint256 day, uint64 rate)
        private
    {
        if (rate == 0) return;
        uint64 left = _drops[sectionId][generation << 16 | day] - rate;
        _drops[sectionId][generation << 16 | day] = left;
        if (left == 0) _flip(sectionId, generation, day);
    }

    function _flip(uint136 sectionId, uint256 generation, uint256 day) private {
        _days[sectionId][generation << 8 | day >> 8] ^= 1 << (day & 0xff);
    }

    /* WALK */

    /// A section that may be licensed, counted up to now.
    function _live(uint136 sectionId) private view returns (Flow memory flow) {
        flow = _whole(sectionId);
        (, bool isOpen) = POLICY.sectionGate(sectionId);
        if (!isOpen) revert RevenueRouter_SectionShut(sectionId);
    }

    /// A section, counted up to now or to when it was closed.
    function _whole(uint136 sectionId) internal view returns (Flow memory flow) {
        bool isWhole;
        (flow, isWhole) = _walked(sectionId);
        if (!isWhole) revert RevenueRouter_SettleFirst(sectionId);
    }

    /// A section after a walk of at most {MAX_DAYS} used days, and whether that was the whole way.
    function _walked(uint136 sectionId) internal view returns (Flow memory flow, bool) {
        flow = _flows[sectionId];
        uint256 closed = POLICY.closedAt(sectionId, flow.generation);
        uint256 stop = closed != 0 ? closed : block.timestamp;
        if (!_pass(sectionId, flow, stop)) return (flow, false);

        if (stop > flow.last) _count(flow, stop);
        if (closed != 0) _shut(sectionId, flow);
        return (flow, true);
    }

    /// Passes the used days up to `stop`; false when some are left.
    function _pass(uint136 sectionId, Flow memory flow, uint256 stop) private view returns (bool) {
        uint256 lastDay = stop / RevenueMath.DAY;
        for (uint256 passed; flow.ratePerDay != 0 && flow.nextDay <= lastDay; ++passed) {
            flow.nextDay = _nextUsed(sectionId, flow.generation, flow.nextDay, lastDay);
            if (flow.nextDay > lastDay) return true;
            if (passed == MAX_DAYS) return false;
            _count(flow, flow.nextDay * RevenueMath.DAY);
            flow.ratePerDay -= _drops[sectionId][uint256(flow.generation) << 16 | flow.nextDay];
            ++flow.nextDay;
        }
        return true;
    }

    function _count(Flow memory flow, uint256 at) private pure {
        flow.accrued += uint112(flow.ratePerDay * (at - flow.last));
        flow.last = uint40(at);
    }

    /// Nothing flows in a closed generation; the next one begins empty.
    function _shut(uint136 sectionId, Flow memory flow) private view {
        (flow.ratePerDay, flow.sharedThroughDay) = (0, 0);
        (uint8 generation,) = POLICY.sectionGate(sectionId);
        if (generation == flow.generation) return;
        (flow.generation, flow.last) = (generation, uint40(block.timestamp));
    }

    /// The first used day from `from` on, as far as words are looked at: of 256 days each, up to that of
    /// `to`. Where none of them is used, the day behind them.
    function _nextUsed(uint136 sectionId, uint256 generation, uint256 from, uint256 to)
        private
        view
        returns (uint16)
    {
        uint256 word = from >> 8;
        uint256 bits = _days[sectionId][generation << 8 | word] & ~uint256(0) << (from & 0xff);
        while (bits == 0 && word < to >> 8) {
            bits = _days[sectionId][generation << 8 | ++word];
        }
        uint256 day = bits == 0 ? (word + 1) << 8 : word << 8 | Math.log2(bits & ~(bits - 1));
        return uint16(Math.min(day, type(uint16).max));
    }

    /* VIEWS */

    /// @inheritdoc IRevenueRouter
    function streamOf(uint256 sectionId) external view returns (Stream memory) {
        (Flow memory flow,) = _walked(uint136(sectionId));
        return Stream({
            accrued: flow.accrued,
            ratePerDay: flow.ratePerDay,
            last: flow.last,
            generation: flow.generation,
            sharedThroughDay: flow.sharedThroughDay
        });
    }

    /// Whether a section earns nothing and has less than a unit, so that there is nothing to count.
    function _isIdle(uint136 sectionId) internal view returns (bool) {
        Flow storage flow = _flows[sectionId];
        return flow.ratePerDay == 0 && flow.accrued < RevenueMath.DAY;
    }
}
