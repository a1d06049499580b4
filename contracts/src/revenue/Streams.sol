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
/// @dev Most sections have one day on which a term ends next, and most of them no other. So the flow
/// keeps the first drop by itself, and only the later ones take words. Drops and used days that were
/// passed stay where they are and are never looked at again. While a generation runs, its drops that were
/// not passed sum to the rate, so a rate of 0 ends every walk.
abstract contract Streams is IRevenueRouter, ReentrancyGuardTransient {
    uint256 private constant MAX_DAYS = 64;

    /// One word: what is shown as {Stream}, and a day before which no day is used that is still to come,
    /// so that most walks need not look for one. With a `nextDrop` that day is used, and the drop is
    /// kept nowhere else. The rate is below 2^48 for as long as seconds are below 2^32, so `accrued`
    /// cannot overflow.
    struct Flow {
        uint88 accrued;
        uint48 ratePerDay;
        uint48 nextDrop;
        uint32 last;
        uint8 generation;
        uint16 sharedThroughDay;
        uint16 nextDay;
    }

    /// What there is of a token, in one word that its first offer begins, so that the first license, a
    /// claim and a sale need no new one.
    /// @param lien the number of the claim on it, when it is `isPledged`
    /// @param earning of a record's token: has a bit for each section that ever earned, whether it is
    /// detached or not, so that the others need no look
    /// @param termsSeq how often its offers changed
    /// @param price of the last sale (units), `soldAt` its time
    struct Facts {
        uint96 lien;
        bool isPledged;
        uint16 earning;
        uint32 termsSeq;
        uint72 price;
        uint32 soldAt;
    }

    /// What the patient says of a section now.
    struct Gate {
        uint8 generation;
        bool isOpen;
    }

    /// What the patient says of all sections of a record, asked once, see {ILicensingPolicy}.
    struct Gates {
        uint120 generations;
        uint16 open;
    }

    ILicensingPolicy private immutable POLICY;
    mapping(uint256 token => Facts) internal _facts;
    mapping(uint136 sectionId => Flow) private _flows;
    /// The rate that ends at the beginning of a day, but for what the flow keeps.
    mapping(uint136 sectionId => mapping(uint256 generationAndDay => uint48)) private _drops;
    mapping(uint136 sectionId => mapping(uint256 generationAndWord => uint256 bits)) private _days;

    constructor(ILicensingPolicy policy) {
        POLICY = policy;
    }

    /* ACCRUE */

    /// @inheritdoc IRevenueRouter
    function accrue(uint256 sectionId) external nonReentrant {
        (Flow memory flow,) = _walked(uint136(sectionId), _gateOf(sectionId));
        _flows[uint136(sectionId)] = flow;
    }

    /// Takes the whole units that sections of a record have earned.
    function _earn(uint256 token, uint16 mask) internal returns (uint256 amount) {
        mask = _busyOf(token, mask);
        if (mask == 0) return 0;
        Gates memory gates = _gatesOf(token);
        for (uint8 code = 1; mask >> code != 0; ++code) {
            if (mask >> code & 1 == 0) continue;
            uint136 sectionId = _sectionOf(token, code);
            Flow memory flow = _whole(sectionId, _gate(gates, code));
            amount += flow.accrued / RevenueMath.DAY;
            flow.accrued = uint88(flow.accrued % RevenueMath.DAY);
            _flows[sectionId] = flow;
        }
    }

    /// The sections that earn, or have a unit or more, so that there is something to count.
    function _busyOf(uint256 token, uint16 mask) internal view returns (uint16 busy) {
        mask &= _facts[token & ~uint256(0xff)].earning;
        for (uint8 code = 1; mask >> code != 0; ++code) {
            if (mask >> code & 1 == 0) continue;
            Flow storage flow = _flows[_sectionOf(token, code)];
            if (flow.ratePerDay != 0 || flow.accrued >= RevenueMath.DAY) busy |= uint16(1 << code);
        }
    }

    /* LICENSES COME AND GO */

    /// Adds a license that ends after now.
    /// @param throughDay up to which the section is shared now; 0 for an exclusive license
    function _join(
        uint136 sectionId,
        Gate memory gate,
        uint48 rate,
        uint16 endDay,
        uint16 throughDay
    ) internal {
        Flow memory flow = _live(sectionId, gate);
        if (rate > type(uint48).max - flow.ratePerDay) {
            revert RevenueRouter_RateOverflow(sectionId);
        }
        _addDrop(sectionId, flow, endDay, rate);
        if (throughDay > flow.sharedThroughDay) flow.sharedThroughDay = throughDay;
        _flows[sectionId] = flow;
    }

    /// Moves the end of a license, both ends after now.
    function _shift(
        uint136 sectionId,
        Gate memory gate,
        uint48 rate,
        uint16 fromDay,
        uint16 toDay,
        uint16 throughDay
    ) internal {
        Flow memory flow = _live(sectionId, gate);
        _subtractDrop(sectionId, flow, fromDay, rate);
        _addDrop(sectionId, flow, toDay, rate);
        if (throughDay > flow.sharedThroughDay) flow.sharedThroughDay = throughDay;
        _flows[sectionId] = flow;
    }

    /// Takes a license out whose generation runs and whose end is after now.
    function _leave(uint136 sectionId, Gate memory gate, uint48 rate, uint16 endDay) internal {
        Flow memory flow = _whole(sectionId, gate);
        _subtractDrop(sectionId, flow, endDay, rate);
        _flows[sectionId] = flow;
    }

    /// The first of all drops stays in the flow, and takes the place of a later one.
    function _addDrop(uint136 sectionId, Flow memory flow, uint16 day, uint48 rate) private {
        if (rate == 0) return;
        bool isOnly = flow.ratePerDay == 0;
        if (isOnly) _facts[sectionId & ~uint256(0xff)].earning |= uint16(1 << uint8(sectionId));
        flow.ratePerDay += rate;
        if (isOnly || day < flow.nextDay) {
            if (!isOnly) _keepDrop(sectionId, flow.generation, flow.nextDay, flow.nextDrop);
            (flow.nextDay, flow.nextDrop) = (day, rate);
        } else if (day == flow.nextDay && flow.nextDrop != 0) {
            flow.nextDrop += rate;
        } else {
            _keepDrop(sectionId, flow.generation, day, rate);
        }
    }

    function _subtractDrop(uint136 sectionId, Flow memory flow, uint16 day, uint48 rate) private {
        if (rate == 0) return;
        flow.ratePerDay -= rate;
        if (day == flow.nextDay && flow.nextDrop != 0) {
            flow.nextDrop -= rate;
            return;
        }
        uint256 place = _placeOf(flow.generation, day);
        uint48 left = _drops[sectionId][place] - rate;
        _drops[sectionId][place] = left;
        if (left == 0) _flip(sectionId, flow.generation, day);
    }

    function _keepDrop(uint136 sectionId, uint8 generation, uint16 day, uint48 rate) private {
        if (rate == 0) return;
        uint256 place = _placeOf(generation, day);
        uint48 before = _drops[sectionId][place];
        _drops[sectionId][place] = before + rate;
        if (before == 0) _flip(sectionId, generation, day);
    }

    function _placeOf(uint256 generation, uint256 day) private pure returns (uint256) {
        return generation << 16 | day;
    }

    function _flip(uint136 sectionId, uint256 generation, uint256 day) private {
        _days[sectionId][generation << 8 | day >> 8] ^= 1 << (day & 0xff);
    }

    /* GATES */

    function _gatesOf(uint256 token) internal view returns (Gates memory gates) {
        (gates.generations, gates.open) = POLICY.gatesOf(uint128(token >> 8));
    }

    function _gate(Gates memory gates, uint8 code) internal pure returns (Gate memory gate) {
        gate.generation = uint8(gates.generations >> 8 * (code - 1));
        gate.isOpen = gates.open >> code & 1 != 0;
    }

    function _gateOf(uint256 sectionId) internal view returns (Gate memory gate) {
        (gate.generation, gate.isOpen) = POLICY.sectionGate(uint136(sectionId));
    }

    /// When a generation of a section was closed; 0 when it runs.
    function _closedAt(uint136 sectionId, Gate memory gate, uint8 generation)
        internal
        view
        returns (uint256)
    {
        bool runs = gate.isOpen && gate.generation == generation;
        return runs ? 0 : POLICY.closedAt(sectionId, generation);
    }

    /* WALK */

    /// A section that may be licensed, counted up to now.
    function _live(uint136 sectionId, Gate memory gate) private view returns (Flow memory flow) {
        flow = _whole(sectionId, gate);
        if (!gate.isOpen) revert RevenueRouter_SectionShut(sectionId);
    }

    /// A section, counted up to now or to when it was closed.
    function _whole(uint136 sectionId, Gate memory gate) internal view returns (Flow memory flow) {
        bool isWhole;
        (flow, isWhole) = _walked(sectionId, gate);
        if (!isWhole) revert RevenueRouter_SettleFirst(sectionId);
    }

    /// A section after a walk of at most {MAX_DAYS} used days, and whether that was the whole way.
    function _walked(uint136 sectionId, Gate memory gate)
        internal
        view
        returns (Flow memory flow, bool)
    {
        flow = _flows[sectionId];
        uint256 closed = _closedAt(sectionId, gate, flow.generation);
        uint256 stop = closed != 0 ? closed : block.timestamp;
        if (!_pass(sectionId, flow, stop)) return (flow, false);

        if (stop > flow.last) _count(flow, stop);
        if (closed != 0) _shut(flow, gate);
        return (flow, true);
    }

    /// Passes the used days up to `stop`; false when some are left.
    function _pass(uint136 sectionId, Flow memory flow, uint256 stop) private view returns (bool) {
        uint256 lastDay = stop / RevenueMath.DAY;
        for (uint256 passed; flow.ratePerDay != 0 && flow.nextDay <= lastDay; ++passed) {
            uint48 drop = flow.nextDrop;
            if (drop == 0) {
                flow.nextDay = _nextUsed(sectionId, flow.generation, flow.nextDay, lastDay);
                if (flow.nextDay > lastDay) return true;
                drop = _drops[sectionId][_placeOf(flow.generation, flow.nextDay)];
            }
            if (passed == MAX_DAYS) return false;
            _count(flow, flow.nextDay * RevenueMath.DAY);
            flow.ratePerDay -= drop;
            flow.nextDrop = 0;
            ++flow.nextDay;
        }
        return true;
    }

    function _count(Flow memory flow, uint256 at) private pure {
        flow.accrued += uint88(flow.ratePerDay * (at - flow.last));
        flow.last = uint32(at);
    }

    /// Nothing flows in a closed generation; the next one begins empty.
    function _shut(Flow memory flow, Gate memory gate) private view {
        (flow.ratePerDay, flow.nextDrop, flow.sharedThroughDay) = (0, 0, 0);
        if (gate.generation == flow.generation) return;
        (flow.generation, flow.last) = (gate.generation, uint32(block.timestamp));
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
        (Flow memory flow,) = _walked(uint136(sectionId), _gateOf(sectionId));
        return Stream({
            accrued: flow.accrued,
            ratePerDay: flow.ratePerDay,
            last: flow.last,
            generation: flow.generation,
            sharedThroughDay: flow.sharedThroughDay
        });
    }

    function _sectionOf(uint256 token, uint256 code) internal pure returns (uint136) {
        return uint136((token & ~uint256(0xff)) | code);
    }
}
