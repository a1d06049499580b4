// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Control, Delegation, IAuthority} from "../../src/consent/IAuthority.sol";
import {Base, Log, Selectors} from "../Base.sol";
import {Controlling} from "./Controlling.sol";

/// What the events of one record say, and nothing else.
struct Told {
    address controller;
    uint32 epoch;
    uint64 erasedAt;
    address[] present;
    uint8 threshold;
    address[] next;
    uint8 nextThreshold;
    uint64 from;
    address heir;
    uint64 readyAt;
}

/// Lets controllers, guardians and strangers do anything to one record, beside what the events say.
contract AuthorityHandler is Controlling {
    Told private _told;
    mapping(uint32 epoch => mapping(address delegate => Delegation)) private _delegations;

    constructor() {
        _told.controller = vm.addr(PATIENT);
        vm.recordLogs();
    }

    /// Three keys that may come to control the record, and one of a guardian.
    function _keyOf(uint8 who) private pure returns (uint256) {
        return who % 8 == 0 ? GUARDIAN : HEIR + who % 3;
    }

    function _mayControl(uint256 key) private view returns (bool) {
        return vm.addr(key) == _told.controller && _told.erasedAt == 0;
    }

    function _isResting() private view returns (bool) {
        return _told.readyAt == 0;
    }

    /* ACTS */

    function wait(uint24 time) external {
        vm.warp(block.timestamp + bound(time, 1, WAIT));
        _settle();
    }

    function rotate(uint8 who, uint8 whom) external {
        uint256 key = _told.epoch == 0 ? PATIENT : _keyOf(who);
        address to = vm.addr(_keyOf(whom));
        bool isGood = _mayControl(key) && to != _told.controller && _isResting();
        try authority.rotate(RECORD, to, onController(key, "Rotate", to)) {
            vm.assertTrue(isGood);
        } catch {
            vm.assertFalse(isGood);
        }
        _replay();
    }

    function setGuardians(uint8 who, uint8 count, uint8 threshold) external {
        uint256 key = who % 4 == 0 ? STRANGER : _known();
        address[] memory list = addressesOf(GUARDIAN, count % 5);
        threshold = list.length == 0 ? 0 : uint8(bound(threshold, 1, list.length));
        bool isGood = _mayControl(key) && _isResting();
        try authority.setGuardians(RECORD, list, threshold, onGuardians(key, list, threshold)) {
            vm.assertTrue(isGood);
        } catch {
            vm.assertFalse(isGood);
        }
        _replay();
    }

    function cancelGuardians(uint8 who) external {
        uint256 key = GUARDIAN + who % 5;
        bool isGood = _told.erasedAt == 0 && _isIn(_told.present, vm.addr(key)) && _told.from != 0;
        try authority.cancelGuardians(RECORD, onRecord(key, "CancelGuardians")) {
            vm.assertTrue(isGood);
        } catch {
            vm.assertFalse(isGood);
        }
        _replay();
    }

    function openRecovery(uint8 who, uint8 whom) external {
        uint256 key = GUARDIAN + who % 5;
        address heir = vm.addr(_keyOf(whom));
        try authority.openRecovery(RECORD, heir, onController(key, "OpenRecovery", heir)) {
            vm.assertTrue(_told.erasedAt == 0 && _isResting());
            vm.assertTrue(_isIn(_told.present, vm.addr(key)) && heir != _told.controller);
        } catch {}
        _replay();
    }

    function cancelRecovery(uint8 who) external {
        uint256 key = who % 2 == 0 ? STRANGER : _known();
        try authority.cancelRecovery(RECORD, onRecord(key, "CancelRecovery")) {
            vm.assertTrue(_mayControl(key));
        } catch {
            vm.assertTrue(_isResting() || !_mayControl(key));
        }
        _replay();
    }

    function finishRecovery() external {
        bool isGood = _told.erasedAt == 0 && !_isResting() && block.timestamp >= _told.readyAt;
        try authority.finishRecovery(RECORD) {
            vm.assertTrue(isGood);
        } catch {
            vm.assertFalse(isGood);
        }
        _replay();
    }

    function appoint(uint8 who, uint8 delegate, uint8 powers) external {
        uint256 key = who % 4 == 0 ? STRANGER : _known();
        address to = vm.addr(DELEGATE + delegate % 3);
        Delegation memory delegation = delegationOf(uint16(bound(powers, 1, 31)));
        try authority.appoint(RECORD, to, delegation, onDelegation(key, to, delegation)) {
            vm.assertTrue(_mayControl(key));
        } catch {
            vm.assertFalse(_mayControl(key));
        }
        _replay();
    }

    function dismiss(uint8 who, uint8 delegate) external {
        uint256 key = who % 4 == 0 ? STRANGER : _known();
        address to = vm.addr(DELEGATE + delegate % 3);
        bool isGood = _mayControl(key) && _delegations[_told.epoch][to].powers != 0;
        try authority.dismiss(RECORD, to, onDismissal(key, to)) {
            vm.assertTrue(isGood);
        } catch {
            vm.assertFalse(isGood);
        }
        _replay();
    }

    function erase(uint8 who) external {
        if (who % 8 != 0) return;
        uint256 key = _known();
        try authority.erase(RECORD, onRecord(key, "Erase")) {
            vm.assertTrue(_mayControl(key));
        } catch {
            vm.assertFalse(_mayControl(key));
        }
        _replay();
    }

    /// The key behind the present controller.
    function _known() private view returns (uint256) {
        uint256[5] memory keys = [PATIENT, HEIR, HEIR + 1, HEIR + 2, GUARDIAN];
        for (uint256 i; i < 5; ++i) {
            if (vm.addr(keys[i]) == _told.controller) return keys[i];
        }
        return STRANGER;
    }

    function _isIn(address[] memory list, address who) private pure returns (bool) {
        for (uint256 i; i < list.length; ++i) {
            if (list[i] == who) return true;
        }
        return false;
    }

    /* REPLAY */

    function _replay() private {
        Log[] memory logs = vm.getRecordedLogs();
        vm.recordLogs();
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].emitter == address(authority)) _apply(logs[i]);
        }
        _settle();
    }

    function _apply(Log memory log) private {
        bytes32 kind = log.topics[0];
        bytes memory body = log.body;
        if (kind == IAuthority.Rotated.selector || kind == IAuthority.RecoveryFinished.selector) {
            (_told.controller, _told.epoch) = abi.decode(body, (address, uint32));
            (_told.heir, _told.readyAt) = (address(0), 0);
        } else if (kind == IAuthority.GuardiansSet.selector) {
            (_told.next, _told.nextThreshold, _told.from) =
                abi.decode(body, (address[], uint8, uint64));
        } else if (kind == IAuthority.GuardiansCancelled.selector) {
            _noChange();
        } else if (kind == IAuthority.RecoveryOpened.selector) {
            (address heir,, uint64 readyAt) = abi.decode(body, (address, address, uint64));
            (_told.heir, _told.readyAt) = (readyAt == 0 ? address(0) : heir, readyAt);
        } else if (kind == IAuthority.RecoveryCancelled.selector) {
            (_told.heir, _told.readyAt) = (address(0), 0);
        } else if (kind == IAuthority.Appointed.selector) {
            _delegations[_told.epoch][_delegateOf(log)] = abi.decode(body, (Delegation));
        } else if (kind == IAuthority.Dismissed.selector) {
            delete _delegations[_told.epoch][_delegateOf(log)];
        } else if (kind == IAuthority.Erased.selector) {
            vm.assertEq(0, _told.erasedAt);
            _told.erasedAt = abi.decode(body, (uint64));
            (_told.heir, _told.readyAt) = (address(0), 0);
        }
    }

    function _delegateOf(Log memory log) private pure returns (address) {
        return address(uint160(uint256(log.topics[2])));
    }

    /// A change of guardians takes effect by time alone.
    function _settle() private {
        if (_told.from == 0 || _told.from > block.timestamp) return;
        (_told.present, _told.threshold) = (_told.next, _told.nextThreshold);
        _noChange();
    }

    function _noChange() private {
        delete _told.next;
        (_told.nextThreshold, _told.from) = (0, 0);
    }

    /* CHECK */

    function check() external view {
        Control memory control = authority.controlOf(RECORD);
        (address heir, uint64 readyAt) = authority.recoveryOf(RECORD);

        vm.assertTrue(control.controller != address(0));
        vm.assertEq(_told.controller, control.controller);
        vm.assertEq(_told.controller, authority.controllerOf(RECORD));
        vm.assertEq(_told.epoch, control.epoch);
        vm.assertEq(_told.erasedAt, control.erasedAt);
        vm.assertEq(_told.present.length, control.guardians);
        vm.assertEq(_told.threshold, control.threshold);
        vm.assertEq(_told.heir, heir);
        vm.assertEq(_told.readyAt, readyAt);
        vm.assertEq(readyAt != 0, authority.isRecovering(RECORD));
        _checkGuardians();
        _checkDelegates();
    }

    function _checkGuardians() private view {
        (
            address[] memory present,
            uint8 threshold,
            address[] memory next,
            uint8 nextThreshold,
            uint64 from
        ) = authority.guardiansOf(RECORD);
        bytes memory found = abi.encode(present, threshold, next, nextThreshold, from);

        vm.assertEq(
            abi.encode(_told.present, _told.threshold, _told.next, _told.nextThreshold, _told.from),
            found
        );
    }

    function _checkDelegates() private view {
        for (uint256 i; i < 3; ++i) {
            address delegate = vm.addr(DELEGATE + i);
            Delegation memory told = _delegations[_told.epoch][delegate];
            Delegation memory found = authority.delegationOf(RECORD, delegate);
            bool isIn = told.notBefore <= block.timestamp && block.timestamp < told.notAfter;

            vm.assertEq(abi.encode(told), abi.encode(found));
            vm.assertEq(
                isIn && _told.erasedAt == 0, authority.mayAct(RECORD, delegate, told.powers)
            );
        }
        vm.assertEq(_told.erasedAt == 0, authority.mayAct(RECORD, _told.controller, 31));
    }
}

contract Authority_Invariants is Base {
    AuthorityHandler private _handler = new AuthorityHandler();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (Selectors[] memory targets) {
        targets = new Selectors[](1);
        targets[0] = Selectors(address(_handler), new bytes4[](10));
        targets[0].selectors[0] = AuthorityHandler.wait.selector;
        targets[0].selectors[1] = AuthorityHandler.rotate.selector;
        targets[0].selectors[2] = AuthorityHandler.setGuardians.selector;
        targets[0].selectors[3] = AuthorityHandler.cancelGuardians.selector;
        targets[0].selectors[4] = AuthorityHandler.openRecovery.selector;
        targets[0].selectors[5] = AuthorityHandler.cancelRecovery.selector;
        targets[0].selectors[6] = AuthorityHandler.finishRecovery.selector;
        targets[0].selectors[7] = AuthorityHandler.appoint.selector;
        targets[0].selectors[8] = AuthorityHandler.dismiss.selector;
        targets[0].selectors[9] = AuthorityHandler.erase.selector;
    }

    function invariant_SomebodyControlsAndTheEventsTellAll() external view {
        _handler.check();
    }
}
