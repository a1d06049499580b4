// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Payee, Version} from "../../src/records/IRecordRegistry.sol";
import {Owning} from "./Owning.sol";

contract RecordRegistry_getStateFingerprint_Test is Owning {
    bytes32 private _last;

    function _changes(uint256 token) private {
        bytes32 next = records.getStateFingerprint(token);
        vm.assertFalse(_last == next);
        _last = next;
    }

    function test_RevertWhen_ThereIsNoSuchToken() external {
        refusesNoToken(LAB);
        records.getStateFingerprint(LAB);
    }

    function test_WhenNothingHappens() external {
        bytes32 before = records.getStateFingerprint(TOKEN);
        vm.warp(START + 9 days);

        vm.assertEq(before, records.getStateFingerprint(TOKEN));
    }

    function test_WhenAnythingChanges() external {
        _changes(TOKEN);
        advance(Version(RECORD, 3, "two", "three", SECTIONS, 0));
        _changes(TOKEN);
        vm.prank(EXCHANGER);
        records.setUser(LAB, vm.addr(BUYER), START + 1);
        _changes(TOKEN);
        records.lowerShare(RECORD, Payee.Source, 9, onShare(HOSPITAL, Payee.Source, 9));
        _changes(TOKEN);
        records.setHost(RECORD, OWNER, ofSubject(onHost(PATIENT, OWNER)));
        _changes(TOKEN);
        detached(LABORATORY);
        _changes(TOKEN);
        pledged(TOKEN);
        _changes(TOKEN);
        rotated();
        _changes(TOKEN);
        renewed(TOKEN, "new");
        _changes(TOKEN);
        vm.assertFalse(records.getStateFingerprint(TOKEN) == records.getStateFingerprint(LAB));
    }
}

contract RecordRegistry_royaltyInfo_Test is Owning {
    function test_RevertWhen_ThereIsNoSuchToken() external {
        refusesNoToken(LAB);
        records.royaltyInfo(LAB, 1);
    }

    function test_WhenSomebodyAsks() external {
        (address receiver, uint256 royalty) = records.royaltyInfo(TOKEN, 10_004);

        vm.assertEq(vm.addr(HOSPITAL), receiver);
        vm.assertEq(2_000, royalty);
    }
}

contract RecordRegistry_supportsInterface_Test is Owning {
    function test_WhenTheStandardIsOneOfOurs() external view {
        bytes4[8] memory ours = [
            bytes4(0x01ffc9a7),
            0x80ac58cd,
            0x5b5e139f,
            0x2a55205a,
            0x49064906,
            0xad092b5c,
            0xb45a3c0e,
            0xf5112315
        ];
        for (uint256 i; i < 8; ++i) {
            vm.assertTrue(records.supportsInterface(ours[i]));
        }
    }

    function test_WhenTheStandardIsAnother() external view {
        vm.assertFalse(records.supportsInterface(0xffffffff));
        vm.assertFalse(records.supportsInterface(0xd9b67a26));
    }
}
