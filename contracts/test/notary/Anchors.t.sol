// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ActionKind, KeyUse} from "../../src/identity/IOrganizations.sol";
import {Actor} from "../../src/identity/IIntentGuard.sol";
import {Batch, IAnchors} from "../../src/notary/IAnchors.sol";
import {Base} from "../Base.sol";
import {Consortium} from "../Consortium.sol";

abstract contract Anchoring is Consortium {
    function onBatch(uint256 key, bytes32 root, uint64 size) internal returns (Actor memory) {
        return actor(
            signed(key, address(anchors), "Anchor(bytes32 root,uint64 size", abi.encode(root, size))
        );
    }
}

contract Anchors_anchor_Test is Anchoring {
    uint256 private constant KEY = 0x77;

    function _refusesAsStranger(uint256 key) private {
        Actor memory by = onBatch(key, "root", 1);
        vm.expectRevert(abi.encodeWithSelector(IAnchors.Anchors_NotMember.selector, vm.addr(key)));
        anchors.anchor("root", 1, by);
    }

    function _refusesSize(uint64 size) private {
        Actor memory by = onBatch(HOSPITAL, "root", size);
        vm.expectRevert(abi.encodeWithSelector(IAnchors.Anchors_BadSize.selector, size));
        anchors.anchor("root", size, by);
    }

    function test_RevertWhen_TheSignerIsNoKeyOfAMember() external {
        _refusesAsStranger(STRANGER);
    }

    function test_RevertWhen_TheKeyHasAnotherUse() external {
        addKey(HOSPITAL, KEY, KeyUse.Act, START, FOREVER);
        _refusesAsStranger(KEY);
    }

    function test_RevertGiven_TheMemberIsSuspended() external {
        decide(act(ActionKind.Suspend, vm.addr(HOSPITAL), 0));
        _refusesAsStranger(HOSPITAL);
    }

    function test_RevertWhen_TheBatchIsEmpty() external {
        _refusesSize(0);
    }

    function test_RevertWhen_TheBatchIsTooLarge() external {
        _refusesSize(65_537);
    }

    function test_WhenAMemberAnchors() external {
        anchors.anchor("first", 65_536, onBatch(CLINIC, "first", 65_536));
        addKey(HOSPITAL, KEY, KeyUse.Log, START, FOREVER);
        Actor memory by = onBatch(KEY, "second", 1);
        vm.warp(START + 5);

        vm.expectEmit(address(anchors));
        emit IAnchors.BatchAnchored(1, "second", 1, vm.addr(HOSPITAL));
        vm.assertEq(1, anchors.anchor("second", 1, by));

        Batch memory batch = anchors.batchOf(1);
        vm.assertEq(bytes32("second"), batch.root);
        vm.assertEq(1, batch.size);
        vm.assertEq(START + 5, batch.anchoredAt);
        vm.assertEq(bytes32("first"), anchors.batchOf(0).root);
        vm.assertEq(2, anchors.batches());
    }

    function testFuzz_EverySizeWithinTheLimitsIsTaken(uint64 size, bytes32 root) external {
        size = uint64(bound(size, 1, 65_536));
        anchors.anchor(root, size, onBatch(CLINIC, root, size));

        vm.assertEq(size, anchors.batchOf(0).size);
        vm.assertEq(root, anchors.batchOf(0).root);
    }
}

/// Anchors as members and strangers, and keeps what was taken.
contract AnchorsHandler is Anchoring {
    Batch[] private _taken;

    function anchor(bytes32 root, uint32 size, bool isMember, uint8 time) external {
        vm.warp(block.timestamp + time);
        uint64 chosen = size % 70_000;
        Actor memory by = onBatch(isMember ? CLINIC : STRANGER, root, chosen);
        try anchors.anchor(root, chosen, by) returns (uint64 number) {
            vm.assertEq(_taken.length, number);
            _taken.push(Batch(root, chosen, uint64(block.timestamp)));
        } catch {
            vm.assertTrue(!isMember || chosen == 0 || chosen > 65_536);
        }
    }

    function check() external view {
        vm.assertEq(_taken.length, anchors.batches());
        for (uint64 i; i < _taken.length; ++i) {
            vm.assertEq(abi.encode(_taken[i]), abi.encode(anchors.batchOf(i)));
        }
    }
}

contract Anchors_Invariants is Base {
    AnchorsHandler private _handler = new AnchorsHandler();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_NoBatchIsLostOrChanged() external view {
        _handler.check();
    }
}
