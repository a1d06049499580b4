// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Split} from "../src/revenue/IRevenueRouter.sol";
import {RevenueMath} from "../src/revenue/RevenueMath.sol";

/// @title The arithmetic of income: what holds for all numbers
/// @custom:halmos --solver-command "python ../tools/integers.py"
contract Revenue_Symbolic {
    uint256 private constant DAY = 86_400;
    uint256 private constant BPS = 10_000;

    /// For all amounts and shares of at most the whole: nothing is made or lost, nobody gets more than
    /// was agreed, and it never reverts.
    function check_LegsSumToTheAmount(
        uint96 amount,
        uint16 subject,
        uint16 source,
        uint16 host,
        uint16 platform
    ) external view {
        if (uint256(subject) + source + host + platform > BPS) return;
        try this.legs(amount, subject, source, host, platform) returns (Split memory split) {
            uint256 sum = split.subject + split.source + split.host + split.platform;
            assert(sum + split.owner == amount);
            assert(split.subject * BPS <= uint256(amount) * subject);
            assert(split.host * BPS <= uint256(amount) * host);
        } catch {
            assert(false);
        }
    }

    /// For all rates and times: what was paid covers what comes back.
    function check_ARefundIsNeverMoreThanThePrice(
        uint64 rate,
        uint40 start,
        uint40 stop,
        uint40 end
    ) external pure {
        if (stop < start) return;

        assert(RevenueMath.refund(rate, end, stop) <= RevenueMath.price(rate, start, end));
    }

    /// For all rates and times: a term that is stopped and one that follows cost no less than both.
    function check_ATermCostsNoMoreThanItsParts(
        uint64 rate,
        uint40 start,
        uint40 middle,
        uint40 end
    ) external pure {
        if (middle < start || end < middle) return;
        uint256 parts =
            RevenueMath.price(rate, start, middle) + RevenueMath.price(rate, middle, end);

        assert(RevenueMath.price(rate, start, end) <= parts);
    }

    /// For all times: the midnight is one, and the first that is not before.
    function check_ADayEndsAtTheNextMidnight(uint40 time) external pure {
        uint256 end = RevenueMath.ceilDay(time);

        assert(end >= time && end - time < DAY);
        assert(end % DAY == 0);
    }

    function legs(uint256 amount, uint256 subject, uint256 source, uint256 host, uint256 platform)
        external
        pure
        returns (Split memory)
    {
        return RevenueMath.legs(amount, subject, source, host, platform);
    }

    function wrong_PartsCostWhatTheWholeDoes(uint64 rate, uint40 start, uint40 middle, uint40 end)
        external
        pure
    {
        if (middle < start || end < middle) return;
        uint256 parts =
            RevenueMath.price(rate, start, middle) + RevenueMath.price(rate, middle, end);

        assert(RevenueMath.price(rate, start, end) == parts);
    }

    function wrong_ARefundIsLessThanThePrice(uint64 rate, uint40 start, uint40 stop, uint40 end)
        external
        pure
    {
        if (stop < start || end <= stop || rate == 0) return;

        assert(RevenueMath.refund(rate, end, stop) < RevenueMath.price(rate, start, end));
    }

    function wrong_ADayEndsAfterIt(uint40 time) external pure {
        assert(RevenueMath.ceilDay(time) > time);
    }

    function wrong_SharesMayBeMoreThanTheWhole(uint96 amount, uint16 subject, uint16 source)
        external
        view
    {
        if (uint256(subject) + source > BPS + 1) return;
        try this.legs(amount, subject, source, 0, 0) returns (Split memory) {}
        catch {
            assert(false);
        }
    }
}
