// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AppraisalMath, Incomes} from "../../src/lending/AppraisalMath.sol";
import {AuctionMath} from "../../src/lending/AuctionMath.sol";
import {DebtMath} from "../../src/lending/DebtMath.sol";
import {Proceeds} from "../../src/lending/ILoanBook.sol";
import {Base} from "../Base.sol";

contract DebtMath_Test is Base {
    function testFuzz_TheDebtFallsByWhatIsPaid(uint80 principal, uint128 interest, uint128 amount)
        external
        pure
    {
        uint256 owed = DebtMath.debtUp(principal, interest);
        (uint256 forInterest, uint256 forPrincipal, uint256 left) =
            DebtMath.applied(principal, interest, amount);

        uint256 paid = forInterest + forPrincipal;
        vm.assertEq(amount < owed ? amount : owed, paid);
        vm.assertEq(owed - paid, DebtMath.debtUp(principal - forPrincipal, left));
    }

    /// Paying in two parts leaves the same as paying at once.
    function testFuzz_PartsCostNoMore(uint80 principal, uint128 interest, uint64 a, uint64 b)
        external
        pure
    {
        (, uint256 first, uint256 rest) = DebtMath.applied(principal, interest, a);
        (, uint256 second, uint256 left) = DebtMath.applied(principal - first, rest, b);
        (, uint256 whole, uint256 atOnce) = DebtMath.applied(principal, interest, uint256(a) + b);

        vm.assertEq(whole, first + second);
        vm.assertEq(atOnce, left);
    }

    function testFuzz_ASplitIsWithinWhatThereIs(uint128 interest, uint128 income, uint16 bps)
        external
        pure
    {
        uint256 split = bound(bps, 0, 10_000);
        uint256 budget = DebtMath.splitDown(interest, income, split);

        vm.assertTrue(budget <= income);
        vm.assertTrue(split != 10_000 || budget == income);
    }

    function test_ThereIsInterestAtTheLeastPrincipalAndRate() external pure {
        vm.assertEq(1, DebtMath.debtUp(0, DebtMath.accrued(0, 100e6, 1, 1)));
        vm.assertEq(12e6, DebtMath.debtUp(0, DebtMath.accrued(0, 100e6, 1_200, 365 days)));
    }
}

contract AuctionMath_Test is Base {
    function testFuzz_ThePriceNeverRises(uint128 start, uint32 first, uint32 second) external pure {
        uint256 early = bound(first, 0, 80 hours);
        uint256 late = early + bound(second, 0, 80 hours);

        vm.assertTrue(AuctionMath.priceUp(start, late) <= AuctionMath.priceUp(start, early));
    }

    function testFuzz_ItHalvesEveryTwelveHours(uint128 start, uint8 halvings) external pure {
        uint256 n = bound(halvings, 0, 6);
        uint256 price = AuctionMath.priceUp(start, n * 12 hours);

        vm.assertTrue(price << n >= start);
        vm.assertTrue(price == 0 || (price - 1) << n < start);
    }

    function testFuzz_ThePartsSumToThePrice(uint128 price, uint128 owed, bool hasBounty)
        external
        pure
    {
        Proceeds memory parts = AuctionMath.divided(price, owed, hasBounty);

        vm.assertEq(price, parts.bounty + parts.paid + parts.surplus);
        vm.assertEq(owed, parts.paid + parts.shortfall);
        vm.assertTrue(parts.surplus == 0 || parts.shortfall == 0);
        vm.assertTrue(parts.bounty <= 50e6 && parts.bounty <= price / 200);
    }
}

contract AppraisalMath_Test is Base {
    using AppraisalMath for Incomes;

    /// The total is the largest of which nobody has more than a quarter.
    function testFuzz_NobodyCountsForMoreThanAQuarter(uint64[7] memory incomes) external pure {
        Incomes memory every;
        for (uint256 i; i < 7; ++i) {
            every.add(incomes[i]);
        }
        uint256 total = every.cappedTotal();

        vm.assertTrue(_capped(incomes, total) >= total);
        vm.assertTrue(_capped(incomes, total + 4) < total + 4);
    }

    /// sum(min(e, T / 4)), in quarters.
    function _capped(uint64[7] memory incomes, uint256 total) private pure returns (uint256 sum) {
        for (uint256 i; i < 7; ++i) {
            uint256 quarters = 4 * uint256(incomes[i]);
            sum += quarters < total ? quarters : total;
        }
        sum /= 4;
    }

    function testFuzz_FewerThanFourCountForNothing(uint64 a, uint64 b, uint64 c) external pure {
        Incomes memory every;
        every.add(a);
        every.add(b);
        every.add(c);

        vm.assertEq(0, every.cappedTotal());
    }

    function testFuzz_AValueRisesByTwoPercentADay(uint128 value, uint32 elapsed) external pure {
        uint256 risen = AppraisalMath.risenDown(value, elapsed);

        vm.assertTrue(risen >= value);
        vm.assertTrue((risen - value) * 50 * 1 days <= uint256(value) * elapsed);
    }
}
