// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AppraisalMath, Incomes} from "../src/lending/AppraisalMath.sol";
import {AuctionMath} from "../src/lending/AuctionMath.sol";
import {DebtMath} from "../src/lending/DebtMath.sol";
import {Proceeds} from "../src/lending/ILoanBook.sol";

/// @title Debts, prices of auctions and values: what holds for all numbers
contract Lending_Symbolic {
    using AppraisalMath for Incomes;

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
        assert(
            DebtMath.debtUp(principal - forPrincipal, left) == owed - forInterest - forPrincipal
        );
    }

    /// For all loans within the bounds of an offer: interest fits its word.
    function check_InterestFits(uint80 principal, uint128 interest) external pure {
        uint256 most = uint256(type(uint80).max) * 3_600 * type(uint32).max;
        assert(most <= type(uint128).max);
        assert(DebtMath.debtUp(principal, interest) >= principal);
    }

    /// For all prices and debts: the parts sum to the price, and the lender has no more than the debt.
    function check_ThePartsSumToThePrice(uint128 price, uint128 owed, bool hasBounty)
        external
        pure
    {
        Proceeds memory parts = AuctionMath.divided(price, owed, hasBounty);

        assert(parts.bounty + parts.paid + parts.surplus == price);
        assert(parts.paid + parts.shortfall == owed);
        assert(parts.surplus == 0 || parts.shortfall == 0);
        assert(parts.bounty <= AuctionMath.MAX_BOUNTY);
    }

    /// For all values and debts: an auction begins above both.
    function check_AnAuctionBeginsAboveTheDebt(uint96 value, uint96 owed, bool isFresh)
        external
        pure
    {
        uint256 start = AuctionMath.startPrice(value, isFresh, owed);

        assert(start >= owed);
        assert(!isFresh || start >= value);
    }

    /// For all prices: the next half-life begins at half of this one, rounded up, and not above its end.
    function check_AHalfLifeHalves(uint128 start) external pure {
        uint256 half = 12 hours;
        assert(AuctionMath.priceUp(start, 0) == start);
        assert(2 * AuctionMath.priceUp(start, half) >= start);
        assert(AuctionMath.priceUp(start, half) <= AuctionMath.priceUp(start, half - 1));
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
    function check_AWindowBoundsWhatCounts(uint40 start, uint40 end, uint40 at, uint32 window)
        external
        pure
    {
        if (at < window) return;
        uint256 counted = AppraisalMath.overlap(start, end, at - window, at);

        assert(counted <= window);
        assert(counted == 0 || at > uint256(start) + 14 days);
    }
}
