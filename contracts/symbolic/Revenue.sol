// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Split} from "../src/revenue/IRevenueRouter.sol";
import {RevenueMath} from "../src/revenue/RevenueMath.sol";

/// @title The arithmetic of income
contract Revenue_Symbolic {
    uint256 private constant DAY = 86_400;

    /// For all amounts and shares: nothing is made or lost, and no share is more than was agreed.
    function check_LegsSumToTheAmount(
        uint96 amount,
        uint16 subject,
        uint16 source,
        uint16 host,
        uint16 platform
    ) external pure {
        uint256 agreed = uint256(subject) + source + host + platform;
        if (agreed > 10_000) return;
        Split memory split = RevenueMath.legs(amount, subject, source, host, platform);
        uint256 sum = split.subject + split.source + split.host + split.platform + split.owner;

        assert(sum == amount);
        assert(split.subject * 10_000 <= uint256(amount) * subject);
    }

    /// For all rates and times: what was paid covers what comes back.
    function check_ARefundIsNeverMoreThanThePrice(
        uint40 rate,
        uint40 start,
        uint40 stop,
        uint40 end
    ) external pure {
        if (stop < start) return;

        assert(RevenueMath.refund(rate, end, stop) <= RevenueMath.price(rate, start, end));
    }

    /// For all times: the midnight is one, and the first that is not before.
    function check_ADayEndsAtTheNextMidnight(uint40 at) external pure {
        uint256 end = RevenueMath.ceilDay(at);

        assert(end >= at && end - at < DAY);
        assert(end % DAY == 0);
    }
}
