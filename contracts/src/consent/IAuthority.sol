// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../identity/IIntentGuard.sol";

/// What a delegate may do for the controller, as bits of `Delegation.powers`.
library Powers {
    uint16 internal constant READ = 1;
    uint16 internal constant GRANT = 2;
    uint16 internal constant REVOKE = 4;
    uint16 internal constant APPROVE = 8;
    uint16 internal constant NOTIFY = 16;
    uint16 internal constant ALL = 31;
}

struct Control {
    address controller;
    uint8 guardians;
    uint8 threshold;
    uint32 epoch;
    uint64 erasedAt;
}

/// Powers within a window (seconds), and while `condition` holds for `conditionKey`; no condition: always.
struct Delegation {
    uint16 powers;
    uint64 notBefore;
    uint64 notAfter;
    address condition;
    bytes32 conditionKey;
}

/// @title Who controls a record
/// @notice Each record has a controller, whose key its patient holds, and a subject account, a
/// small ERC-1271 contract that always obeys the present controller. Guardians together give the
/// control to a new key after 72 hours; the controller may cancel that.
interface IAuthority {
    event Enrolled(uint128 indexed record, address controller, address account);
    event Rotated(uint128 indexed record, address controller, uint32 epoch);
    event GuardiansSet(uint128 indexed record, address[] guardians, uint8 threshold, uint64 from);
    event RecoveryOpened(uint128 indexed record, address controller, address by, uint64 readyAt);
    event RecoveryCancelled(uint128 indexed record, address by);
    event RecoveryFinished(uint128 indexed record, address controller, uint32 epoch);
    event Appointed(uint128 indexed record, address indexed delegate, Delegation delegation);
    event Dismissed(uint128 indexed record, address indexed delegate);
    event Erased(uint128 indexed record, uint64 at);

    error Authority_UnknownRecord(uint128 record);
    error Authority_AlreadyExists(uint128 record);
    error Authority_NotController(uint128 record, address signer);

    /// Takes control of a fresh record handle and deploys its subject account.
    /// @param by the controller
    function enroll(uint128 record, address controller, Intent calldata by)
        external
        returns (address account);

    function controllerOf(uint128 record) external view returns (address);
    function accountOf(uint128 record) external view returns (address);

    /// How often the control of the record changed hands.
    function epochOf(uint128 record) external view returns (uint32);

    /// When the record was erased; 0 when it was not.
    function erasedAt(uint128 record) external view returns (uint64);

    function isRecovering(uint128 record) external view returns (bool);

    /// Whether a key is the controller, or a delegate whose powers include `power` (all its bits) now.
    function mayAct(uint128 record, address key, uint16 power) external view returns (bool);
}
