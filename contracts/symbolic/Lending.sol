// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AppraisalMath, Incomes} from "../src/lending/AppraisalMath.sol";
import {AuctionMath} from "../src/lending/AuctionMath.sol";
import {DebtMath} from "../src/lending/DebtMath.sol";
import {Proceeds} from "../src/lending/ILoanBook.sol";

/// @title Debts, values and prices of auctions: what holds for all numbers
/// @custom:halmos --solver-command "python ../tools/integers.py"
contract Lending_Symbolic {
    using AppraisalMath for Incomes;

    uint256 private constant BPS = 10_000;
    uint256 private constant HALF_LIFE = 12 hours;
    uint256 private constant LENGTH = 72 hours;

    /* DEBTS */

    /// For all loans within the bounds of an offer: interest fits its word.
    function check_InterestFits(uint80 principal, uint16 aprBps, uint32 elapsed) external pure {
        if (aprBps > 3_600) return;

        assert(DebtMath.accrued(0, principal, aprBps, elapsed) <= type(uint128).max);
    }

    /// For all debts and amounts: the debt falls by exactly what is paid, which is never more than it.
    function check_TheDebtFallsByWhatIsPaid(uint80 principal, uint128 interest, uint128 amount)
        external
        pure
    {
        uint256 owed = DebtMath.debtUp(principal, interest);
        (uint256 forInterest, uint256 forPrincipal, uint256 left) =
            DebtMath.applied(principal, interest, amount);

        assert(forInterest + forPrincipal == (amount < owed ? amount : owed));
        assert(forPrincipal <= principal && left <= interest);
        assert(DebtMath.debtUp(principal - forPrincipal, left) == owed - forInterest - forPrincipal);
    }

    /// For all incomes: a part of it is no more than it, and all whole interest is paid first.
    function check_InterestIsPaidBeforeAPart(uint128 interest, uint128 available, uint16 splitBps)
        external
        pure
    {
        if (splitBps > BPS) return;
        uint256 whole = interest / DebtMath.UNIT;
        uint256 part = DebtMath.splitDown(interest, available, splitBps);

        assert(part <= available);
        assert(part >= (available < whole ? available : whole));
    }

    /* VALUES */

    /// For all incomes: no licensee, no two and no three are worth more than a quarter each of the whole.
    function check_ALicenseeIsAtMostAQuarter(uint96 sum, uint96 first, uint96 second, uint96 third)
        external
        pure
    {
        if (first < second || second < third) return;
        if (uint256(first) + second + third > sum) return;
        uint256 total = Incomes(sum, first, second, third).cappedTotal();

        assert(total <= sum && 3 * total <= 4 * (uint256(sum) - first));
        assert(total <= 2 * (uint256(sum) - first - second));
        assert(total <= 4 * (uint256(sum) - first - second - third));
    }

    /// For all incomes: three licensees are worth nothing.
    function check_ThreeCountForNothing(uint64 a, uint64 b, uint64 c) external pure {
        Incomes memory every;
        every.add(a);
        every.add(b);
        every.add(c);

        assert(every.cappedTotal() == 0);
    }

    /// For all terms and windows: no more seconds count than the window has, and none before the
    /// fifteenth day.
    function check_AWindowBoundsWhatCounts(uint40 start, uint40 end, uint40 time, uint32 window)
        external
        pure
    {
        if (time < window) return;
        uint256 counted = AppraisalMath.overlap(start, end, time - window, time);

        assert(counted <= window);
        assert(counted == 0 || time > uint256(start) + 14 days);
    }

    /// For all values: they rise by at most two hundredths a day, and no rise is lost to rounding but
    /// one unit.
    function check_AValueRisesByTwoHundredthsADay(uint128 value, uint40 elapsed) external pure {
        uint256 risen = AppraisalMath.risenDown(value, elapsed);

        assert(risen >= value);
        assert((risen - value) * 50 days <= uint256(value) * elapsed);
    }

    /* AUCTIONS */

    /// For all values and debts: an auction begins above both.
    function check_AnAuctionBeginsAboveTheDebt(uint128 value, uint96 owed, bool isFresh)
        external
        pure
    {
        uint256 start = AuctionMath.startPrice(value, isFresh, owed);

        assert(start >= owed);
        assert(!isFresh || start >= value);
    }

    /* THE CURVE: within each of five half-lives, no second has a higher price than the one before */

    function check_ThePriceFallsInTheFirstHalfLife(uint128 start, uint16 second) external pure {
        _checkFall(start, 0 * HALF_LIFE, second);
    }

    function check_ThePriceFallsInTheSecondHalfLife(uint128 start, uint16 second) external pure {
        _checkFall(start, 1 * HALF_LIFE, second);
    }

    function check_ThePriceFallsInTheThirdHalfLife(uint128 start, uint16 second) external pure {
        _checkFall(start, 2 * HALF_LIFE, second);
    }

    function check_ThePriceFallsInTheFourthHalfLife(uint128 start, uint16 second) external pure {
        _checkFall(start, 3 * HALF_LIFE, second);
    }

    function check_ThePriceFallsInTheFifthHalfLife(uint128 start, uint16 second) external pure {
        _checkFall(start, 4 * HALF_LIFE, second);
    }

    function _checkFall(uint128 start, uint256 from, uint16 second) private pure {
        if (second >= HALF_LIFE - 1) return;
        uint256 before = AuctionMath.priceUp(start, from + second);

        assert(AuctionMath.priceUp(start, from + second + 1) <= before);
    }

    /// For all prices: the next half-life begins at half of this one, rounded up, and not above its end.
    function check_AHalfLifeHalves(uint128 start) external pure {
        for (uint256 time; time < LENGTH; time += HALF_LIFE) {
            uint256 price = AuctionMath.priceUp(start, time + HALF_LIFE);

            assert(price == (AuctionMath.priceUp(start, time) + 1) / 2);
            assert(price <= AuctionMath.priceUp(start, time + HALF_LIFE - 1));
        }
    }

    /// For all prices and times: after the end it stays, at a sixty-fourth.
    function check_ThePriceStaysAfterTheEnd(uint128 start, uint32 elapsed) external pure {
        if (elapsed < LENGTH) return;

        assert(AuctionMath.priceUp(start, elapsed) == (uint256(start) + 63) / 64);
    }

    /// For all prices and debts, where nobody has earned a bounty: the parts sum to the price, and the
    /// lender has no more than the debt.
    function check_WithoutABountyThePartsSumToThePrice(uint128 price, uint128 owed) external pure {
        Proceeds memory parts = AuctionMath.divided(price, owed, false);

        assert(parts.bounty == 0 && parts.paid + parts.surplus == price);
        assert(parts.paid + parts.shortfall == owed);
        assert(parts.surplus == 0 || parts.shortfall == 0);
    }

    /* WHAT DOES NOT HOLD */

    function wrong_ThePriceFallsByAUnitEachSecond(uint128 start) external pure {
        assert(AuctionMath.priceUp(start, HALF_LIFE + 1) < AuctionMath.priceUp(start, HALF_LIFE));
    }

    function wrong_AHalfLifeHalvesDown(uint128 start) external pure {
        uint256 before = AuctionMath.priceUp(start, HALF_LIFE);

        assert(AuctionMath.priceUp(start, 2 * HALF_LIFE) == before / 2);
    }

    function wrong_TheDebtIsPaidByItsPrincipal(uint80 principal, uint128 interest) external pure {
        (,, uint256 left) = DebtMath.applied(principal, interest, principal);

        assert(left == interest);
    }

    function wrong_ALicenseeMayBeAThird(uint96 sum, uint96 first, uint96 second, uint96 third)
        external
        pure
    {
        if (first < second || second < third) return;
        if (uint256(first) + second + third > sum) return;

        assert(
            3 * Incomes(sum, first, second, third).cappedTotal() <= 4 * (uint256(sum) - first) - 1
        );
    }

    function wrong_TheLenderHasAll(uint128 price, uint128 owed) external pure {
        assert(AuctionMath.divided(price, owed, false).paid == price);
    }
}
