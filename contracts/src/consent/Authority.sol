// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Intent} from "../identity/IIntentGuard.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {IAuthority} from "./IAuthority.sol";
import {SubjectAccount} from "./SubjectAccount.sol";

/// @title See {IAuthority}
contract Authority is IAuthority, IntentGuard {
    bytes32 private constant ENROLL =
        keccak256("Enroll(uint128 record,address controller,uint256 nonce,uint64 deadline)");

    address private immutable ACCOUNT = address(new SubjectAccount(this));
    mapping(uint128 record => address) private _controllers;

    constructor() IntentGuard("Authority") {}

    /// @inheritdoc IAuthority
    function enroll(uint128 record, address controller, Intent calldata by)
        external
        returns (address account)
    {
        address signer = _accept(
            by, keccak256(abi.encode(ENROLL, record, controller, by.nonce, by.deadline))
        );
        if (signer != controller) revert Authority_NotController(record, signer);
        if (_controllers[record] != address(0)) revert Authority_AlreadyExists(record);

        _controllers[record] = controller;
        account = Clones.cloneDeterministicWithImmutableArgs(
            ACCOUNT, abi.encode(record), bytes32(uint256(record))
        );
        emit Enrolled(record, controller, account);
    }

    /// @inheritdoc IAuthority
    function controllerOf(uint128 record) external view returns (address) {
        return _controllers[record];
    }

    /// @inheritdoc IAuthority
    function accountOf(uint128 record) external view returns (address) {
        return Clones.predictDeterministicAddressWithImmutableArgs(
            ACCOUNT, abi.encode(record), bytes32(uint256(record))
        );
    }
}
