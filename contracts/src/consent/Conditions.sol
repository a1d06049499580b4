// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICondition} from "./ICondition.sol";

/// @title Asks a condition, and takes everything but a plain yes for a no
library Conditions {
    /// What a condition may spend; whoever names a condition cannot make others pay more than this.
    uint256 private constant GAS = 100_000;

    /// @dev A low-level call, because `try` would let an answer that is no bool revert the caller.
    function isMet(address condition, bytes32 conditionKey) internal view returns (bool) {
        if (condition == address(0)) return true;
        (bool ok, bytes memory answer) =
            condition.staticcall{gas: GAS}(abi.encodeCall(ICondition.holds, (conditionKey)));
        return ok && answer.length == 32 && bytes32(answer) == bytes32(uint256(1));
    }
}
