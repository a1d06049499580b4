// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {IERC5192} from "../../src/records/IERC5192.sol";
import {IRecordRegistry, Rekey, TokenState} from "../../src/records/IRecordRegistry.sol";
import {Log} from "../Base.sol";
import {Owning} from "./Owning.sol";

abstract contract Pledging is Owning {
    /// Nothing was told but one event of the token.
    function _isOnly(bytes32 kind) internal {
        Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(1, logs.length);
        vm.assertEq(address(records), logs[0].emitter);
        vm.assertEq(kind, logs[0].topics[0]);
        vm.assertEq(TOKEN, abi.decode(logs[0].body, (uint256)));
    }
}

contract RecordRegistry_pledge_Test is Pledging {
    function test_RevertWhen_AnotherThanTheLendingCalls() external {
        address[3] memory others = [EXCHANGER, OWNER, address(this)];
        for (uint256 i; i < 3; ++i) {
            refusesModule(others[i]);
            vm.prank(others[i]);
            records.pledge(TOKEN);
        }
    }

    function test_RevertWhen_ThereIsNoSuchToken() external {
        refusesNoToken(LAB);
        pledged(LAB);
    }

    function test_RevertGiven_TheTokenIsLocked() external {
        pledged(TOKEN);
        refusesLocked(TOKEN);
        pledged(TOKEN);
    }

    function test_RevertGiven_NewKeysArePending() external {
        rotated();
        refusesPending(TOKEN);
        pledged(TOKEN);
    }

    function test_WhenTheLendingTakesIt() external {
        hook.refuse();

        vm.recordLogs();
        pledged(TOKEN);

        _isOnly(IERC5192.Locked.selector);
        TokenState memory state = records.tokenStateOf(TOKEN);
        vm.assertEq(OWNER, records.ownerOf(TOKEN));
        vm.assertEq(1, records.balanceOf(OWNER));
        vm.assertEq(LENDER, state.locker);
        vm.assertEq(0, state.pendingEpoch);
        vm.assertEq(OWNER, records.receiverOf(TOKEN));
        vm.assertTrue(records.isLocked(TOKEN));
        vm.assertFalse(records.isRekeying(TOKEN));
    }

    function test_RevertWhen_ItsOwnerMovesOrChangesIt() external {
        address buyer = vm.addr(BUYER);
        pledged(TOKEN);
        Intent memory by = ofSubject(onTransfer(PATIENT, TOKEN, buyer));
        refusesLocked(TOKEN);
        records.transfer(TOKEN, buyer, by);
        by = ofSubject(onMask(PATIENT, "Detach", LABORATORY));
        refusesLocked(TOKEN);
        records.detach(RECORD, LABORATORY, by);
        by = ofSubject(onMask(PATIENT, "Attach", LABORATORY));
        refusesLocked(TOKEN);
        records.attach(RECORD, LABORATORY, by);
        vm.startPrank(OWNER);
        refusesLocked(TOKEN);
        records.transferFrom(OWNER, buyer, TOKEN);
        refusesLocked(TOKEN);
        records.safeTransferFrom(OWNER, buyer, TOKEN);
        refusesLocked(TOKEN);
        records.approve(buyer, TOKEN);
    }

    function test_RevertGiven_SomebodyMayMoveIt() external {
        address buyer = vm.addr(BUYER);
        vm.startPrank(OWNER);
        records.approve(buyer, TOKEN);
        records.setApprovalForAll(buyer, true);
        vm.stopPrank();
        pledged(TOKEN);

        refusesLocked(TOKEN);
        vm.prank(buyer);
        records.transferFrom(OWNER, buyer, TOKEN);
    }
}

contract RecordRegistry_release_Test is Pledging {
    constructor() {
        pledged(TOKEN);
    }

    function _released(address to) private {
        vm.prank(LENDER);
        records.release(TOKEN, to);
    }

    function test_RevertWhen_AnotherThanTheLendingCalls() external {
        address[3] memory others = [EXCHANGER, OWNER, address(this)];
        for (uint256 i; i < 3; ++i) {
            refusesModule(others[i]);
            vm.prank(others[i]);
            records.release(TOKEN, OWNER);
        }
    }

    function _refusesFree(uint256 token) private {
        vm.expectRevert(
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_NotPledged.selector, token)
        );
        vm.prank(LENDER);
        records.release(token, OWNER);
    }

    function test_RevertGiven_TheTokenIsNotPledged() external {
        _released(OWNER);

        _refusesFree(TOKEN);
        _refusesFree(LAB);
        selling(TOKEN);
        _refusesFree(TOKEN);
    }

    function test_RevertWhen_ItGoesToAContractOfOursOrToNobody() external {
        address[5] memory ours = [address(0), address(records), address(hook), EXCHANGER, LENDER];
        for (uint256 i; i < 5; ++i) {
            refusesHolder(ours[i]);
            _released(ours[i]);
        }
    }

    function test_WhenItGoesToItsOwner() external {
        vm.recordLogs();
        _released(OWNER);

        _isOnly(IERC5192.Unlocked.selector);
        TokenState memory state = records.tokenStateOf(TOKEN);
        vm.assertEq(OWNER, records.ownerOf(TOKEN));
        vm.assertEq(address(0), state.locker);
        vm.assertEq(0, state.pendingEpoch);
        given(TOKEN, vm.addr(BUYER));
        vm.assertEq(1, records.tokenStateOf(TOKEN).pendingEpoch);
    }

    function test_WhenItGoesToSomebodyElse() external {
        address buyer = vm.addr(BUYER);
        _released(OWNER);
        vm.prank(OWNER);
        records.approve(vm.addr(STRANGER), TOKEN);
        pledged(TOKEN);

        vm.expectEmit(address(records));
        emit IERC721.Transfer(OWNER, buyer, TOKEN);
        vm.expectEmit(address(records));
        emit IRecordRegistry.RekeyRequested(TOKEN, 1, buyer, 0);
        _released(buyer);

        vm.assertEq(buyer, records.ownerOf(TOKEN));
        vm.assertEq(address(0), records.getApproved(TOKEN));
        vm.assertEq(address(0), records.tokenStateOf(TOKEN).locker);
        vm.assertTrue(records.isLocked(TOKEN));
        renewed(TOKEN, "new");
        vm.assertFalse(records.isLocked(TOKEN));
    }

    /// Somebody may know a key while the record is pledged; new ones are the debtor's.
    function test_GivenNewKeysWereAskedForMeanwhile() external {
        rotated();
        vm.assertEq(OWNER, records.receiverOf(TOKEN));
        vm.recordLogs();
        _released(OWNER);

        vm.assertEq(0, vm.getRecordedLogs().length);
        vm.assertTrue(records.isLocked(TOKEN));
        renewed(TOKEN, "new");
        vm.assertFalse(records.isLocked(TOKEN));
        vm.assertEq(1, records.keyEpochOf(TOKEN));
    }

    function test_GivenNewKeysForTheDebtorArePending() external {
        rotated();
        Rekey memory rekey = renewalOf(TOKEN, "new");
        bytes[] memory signatures = signedBy(rekey, 5);
        _released(vm.addr(BUYER));

        refusesEpoch(1, 2);
        records.completeRekey(rekey, signatures);
        renewed(TOKEN, "newer");
        vm.assertEq(2, records.keyEpochOf(TOKEN));
    }
}
