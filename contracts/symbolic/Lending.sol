// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AppraisalMath, Incomes} from "../src/lending/AppraisalMath.sol";
import {DebtMath} from "../src/lending/DebtMath.sol";

/// @title Debts and values: what holds for all numbers
contract Lending_Symbolic {
    using AppraisalMath for Incomes;

    /// For all loans within the bounds of an offer: interest fits its word.
    function check_InterestFits(uint80 principal, uint128 interest) external pure {
        uint256 most = uint256(type(uint80).max) * 3_600 * type(uint32).max;
        assert(most <= type(uint128).max);
        assert(DebtMath.debtUp(principal, interest) >= principal);
    }

    /// For all incomes: three licensees are worth nothing.
    function check_ThreeCountForNothing(uint64 a, uint64 b, uint64 c) external pure {
        Incomes memory every;
        every.add(a);
        every.add(b);
        every.add(c);

        assert(every.cappedTotal() == 0);
    }
}
