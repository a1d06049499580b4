// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRecordRegistry, RekeyState, TokenState} from "../records/IRecordRegistry.sol";
import {ICondition} from "./ICondition.sol";

/// @title The condition that a token still has the keys of an epoch
/// @notice What a subject lets the owner of a token read ends with the ownership: a token that is moved
/// waits for new keys from that moment on. A sale that is not completed changes nothing.
///
/// The key is the token, which is of a record or of a detached section, then its key epoch in 24 bits,
/// on the right of 32 bytes.
contract KeysUnchanged is ICondition {
    uint256 private constant EPOCH_BITS = 24;

    IRecordRegistry private immutable RECORDS;

    error KeysUnchanged_NotAToken(bytes32 conditionKey);

    constructor(IRecordRegistry records) {
        RECORDS = records;
    }

    /// It fails for a token that was never there.
    /// @inheritdoc ICondition
    function holds(bytes32 conditionKey) external view returns (bool) {
        uint256 key = uint256(conditionKey);
        if (key > type(uint160).max) revert KeysUnchanged_NotAToken(conditionKey);
        uint256 token = key >> EPOCH_BITS;
        if (RECORDS.controllerOf(token) != token) return false;
        TokenState memory state = RECORDS.tokenStateOf(token);
        return state.keyEpoch == uint24(key) && state.rekey != RekeyState.RekeyPending;
    }
}
