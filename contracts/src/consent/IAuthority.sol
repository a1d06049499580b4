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
/// control to a new key after 72 hours; the controller may cancel that. Delegates act for the
/// controller and end with it: a change of control ends them all.
interface IAuthority {
    event Enrolled(uint128 indexed record, address controller, address account);
    event Rotated(uint128 indexed record, address controller, uint32 epoch);
    event GuardiansSet(uint128 indexed record, address[] guardians, uint8 threshold, uint64 from);
    event GuardiansCancelled(uint128 indexed record, address by);
    event RecoveryOpened(uint128 indexed record, address controller, address by, uint64 readyAt);
    event RecoveryCancelled(uint128 indexed record, address by);
    event RecoveryFinished(uint128 indexed record, address controller, uint32 epoch);
    event Appointed(uint128 indexed record, address indexed delegate, Delegation delegation);
    event Dismissed(uint128 indexed record, address indexed delegate);
    event Erased(uint128 indexed record, uint64 at);

    error Authority_UnknownRecord(uint128 record);
    error Authority_AlreadyExists(uint128 record);
    error Authority_NotController(uint128 record, address signer);
    error Authority_NotGuardian(uint128 record, address signer);
    error Authority_BadController(uint128 record, address controller);
    error Authority_BadThreshold(uint256 threshold, uint256 count);
    error Authority_TooMany(uint256 count, uint256 most);
    error Authority_SameSigner(address signer);
    error Authority_RecoveryPending(uint128 record, uint64 readyAt);
    error Authority_NothingPending(uint128 record);
    error Authority_TooEarly(uint128 record, uint64 at);
    error Authority_UnknownPower(uint16 powers);
    error Authority_UnknownDelegate(uint128 record, address delegate);
    error Authority_BadWindow(uint64 notBefore, uint64 notAfter);
    error Authority_Erased(uint128 record);

    /* CONTROL */

    /// Takes control of a fresh record handle and deploys its subject account.
    /// @param by the controller
    function enroll(uint128 record, address controller, Intent calldata by)
        external
        returns (address account);

    /// Gives the control to another key, at once; not while a recovery runs.
    /// @param by the present controller
    function rotate(uint128 record, address controller, Intent calldata by) external;

    /// Says for ever that the record is erased; nothing but its subject account works after that.
    /// @param by the controller, also while a recovery runs
    function erase(uint128 record, Intent calldata by) external;

    /* GUARDIANS AND RECOVERY */

    /// Names those who together can recover the control, at most 16; the first at once, others 72
    /// hours later. A change that waits is replaced. Not while a recovery runs.
    /// @param guardians keys or ERC-1271 contracts in ascending order, so that none is there twice
    /// @param threshold how many of them a recovery needs; 0 without guardians
    /// @param by the controller
    function setGuardians(
        uint128 record,
        address[] calldata guardians,
        uint8 threshold,
        Intent calldata by
    ) external;

    /// Objects to a change of guardians that waits: it will not take place.
    /// @param by any present guardian, or the controller
    function cancelGuardians(uint128 record, Intent calldata by) external;

    /// Asks to give the control to a new key. Once as many guardians as needed ask for the same key,
    /// the recovery runs: 72 hours later it can be finished. A change of guardians that waits then
    /// falls. A guardian may change its mind until then, and signatures fall when control or
    /// guardians change.
    /// @param controller who shall control the record
    /// @param by a present guardian
    function openRecovery(uint128 record, address controller, Intent calldata by) external;

    /// Vetoes the recovery, whether it runs already or not; guardians may begin again.
    /// @param by the controller
    function cancelRecovery(uint128 record, Intent calldata by) external;

    /// Gives the control to the new key. Anybody may, 72 hours after the last needed signature.
    function finishRecovery(uint128 record) external;

    /* DELEGATES */

    /// Lets somebody act for the controller, within a window that ends within ten years. It takes
    /// the place of an earlier delegation to the same key and ends when control changes.
    /// @param by the controller
    function appoint(
        uint128 record,
        address delegate,
        Delegation calldata delegation,
        Intent calldata by
    ) external;

    /// Ends a delegation, at once.
    /// @param by the controller
    function dismiss(uint128 record, address delegate, Intent calldata by) external;

    /* VIEWS */

    /// Who controls a record, zero for nobody; also after it was erased.
    function controllerOf(uint128 record) external view returns (address);

    function accountOf(uint128 record) external view returns (address);

    /// How often the control of the record changed hands.
    function epochOf(uint128 record) external view returns (uint32);

    /// When the record was erased; 0 when it was not.
    function erasedAt(uint128 record) external view returns (uint64);

    /// Whether a recovery runs: enough guardians signed, and it is neither finished nor cancelled.
    function isRecovering(uint128 record) external view returns (bool);

    /// Whether a key is the controller, or a delegate whose powers include `power` (all its bits) now.
    function mayAct(uint128 record, address key, uint16 power) external view returns (bool);

    function controlOf(uint128 record) external view returns (Control memory);

    /// The present guardians and how many a recovery needs; then those of a change that waits, and
    /// when it takes effect, 0 when none waits.
    function guardiansOf(uint128 record)
        external
        view
        returns (
            address[] memory guardians,
            uint8 threshold,
            address[] memory next,
            uint8 nextThreshold,
            uint64 from
        );

    /// The new key of the recovery that runs, and when it can be finished; zeros when none runs.
    function recoveryOf(uint128 record) external view returns (address controller, uint64 readyAt);

    /// The delegation of a key under the present controller, whatever the time; zeros for none.
    function delegationOf(uint128 record, address delegate)
        external
        view
        returns (Delegation memory);
}
