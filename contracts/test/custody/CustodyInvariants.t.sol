// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CustodySet, Fault, ICustodyRegistry, Receipt} from "../../src/custody/ICustodyRegistry.sol";
import {Actor, Intent} from "../../src/identity/IIntentGuard.sol";
import {Base, Log} from "../Base.sol";
import {Keeping} from "./Keeping.sol";

/// Defines sets, assigns them, bumps and erases units and reports receipts, rightly and wrongly. It
/// keeps what the events said, and what was taken.
contract CustodyHandler is Keeping {
    bytes[3] private _sets;
    bytes32[2] private _assigned;
    uint8[2] public bumps;
    uint64[2] public erasedAt;
    mapping(bytes32 digest => Fault) private _convicted;
    bytes32[] private _reported;

    constructor() {
        registered(RECORD);
        registered(RECORD + 1);
        granted(GRANT);
    }

    function defineAny(uint8 which, uint8 n, uint8 k, uint8 kEmergency, bool isMember) external {
        bytes32 set = bytes32(uint256(1 + which % 3));
        (n, k, kEmergency) = (n % 7, k % 7, kEmergency % 5);
        address gateway = vm.addr(GATEWAY);
        uint256 key = isMember ? CLINIC : STRANGER;
        Actor memory by = onSet(key, set, custodians(n), gateway, k, kEmergency);
        bool isGood = isMember && _sets[which % 3].length == 0 && k > 0 && k <= n && n <= 5
            && kEmergency > 0 && kEmergency <= k;
        vm.recordLogs();
        try custody.defineSet(set, custodians(n), gateway, k, kEmergency, by) {
            vm.assertTrue(isGood);
            _sets[which % 3] = vm.getRecordedLogs()[0].body;
        } catch {
            vm.assertFalse(isGood);
        }
    }

    function assign(uint8 which, uint8 record, uint8 who) external {
        bytes32 set = bytes32(uint256(1 + which % 3));
        uint256 key = [HOSPITAL, OTHER_HOSPITAL, PATIENT][who % 3];
        Actor memory by = onAssignment(key, RECORD + record % 2, set);
        bool isFirst = _assigned[record % 2] == 0;
        bool isGood = _sets[which % 3].length != 0 && (key == PATIENT || key == HOSPITAL && isFirst);
        vm.recordLogs();
        try custody.assign(RECORD + record % 2, set, by) {
            vm.assertTrue(isGood);
            _assigned[record % 2] = vm.getRecordedLogs()[0].topics[2];
        } catch {
            vm.assertFalse(isGood);
        }
    }

    function bump(uint8 unit, uint8 who) external {
        uint256 key = [HOSPITAL, STRANGER, PATIENT][who % 3];
        bool isGood = key != STRANGER && erasedAt[unit % 2] == 0;
        Actor memory by = actor(onUnit(key, "Bump", RECORD, _unit(unit)));
        vm.recordLogs();
        try custody.bump(RECORD, _unit(unit), by) {
            vm.assertTrue(isGood);
            uint8 said = abi.decode(vm.getRecordedLogs()[0].body, (uint8));
            vm.assertEq(bumps[unit % 2] + 1, said);
            bumps[unit % 2] = said;
        } catch {
            vm.assertFalse(isGood);
        }
    }

    function erase(uint8 unit, uint8 who) external {
        uint256 key = [HOSPITAL, STRANGER, PATIENT][who % 3];
        if (erasedAt[1 - unit % 2] == 0 && who < 200) return; // leave some life
        Intent memory by = onUnit(key, "EraseUnit", RECORD, _unit(unit));
        bool isGood = key == PATIENT && erasedAt[unit % 2] == 0;
        vm.recordLogs();
        try custody.eraseUnit(RECORD, _unit(unit), by) {
            vm.assertTrue(isGood);
            erasedAt[unit % 2] = abi.decode(vm.getRecordedLogs()[0].body, (uint64));
        } catch {
            vm.assertFalse(isGood);
        }
    }

    function report(uint8 unit, uint16 age, uint8 who) external {
        Receipt memory receipt = receiptOf(GRANT);
        receipt.unitId = _unit(unit);
        receipt.blockTime -= age % 200;
        uint256 key = who % 2 == 0 ? CUSTODIAN : STRANGER;
        uint64 end = erasedAt[unit % 2];
        bool isFault = age % 200 > 150 || end != 0 && receipt.blockTime > end;
        bytes32 digest = digestOf(receipt);
        bool isGood = key == CUSTODIAN && isFault && _convicted[digest] == Fault.None;
        bytes memory signature = signatureOf(key, digest);
        vm.recordLogs();
        try custody.reportMisbehavior(receipt, signature) {
            vm.assertTrue(isGood);
            _convicted[digest] = abi.decode(vm.getRecordedLogs()[0].body, (Fault));
            _reported.push(digest);
        } catch {
            vm.assertFalse(isGood);
        }
    }

    function wait_(uint8 time) external {
        vm.warp(block.timestamp + time);
        blocks.roll(block.number + 1);
    }

    function checkSets() external view {
        for (uint256 i; i < 3; ++i) {
            CustodySet memory set = custody.setById(bytes32(i + 1));
            bytes memory kept = abi.encode(set.custodians, set.gateway, set.k, set.kEmergency);
            if (_sets[i].length != 0) vm.assertEq(_sets[i], kept);
            vm.assertEq(_sets[i].length != 0, set.k != 0);
        }
        for (uint128 i; i < 2; ++i) {
            (bytes32 id, CustodySet memory set) = custody.setOf(RECORD + i);

            vm.assertEq(_assigned[i], id);
            vm.assertEq(id != 0, set.k != 0);
        }
    }

    function checkUnits() external view {
        for (uint8 i; i < 2; ++i) {
            (uint8 found, uint64 at) = custody.unitState(RECORD, _unit(i));

            vm.assertEq(bumps[i], found);
            vm.assertEq(erasedAt[i], at);
        }
    }

    function checkConvictions() external view {
        for (uint256 i; i < _reported.length; ++i) {
            Fault found = custody.convictionOf(vm.addr(CUSTODIAN), _reported[i]);

            vm.assertEq(uint256(_convicted[_reported[i]]), uint256(found));
            vm.assertTrue(found != Fault.None);
        }
    }

    function _unit(uint8 which) private pure returns (bytes32) {
        return bytes32(uint256(1 + which % 2));
    }
}

contract CustodyRegistry_Invariants is Base {
    CustodyHandler private _handler = new CustodyHandler();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// What the events said is what the storage holds: a set never changes, epochs never fall by one,
    /// an erased unit stays erased and is bumped no more, and a conviction stays.
    function invariant_WhatTheEventsSaidIsWhatIsKept() external view {
        _handler.checkSets();
        _handler.checkUnits();
        _handler.checkConvictions();
    }
}
