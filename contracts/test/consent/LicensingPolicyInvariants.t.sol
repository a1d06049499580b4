// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Powers} from "../../src/consent/IAuthority.sol";
import {ILicensingPolicy, Policy} from "../../src/consent/ILicensingPolicy.sol";
import {Base, Log, Selectors} from "../Base.sol";
import {Licensing} from "./LicensingPolicy.t.sol";

/// Lets controller, delegate and stranger do anything to one section; keeps what the events say.
contract LicensingHandler is Licensing {
    Policy private _policy;
    bytes32 private _commitment;
    uint32 private _seq;
    uint8 private _generation;
    mapping(uint8 generation => uint64) private _closedAt;

    constructor() {
        appoint(DELEGATE, delegationOf(Powers.REVOKE));
    }

    function _keyOf(uint8 who) private pure returns (uint256) {
        return who % 4 == 0 ? STRANGER : who % 4 == 1 ? DELEGATE : PATIENT;
    }

    function wait(uint16 time) external {
        vm.warp(block.timestamp + time);
    }

    function setPolicy(uint8 who, Policy memory set) external {
        vm.recordLogs();
        set.mask &= 0xbffe;
        uint256 key = _keyOf(who);
        try policies.setPolicy(
            RECORD, set.mask, set.duo, set.uses, set.regions, onPolicy(key, RECORD, set)
        ) {
            vm.assertEq(PATIENT, key);
        } catch {
            vm.assertTrue(PATIENT != key);
        }
        _replay();
    }

    function setStanding(uint8 who, bytes32 commitment) external {
        vm.recordLogs();
        uint256 key = _keyOf(who);
        try policies.setStanding(RECORD, commitment, onStanding(key, RECORD, commitment)) {
            vm.assertEq(PATIENT, key);
        } catch {
            vm.assertTrue(PATIENT != key);
        }
        _replay();
    }

    function close(uint8 who) external {
        vm.recordLogs();
        uint256 key = _keyOf(who);
        try policies.close(LABORATORY, onSection(key, "Close", LABORATORY)) {
            vm.assertTrue(STRANGER != key);
        } catch {
            vm.assertEq(STRANGER, key);
        }
        _replay();
    }

    function reopen(uint8 who) external {
        vm.recordLogs();
        uint256 key = _keyOf(who);
        bool isGood = key == PATIENT && _closedAt[_generation] != 0 && _generation < 255;
        try policies.reopen(LABORATORY, onSection(key, "Reopen", LABORATORY)) {
            vm.assertTrue(isGood);
        } catch {
            vm.assertFalse(isGood);
        }
        _replay();
    }

    function _replay() private {
        Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            bytes32 kind = logs[i].topics[0];
            bytes memory body = logs[i].body;
            if (kind == ILicensingPolicy.LicensingPolicySet.selector) {
                _policy = abi.decode(body, (Policy));
            } else if (kind == ILicensingPolicy.StandingSet.selector) {
                (_commitment, _seq) = abi.decode(body, (bytes32, uint32));
            } else if (kind == ILicensingPolicy.SectionClosed.selector) {
                _closedAt[abi.decode(body, (uint8))] = uint64(block.timestamp);
            } else if (kind == ILicensingPolicy.SectionReopened.selector) {
                _generation = abi.decode(body, (uint8));
            }
        }
    }

    function check() external view {
        (bytes32 commitment, uint32 seq) = policies.standingOf(RECORD);

        vm.assertEq(abi.encode(_policy), abi.encode(policyOf(RECORD)));
        vm.assertEq(_commitment, commitment);
        vm.assertEq(_seq, seq);
        isGate(_generation, _closedAt[_generation] == 0);
        for (uint8 i; i <= _generation; ++i) {
            vm.assertEq(_closedAt[i], policies.closedAt(LABORATORY, i));
        }
    }
}

contract LicensingPolicy_Invariants is Base {
    LicensingHandler private _handler = new LicensingHandler();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (Selectors[] memory targets) {
        targets = new Selectors[](1);
        targets[0] = Selectors(address(_handler), new bytes4[](5));
        targets[0].selectors[0] = LicensingHandler.wait.selector;
        targets[0].selectors[1] = LicensingHandler.setPolicy.selector;
        targets[0].selectors[2] = LicensingHandler.setStanding.selector;
        targets[0].selectors[3] = LicensingHandler.close.selector;
        targets[0].selectors[4] = LicensingHandler.reopen.selector;
    }

    function invariant_WhatTheEventsSayIsWhatIsKept() external view {
        _handler.check();
    }
}
