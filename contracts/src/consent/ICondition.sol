// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A fact on the ledger that a grant or a delegation may depend on
interface ICondition {
    /// Whether the condition holds now; a failing call counts as no.
    /// @param conditionKey what it is about, such as the id of a referral
    function holds(bytes32 conditionKey) external view returns (bool);
}
