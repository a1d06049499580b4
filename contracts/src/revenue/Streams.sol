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
/// @dev Drops and used days that `last` has passed stay where they are and are never looked at again.
/// While a generation runs, its drops after `last` sum to the rate, so a rate of 0 ends every walk.
abstract contract Streams is IRevenueRouter, ReentrancyGuardTransient {
    uint256 private constant MAX_DAYS = 64;
    uint256 private constant NO_DAY = type(uint256).max;

    ILicensingPolicy private immutable POLICY;
    mapping(uint136 sectionId => Stream) private _streams;
    /// The rate that ends at the beginning of a day.
    mapping(uint136 sectionId => mapping(uint256 generationAndDay => uint64)) private _drops;
    mapping(uint136 sectionId => mapping(uint256 generationAndWord => uint256 bits)) private _days;

    constructor(ILicensingPolicy policy) {
        POLICY = policy;
    }

    /* ACCRUE */

    /// @inheritdoc IRevenueRouter
    function accrue(uint256 sectionId) external nonReentrant {
        (Stream memory stream,) = _walked(uint136(sectionId));
        _streams[uint136(sectionId)] = stream;
    }

    /// Takes the whole units that a section has earned.
    function _earn(uint136 sectionId) internal returns (uint256 amount) {
        if (_isIdle(sectionId)) return 0;
        Stream memory stream = _whole(sectionId);
        amount = stream.accrued / RevenueMath.DAY;
        stream.accrued = uint128(stream.accrued % RevenueMath.DAY);
        _streams[sectionId] = stream;
    }

    /* LICENSES COME AND GO */

    /// Adds a license that ends after now.
    /// @param throughDay up to which the section is shared now; 0 for an exclusive license
    function _join(uint136 sectionId, uint64 rate, uint16 endDay, uint16 throughDay) internal {
        Stream memory stream = _live(sectionId);
        if (rate > type(uint64).max - stream.ratePerDay) {
            revert RevenueRouter_RateOverflow(sectionId);
        }
        stream.ratePerDay += rate;
        if (throughDay > stream.sharedThroughDay) stream.sharedThroughDay = throughDay;
        _streams[sectionId] = stream;
        _addDrop(sectionId, stream.generation, endDay, rate);
    }

    /// Moves the end of a license, both ends after now.
    function _shift(uint136 sectionId, uint64 rate, uint16 fromDay, uint16 toDay, uint16 throughDay)
        internal
    {
        Stream memory stream = _live(sectionId);
        if (throughDay > stream.sharedThroughDay) stream.sharedThroughDay = throughDay;
        _streams[sectionId] = stream;
        _subtractDrop(sectionId, stream.generation, fromDay, rate);
        _addDrop(sectionId, stream.generation, toDay, rate);
    }

    /// Takes a license out whose generation runs and whose end is after now.
    function _leave(uint136 sectionId, uint64 rate, uint16 endDay) internal {
        Stream memory stream = _whole(sectionId);
        stream.ratePerDay -= rate;
        _streams[sectionId] = stream;
        _subtractDrop(sectionId, stream.generation, endDay, rate);
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
    function _live(uint136 sectionId) private view returns (Stream memory stream) {
        stream = _whole(sectionId);
        (, bool isOpen) = POLICY.sectionGate(sectionId);
        if (!isOpen) revert RevenueRouter_SectionShut(sectionId);
    }

    /// A section, counted up to now or to when it was closed.
    function _whole(uint136 sectionId) internal view returns (Stream memory stream) {
        bool isWhole;
        (stream, isWhole) = _walked(sectionId);
        if (!isWhole) revert RevenueRouter_SettleFirst(sectionId);
    }

    /// A section after a walk of at most {MAX_DAYS} used days, and whether that was the whole way.
    function _walked(uint136 sectionId) internal view returns (Stream memory stream, bool) {
        stream = _streams[sectionId];
        uint256 closed = POLICY.closedAt(sectionId, stream.generation);
        uint256 stop = closed != 0 ? closed : block.timestamp;
        if (!_pass(sectionId, stream, stop)) return (stream, false);

        if (stop > stream.last) _count(stream, stop);
        if (closed != 0) _shut(sectionId, stream);
        return (stream, true);
    }

    /// Passes the used days up to `stop`; false when some are left.
    function _pass(uint136 sectionId, Stream memory stream, uint256 stop)
        private
        view
        returns (bool)
    {
        uint256 day = stream.last / RevenueMath.DAY;
        uint256 lastDay = stop / RevenueMath.DAY;
        for (uint256 passed; stream.ratePerDay != 0; ++passed) {
            day = _nextUsed(sectionId, stream.generation, day + 1, lastDay);
            if (day > lastDay) return true;
            if (passed == MAX_DAYS) return false;
            _count(stream, day * RevenueMath.DAY);
            stream.ratePerDay -= _drops[sectionId][uint256(stream.generation) << 16 | day];
        }
        return true;
    }

    function _count(Stream memory stream, uint256 at) private pure {
        stream.accrued += uint128(stream.ratePerDay * (at - stream.last));
        stream.last = uint40(at);
    }

    /// Nothing flows in a closed generation; the next one begins empty.
    function _shut(uint136 sectionId, Stream memory stream) private view {
        (stream.ratePerDay, stream.sharedThroughDay) = (0, 0);
        (uint8 generation,) = POLICY.sectionGate(sectionId);
        if (generation == stream.generation) return;
        (stream.generation, stream.last) = (generation, uint40(block.timestamp));
    }

    /// The first used day from `from` to `to`, or more than `to`. Looks at one word for 256 days.
    function _nextUsed(uint136 sectionId, uint256 generation, uint256 from, uint256 to)
        private
        view
        returns (uint256)
    {
        for (uint256 word = from >> 8; word <= to >> 8; ++word) {
            uint256 bits = _days[sectionId][generation << 8 | word];
            if (word == from >> 8) bits &= NO_DAY << (from & 0xff);
            if (bits != 0) return word << 8 | Math.log2(bits & ~(bits - 1));
        }
        return NO_DAY;
    }

    /* VIEWS */

    /// @inheritdoc IRevenueRouter
    function streamOf(uint256 sectionId) external view returns (Stream memory stream) {
        (stream,) = _walked(uint136(sectionId));
    }

    /// Whether a section earns nothing and has less than a unit, so that there is nothing to count.
    function _isIdle(uint136 sectionId) internal view returns (bool) {
        Stream storage stream = _streams[sectionId];
        return stream.ratePerDay == 0 && stream.accrued < RevenueMath.DAY;
    }
}
