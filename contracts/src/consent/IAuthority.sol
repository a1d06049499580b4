// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../identity/IIntentGuard.sol";

/// @title Who controls a record
/// @notice Each record has a controller, whose key its patient holds, and a subject account, a
/// small ERC-1271 contract that always obeys the present controller.
interface IAuthority {
    event Enrolled(uint128 indexed record, address controller, address account);

    error Authority_AlreadyExists(uint128 record);
    error Authority_NotController(uint128 record, address signer);

    /// Takes control of a fresh record handle and deploys its subject account.
    /// @param by the controller
    function enroll(uint128 record, address controller, Intent calldata by)
        external
        returns (address account);

    function controllerOf(uint128 record) external view returns (address);
    function accountOf(uint128 record) external view returns (address);
}
