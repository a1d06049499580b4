// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Who has a claim on the income of a token
/// @notice Asked by RevenueRouter, and implemented by the contract that placed the lien.
interface ILienHolder {
    /// Takes from net income what a loan is due, and writes it off the debt.
    /// @param available units of the settlement token, after the shares of subject, source, host and
    /// platform
    /// @return interest yield or interest due
    /// @return principal what pays the debt down; with the interest at most `available`, both are the
    /// creditor's
    /// @return isClosed whether the debt is zero now: the lien is then lifted in the same call, and the
    /// token goes back to the debtor
    function applyIncome(uint96 id, uint256 available)
        external
        returns (uint256 interest, uint256 principal, bool isClosed);

    /// Who holds the lender's note now.
    function creditorOf(uint96 id) external view returns (address);

    /// Who gets what the creditor does not.
    function debtorOf(uint96 id) external view returns (address);
}
