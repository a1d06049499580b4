// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../identity/IIntentGuard.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {IAuthority} from "./IAuthority.sol";
import {ICondition} from "./ICondition.sol";
import {IGuardiansAgreed} from "./IGuardiansAgreed.sol";

/// @title See {IGuardiansAgreed}
contract GuardiansAgreed is IGuardiansAgreed, IntentGuard {
    bytes32 private constant AGREE =
        keccak256("Agree(uint128 record,bytes32 topic,uint256 nonce,uint64 deadline)");
    bytes32 private constant WITHDRAW =
        keccak256("Withdraw(uint128 record,bytes32 topic,uint256 nonce,uint64 deadline)");

    IAuthority private immutable AUTHORITY;
    mapping(bytes32 key => uint128 record) private _records;
    mapping(bytes32 key => mapping(address guardian => bool)) private _agreed;

    constructor(IAuthority authority) IntentGuard("GuardiansAgreed") {
        AUTHORITY = authority;
    }

    /// @inheritdoc IGuardiansAgreed
    function agree(uint128 record, bytes32 topic, Intent calldata by) external {
        address signer =
            _accept(by, keccak256(abi.encode(AGREE, record, topic, by.nonce, by.deadline)));
        bytes32 key = keyOf(record, topic);
        if (!_isGuardian(record, signer)) revert GuardiansAgreed_NotGuardian(record, signer);
        if (_agreed[key][signer]) revert GuardiansAgreed_AlreadyApproved(topic, signer);

        _records[key] = record;
        _agreed[key][signer] = true;
        emit Agreed(record, topic, signer);
    }

    /// @inheritdoc IGuardiansAgreed
    function withdraw(uint128 record, bytes32 topic, Intent calldata by) external {
        address signer =
            _accept(by, keccak256(abi.encode(WITHDRAW, record, topic, by.nonce, by.deadline)));
        bytes32 key = keyOf(record, topic);
        if (!_agreed[key][signer]) revert GuardiansAgreed_NothingPending(record);

        _agreed[key][signer] = false;
        emit Withdrawn(record, topic, signer);
    }

    function _isGuardian(uint128 record, address signer) private view returns (bool) {
        (address[] memory guardians,,,,) = AUTHORITY.guardiansOf(record);
        for (uint256 i; i < guardians.length; ++i) {
            if (guardians[i] == signer) return true;
        }
        return false;
    }

    /* VIEWS */

    /// @inheritdoc ICondition
    function holds(bytes32 conditionKey) external view returns (bool) {
        (address[] memory guardians, uint8 threshold,,,) =
            AUTHORITY.guardiansOf(_records[conditionKey]);
        uint256 count;
        for (uint256 i; i < guardians.length && count < threshold; ++i) {
            if (_agreed[conditionKey][guardians[i]]) ++count;
        }
        return count != 0 && count >= threshold;
    }

    /// @inheritdoc IGuardiansAgreed
    function keyOf(uint128 record, bytes32 topic) public pure returns (bytes32) {
        return keccak256(abi.encode(record, topic));
    }
}
