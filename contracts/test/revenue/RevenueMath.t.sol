// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Split} from "../../src/revenue/IRevenueRouter.sol";
import {RevenueMath} from "../../src/revenue/RevenueMath.sol";
import {Base} from "../Base.sol";

contract RevenueMath_Test is Base {
    uint256 private constant DAY = 86_400;

    function test_ADayEndsAtTheNextMidnight(uint40 at) external pure {
        uint256 end = RevenueMath.ceilDay(at);

        vm.assertEq(0, end % DAY);
        vm.assertTrue(end >= at && end < uint256(at) + DAY);
    }

    function test_APriceIsTheLeastThatCoversWhatIsEarned(uint64 rate, uint40 start, uint40 end)
        external
        pure
    {
        uint256 time = end > start ? end - start : 0;
        uint256 price = RevenueMath.price(rate, start, end);

        vm.assertTrue(price * DAY >= rate * time);
        vm.assertTrue(price == 0 || (price - 1) * DAY < rate * time);
    }

    function test_ARefundIsTheMostThatWasNotEarned(uint64 rate, uint40 end, uint40 stop)
        external
        pure
    {
        uint256 time = end > stop ? end - stop : 0;
        uint256 refund = RevenueMath.refund(rate, end, stop);

        vm.assertTrue(refund * DAY <= rate * time);
        vm.assertTrue((refund + 1) * DAY > rate * time);
    }

    function test_StoppingPaysNobody(uint64 rate, uint40 start, uint40 stop, uint40 end)
        external
        pure
    {
        (start, stop) = start < stop ? (start, stop) : (stop, start);
        uint256 earned = stop < end ? stop - start : end > start ? end - start : 0;
        uint256 left = RevenueMath.price(rate, start, end) - RevenueMath.refund(rate, end, stop);

        vm.assertTrue(left * DAY >= rate * earned);
    }

    function test_LegsSumToTheAmount(
        uint128 amount,
        uint256 subject,
        uint256 source,
        uint256 host,
        uint256 platform
    ) external pure {
        (subject, source) = (bound(subject, 0, 4_000), bound(source, 0, 2_000));
        (host, platform) = (bound(host, 0, 500), bound(platform, 0, 250));
        Split memory split = RevenueMath.legs(amount, subject, source, host, platform);

        vm.assertEq(uint256(amount) * subject / 10_000, split.subject);
        vm.assertEq(
            amount, split.subject + split.source + split.host + split.platform + split.owner
        );
        vm.assertEq(0, split.lender);
        uint256 rest = 10_000 - subject - source - host - platform;
        vm.assertTrue(split.owner * 10_000 >= amount * rest);
    }

    function test_ThePlatformTakesTwoAndAHalfPercent() external pure {
        vm.assertEq(25e6, RevenueMath.shareOf(1_000e6, RevenueMath.PLATFORM_BPS));
        vm.assertEq(0, RevenueMath.shareOf(39, RevenueMath.PLATFORM_BPS));
        vm.assertEq(1, RevenueMath.shareOf(40, RevenueMath.PLATFORM_BPS));
    }
}
