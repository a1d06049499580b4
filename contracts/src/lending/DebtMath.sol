// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title What a loan owes
/// @notice Interest is kept in units x basis points x seconds and is exact; a debt is rounded up to whole
/// units, so that no rounding favors who pays.
library DebtMath {
    uint256 internal constant BPS = 10_000;
    uint256 internal constant YEAR = 31_536_000;
    /// What one unit of interest is in the measure in which interest is kept.
    uint256 internal constant UNIT = BPS * YEAR;

    /// Interest after `elapsed` seconds more.
    function accrued(uint256 interest, uint256 principal, uint256 aprBps, uint256 elapsed)
        internal
        pure
        returns (uint256)
    {
        return interest + principal * aprBps * elapsed;
    }

    /// Units that end the loan.
    function debtUp(uint256 principal, uint256 interest) internal pure returns (uint256) {
        return principal + Math.ceilDiv(interest, UNIT);
    }

    /// What of income is for the debt when only a part of what is left after interest pays principal.
    function splitDown(uint256 interest, uint256 available, uint256 splitBps)
        internal
        pure
        returns (uint256)
    {
        uint256 forInterest = Math.min(available, interest / UNIT);
        return forInterest + (available - forInterest) * splitBps / BPS;
    }

    /// Whole units of interest, then principal, then the last part of a unit, rounded up: so paying in
    /// many small parts costs no more than paying at once. The debt falls by exactly what is paid.
    /// @param amount at most the debt is taken of it
    /// @return forInterest units, `forPrincipal` units; `left` of the interest, in its own measure
    function applied(uint256 principal, uint256 interest, uint256 amount)
        internal
        pure
        returns (uint256 forInterest, uint256 forPrincipal, uint256 left)
    {
        amount = Math.min(amount, debtUp(principal, interest));
        forInterest = Math.min(amount, interest / UNIT);
        forPrincipal = Math.min(amount - forInterest, principal);
        uint256 last = amount - forInterest - forPrincipal;
        left = last == 0 ? interest - forInterest * UNIT : 0;
        forInterest += last;
    }
}
