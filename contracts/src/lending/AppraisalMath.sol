// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// Incomes of licensees: their sum and the three largest.
struct Incomes {
    uint256 sum;
    uint256 first;
    uint256 second;
    uint256 third;
}

/// @title What income is worth
library AppraisalMath {
    uint256 internal constant DAY = 86_400;
    uint256 internal constant BPS = 10_000;
    uint256 internal constant MULTIPLE = 12;
    uint256 internal constant MONTH = 30 days;
    uint256 internal constant PROBATION = 14 days;
    uint256 internal constant RISE_BPS_PER_DAY = 200;

    /// Seconds of a term that lie within a window, the first 14 days of the term left out.
    /// @param from, to the window, `to` being now
    function overlap(uint256 start, uint256 end, uint256 from, uint256 to)
        internal
        pure
        returns (uint256)
    {
        uint256 first = Math.max(start + PROBATION, from);
        uint256 last = Math.min(end, to);
        return last > first ? last - first : 0;
    }

    /// Adds the income of one more licensee.
    function add(Incomes memory all, uint256 income) internal pure {
        all.sum += income;
        if (income > all.first) {
            (all.first, all.second, all.third) = (income, all.first, all.second);
        } else if (income > all.second) {
            (all.second, all.third) = (income, all.second);
        } else if (income > all.third) {
            all.third = income;
        }
    }

    /// The largest total of which no licensee is more than a quarter; integer division, in this order.
    function cappedTotal(Incomes memory all) internal pure returns (uint256 total) {
        total = all.sum;
        uint256 rest = all.sum - all.first;
        if (4 * all.first > total) total = 4 * rest / 3;
        rest -= all.second;
        if (4 * all.second > total) total = 2 * rest;
        rest -= all.third;
        if (4 * all.third > total) total = 4 * rest;
    }

    /// Twelve months of the least of four incomes of 30 days, in units; rounded down once.
    /// @param month, quarter, prepaid in units a day x seconds, `quarter` that of 90 days
    /// @param rate units a day that flow to the token
    function rawDown(uint256 month, uint256 quarter, uint256 prepaid, uint256 rate)
        internal
        pure
        returns (uint256)
    {
        uint256 past = Math.min(month, quarter / 3);
        return MULTIPLE * Math.min(past, Math.min(prepaid, MONTH * rate)) / DAY;
    }

    /// The highest value that `elapsed` seconds allow after a value; rounded down.
    function risenDown(uint256 value, uint256 elapsed) internal pure returns (uint256) {
        return value * (BPS * DAY + RISE_BPS_PER_DAY * elapsed) / (BPS * DAY);
    }
}
