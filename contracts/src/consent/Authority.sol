// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Intent} from "../identity/IIntentGuard.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {Conditions} from "./Conditions.sol";
import {Guardians} from "./Guardians.sol";
import {Control, Delegation, IAuthority, Powers} from "./IAuthority.sol";
import {ILicensingPolicy} from "./ILicensingPolicy.sol";
import {SubjectAccount} from "./SubjectAccount.sol";

/// @title See {IAuthority}
contract Authority is Guardians, IntentGuard {
    /// Ten years and the rounding of both ends, as in ConsentRegistry.
    uint64 private constant LONGEST = 3_655 days;

    bytes32 private constant ENROLL =
        keccak256("Enroll(uint128 record,address controller,uint256 nonce,uint64 deadline)");
    bytes32 private constant ROTATE =
        keccak256("Rotate(uint128 record,address controller,uint256 nonce,uint64 deadline)");
    bytes32 private constant ERASE =
        keccak256("Erase(uint128 record,uint256 nonce,uint64 deadline)");
    bytes32 private constant SET_GUARDIANS = keccak256(
        "SetGuardians(uint128 record,address[] guardians,uint8 threshold,uint256 nonce,"
        "uint64 deadline)"
    );
    bytes32 private constant CANCEL_GUARDIANS =
        keccak256("CancelGuardians(uint128 record,uint256 nonce,uint64 deadline)");
    bytes32 private constant OPEN_RECOVERY =
        keccak256("OpenRecovery(uint128 record,address controller,uint256 nonce,uint64 deadline)");
    bytes32 private constant CANCEL_RECOVERY =
        keccak256("CancelRecovery(uint128 record,uint256 nonce,uint64 deadline)");
    string private constant DELEGATION_TYPE = "Delegation(uint16 powers,uint64 notBefore,"
        "uint64 notAfter,address condition,bytes32 conditionKey)";
    bytes32 private constant DELEGATION = keccak256(bytes(DELEGATION_TYPE));
    bytes32 private constant APPOINT = keccak256(
        bytes.concat(
            "Appoint(uint128 record,address delegate,Delegation delegation,uint256 nonce,"
            "uint64 deadline)",
            bytes(DELEGATION_TYPE)
        )
    );
    bytes32 private constant DISMISS =
        keccak256("Dismiss(uint128 record,address delegate,uint256 nonce,uint64 deadline)");

    struct Holder {
        address controller;
        uint32 epoch;
        uint64 erasedAt;
    }

    address private immutable ACCOUNT = address(new SubjectAccount(this));
    ILicensingPolicy private immutable POLICY;
    mapping(uint128 record => Holder) private _holders;
    mapping(uint128 record => mapping(uint32 epoch => mapping(address delegate => Delegation)))
        private _delegations;

    constructor(ILicensingPolicy policy) IntentGuard("Authority") {
        POLICY = policy;
    }

    /* CONTROL */

    /// @inheritdoc IAuthority
    function enroll(uint128 record, address controller, Intent calldata by)
        external
        returns (address account)
    {
        address signer = _accept(
            by, keccak256(abi.encode(ENROLL, record, controller, by.nonce, by.deadline))
        );
        if (signer != controller) revert Authority_NotController(record, signer);
        Holder storage holder = _holders[record];
        if (holder.controller != address(0)) revert Authority_AlreadyExists(record);

        holder.controller = controller;
        account = Clones.cloneDeterministicWithImmutableArgs(
            ACCOUNT, abi.encode(record), bytes32(uint256(record))
        );
        emit Enrolled(record, controller, account);
    }

    /// @inheritdoc IAuthority
    function rotate(uint128 record, address controller, Intent calldata by) external {
        bytes32 hash = keccak256(abi.encode(ROTATE, record, controller, by.nonce, by.deadline));
        Holder storage holder = _controlled(record, hash, by);
        Recovery storage recovery = _resting(record);
        _checkController(record, holder.controller, controller);

        emit Rotated(record, controller, _handOver(holder, recovery, controller));
    }

    /// @inheritdoc IAuthority
    function erase(uint128 record, Intent calldata by) external {
        bytes32 hash = keccak256(abi.encode(ERASE, record, by.nonce, by.deadline));
        Holder storage holder = _controlled(record, hash, by);

        holder.erasedAt = uint64(block.timestamp);
        _end(_recoveries[record]);
        emit Erased(record, uint64(block.timestamp));
        // Told rather than asked, since who buys, renews or settles would pay for the question.
        POLICY.shut(record);
    }

    /// The holder of a record that somebody controls and that is not erased.
    function _living(uint128 record) private view returns (Holder storage holder) {
        holder = _holders[record];
        if (holder.controller == address(0)) revert Authority_UnknownRecord(record);
        if (holder.erasedAt != 0) revert Authority_Erased(record);
    }

    /// The holder, when the controller signed the verb.
    function _controlled(uint128 record, bytes32 hash, Intent calldata by)
        private
        returns (Holder storage holder)
    {
        address signer = _accept(by, hash);
        holder = _living(record);
        if (signer != holder.controller) revert Authority_NotController(record, signer);
    }

    /// A controller that is nobody or the record's own account could never act; the present one
    /// would end delegations for nothing.
    function _checkController(uint128 record, address present, address controller) private view {
        if (controller == address(0) || controller == present || controller == accountOf(record)) {
            revert Authority_BadController(record, controller);
        }
    }

    function _handOver(Holder storage holder, Recovery storage recovery, address controller)
        private
        returns (uint32 epoch)
    {
        holder.controller = controller;
        epoch = ++holder.epoch;
        _end(recovery);
    }

    /* GUARDIANS */

    /// @inheritdoc IAuthority
    function setGuardians(
        uint128 record,
        address[] calldata guardians,
        uint8 threshold,
        Intent calldata by
    ) external {
        bytes32 list = keccak256(abi.encodePacked(guardians));
        _controlled(
            record,
            keccak256(abi.encode(SET_GUARDIANS, record, list, threshold, by.nonce, by.deadline)),
            by
        );
        _checkGuardians(guardians, threshold);
        uint64 number = _resting(record).circle;
        bool isFirst = _circles[record][number].guardians.length == 0;

        uint64 from = uint64(block.timestamp) + (isFirst ? 0 : WAIT);
        _circles[record][number + 1] = Circle(from, threshold, guardians);
        emit GuardiansSet(record, guardians, threshold, from);
    }

    /// @inheritdoc IAuthority
    function cancelGuardians(uint128 record, Intent calldata by) external {
        address signer =
            _accept(by, keccak256(abi.encode(CANCEL_GUARDIANS, record, by.nonce, by.deadline)));
        bool isController = signer == _living(record).controller;
        uint64 number = _present(record);
        if (!isController && !_isGuardian(record, number, signer)) {
            revert Authority_NotGuardian(record, signer);
        }
        if (_circles[record][number + 1].from == 0) revert Authority_NothingPending(record);

        _drop(record, number + 1, signer);
    }

    /* RECOVERY */

    /// @inheritdoc IAuthority
    function openRecovery(uint128 record, address controller, Intent calldata by) external {
        address signer = _accept(
            by, keccak256(abi.encode(OPEN_RECOVERY, record, controller, by.nonce, by.deadline))
        );
        address present = _living(record).controller;
        Recovery storage recovery = _synced(record);
        if (!_isGuardian(record, recovery.circle, signer)) {
            revert Authority_NotGuardian(record, signer);
        }
        if (recovery.readyAt != 0) revert Authority_RecoveryPending(record, recovery.readyAt);
        _checkController(record, present, controller);

        _wish(record, recovery, controller, signer);
        emit RecoveryOpened(record, controller, signer, recovery.readyAt);
    }

    /// @inheritdoc IAuthority
    function cancelRecovery(uint128 record, Intent calldata by) external {
        bytes32 hash = keccak256(abi.encode(CANCEL_RECOVERY, record, by.nonce, by.deadline));
        _controlled(record, hash, by);
        Recovery storage recovery = _synced(record);
        if (recovery.signatures == 0) revert Authority_NothingPending(record);

        _end(recovery);
        emit RecoveryCancelled(record, by.signer);
    }

    /// @inheritdoc IAuthority
    function finishRecovery(uint128 record) external {
        Holder storage holder = _living(record);
        Recovery storage recovery = _recoveries[record];
        address controller = recovery.controller;
        if (recovery.readyAt == 0) revert Authority_NothingPending(record);
        if (block.timestamp < recovery.readyAt) {
            revert Authority_TooEarly(record, recovery.readyAt);
        }

        emit RecoveryFinished(record, controller, _handOver(holder, recovery, controller));
    }

    /* DELEGATES */

    /// @inheritdoc IAuthority
    function appoint(
        uint128 record,
        address delegate,
        Delegation calldata delegation,
        Intent calldata by
    ) external {
        bytes32 inner = keccak256(abi.encode(DELEGATION, delegation));
        Holder storage holder = _controlled(
            record,
            keccak256(abi.encode(APPOINT, record, delegate, inner, by.nonce, by.deadline)),
            by
        );
        (uint64 first, uint64 last) = (delegation.notBefore, delegation.notAfter);
        bool isGood = first < last && last > block.timestamp && last <= block.timestamp + LONGEST;
        if (!isGood) revert Authority_BadWindow(first, last);
        if (delegation.powers == 0 || delegation.powers > Powers.ALL) {
            revert Authority_UnknownPower(delegation.powers);
        }
        if (delegate == address(0)) revert Authority_UnknownDelegate(record, delegate);

        _delegations[record][holder.epoch][delegate] = delegation;
        emit Appointed(record, delegate, delegation);
    }

    /// @inheritdoc IAuthority
    function dismiss(uint128 record, address delegate, Intent calldata by) external {
        bytes32 hash = keccak256(abi.encode(DISMISS, record, delegate, by.nonce, by.deadline));
        uint32 epoch = _controlled(record, hash, by).epoch;
        if (_delegations[record][epoch][delegate].powers == 0) {
            revert Authority_UnknownDelegate(record, delegate);
        }

        delete _delegations[record][epoch][delegate];
        emit Dismissed(record, delegate);
    }

    /* VIEWS */

    /// @inheritdoc IAuthority
    function controllerOf(uint128 record) external view returns (address) {
        return _holders[record].controller;
    }

    /// @inheritdoc IAuthority
    function accountOf(uint128 record) public view returns (address) {
        return Clones.predictDeterministicAddressWithImmutableArgs(
            ACCOUNT, abi.encode(record), bytes32(uint256(record))
        );
    }

    /// @inheritdoc IAuthority
    function epochOf(uint128 record) external view returns (uint32) {
        return _holders[record].epoch;
    }

    /// @inheritdoc IAuthority
    function erasedAt(uint128 record) external view returns (uint64) {
        return _holders[record].erasedAt;
    }

    /// @inheritdoc IAuthority
    function mayAct(uint128 record, address key, uint16 power) external view returns (bool) {
        Holder storage holder = _holders[record];
        if (holder.erasedAt != 0 || key == address(0) || power == 0) return false;
        if (key == holder.controller) return true;
        Delegation storage delegation = _delegations[record][holder.epoch][key];
        return delegation.powers & power == power && delegation.notBefore <= block.timestamp
            && block.timestamp < delegation.notAfter
            && Conditions.isMet(delegation.condition, delegation.conditionKey);
    }

    /// @inheritdoc IAuthority
    function controlOf(uint128 record) external view returns (Control memory) {
        Holder storage holder = _holders[record];
        Circle storage circle = _circles[record][_present(record)];
        return Control(
            holder.controller,
            uint8(circle.guardians.length),
            circle.threshold,
            holder.epoch,
            holder.erasedAt
        );
    }

    /// @inheritdoc IAuthority
    function delegationOf(uint128 record, address delegate)
        external
        view
        returns (Delegation memory)
    {
        return _delegations[record][_holders[record].epoch][delegate];
    }
}
