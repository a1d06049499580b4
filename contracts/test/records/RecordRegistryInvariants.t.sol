// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Actor} from "../../src/identity/IIntentGuard.sol";
import {Record, Version} from "../../src/records/IRecordRegistry.sol";
import {Base} from "../Base.sol";
import {Recording} from "./RecordRegistry.t.sol";

/// Advances two records with right and wrong steps, and keeps what was taken.
contract RecordHandler is Recording {
    Version[2] private _last;
    address[2] private _owners;

    constructor() {
        for (uint128 i; i < 2; ++i) {
            registered(RECORD + i);
            _last[i].recordId = RECORD + i;
            _owners[i] = records.ownerOf(uint256(RECORD + i) << 8);
        }
    }

    function advance(uint8 which, uint8 wrong, uint16 sections, bytes32 root) external {
        Version memory last = _last[which % 2];
        Version memory next =
            Version(last.recordId, last.version + 1, last.root, root, last.sections | sections, 0);
        uint8 fault = wrong % 8;
        if (fault == 1) next.version += 1;
        if (fault == 2) next.previousRoot = keccak256(abi.encode(last.root));
        if (fault == 3) next.epoch = 1;
        if (fault == 4) next.sections = sections;
        bool isGood = next.sections & last.sections == last.sections
            && (fault == 0 || fault == 4 || fault > 5);
        Version[] memory list = only(next);
        Actor memory by = onVersions(fault == 5 ? OTHER_HOSPITAL : HOSPITAL, list);
        try records.advance(list, by) {
            vm.assertTrue(isGood);
            _last[which % 2] = next;
        } catch {
            vm.assertFalse(isGood);
        }
    }

    function check() external view {
        for (uint128 i; i < 2; ++i) {
            Record memory kept = records.recordOf(RECORD + i);

            vm.assertEq(_last[i].version, kept.version);
            vm.assertEq(_last[i].root, kept.root);
            vm.assertEq(_last[i].sections, kept.sections);
            vm.assertEq(_owners[i], records.ownerOf(uint256(RECORD + i) << 8));
            vm.assertEq(_owners[i], kept.subject);
        }
    }
}

contract RecordRegistry_Invariants is Base {
    RecordHandler private _handler = new RecordHandler();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_RecordsMoveOnlyStepByStep() external view {
        _handler.check();
    }
}
