// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title What a loan owes
/// @notice Interest is kept in units x basis points x seconds and is exact; what is due of it is rounded
/// up to whole units, so that no rounding favors who pays.
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

    /// Units of interest that are due.
    function interestUp(uint256 interest) internal pure returns (uint256) {
        return Math.ceilDiv(interest, UNIT);
    }

    /// Units that end the loan.
    function debtUp(uint256 principal, uint256 interest) internal pure returns (uint256) {
        return principal + interestUp(interest);
    }

    /// What of an amount pays interest, and what of the rest pays principal.
    /// @param principalBps of what is left after the interest
    /// @return forInterest units, `forPrincipal` units; `left` of the interest, in its own measure
    function applied(
        uint256 principal,
        uint256 interest,
        uint256 amount,
        uint256 principalBps
    ) internal pure returns (uint256 forInterest, uint256 forPrincipal, uint256 left) {
        forInterest = Math.min(amount, interestUp(interest));
        uint256 off = forInterest * UNIT;
        left = off < interest ? interest - off : 0;
        forPrincipal = Math.min((amount - forInterest) * principalBps / BPS, principal);
    }
}
