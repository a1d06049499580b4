// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC5192} from "../../src/records/IERC5192.sol";
import {IRecordRegistry, Rekey, TokenState} from "../../src/records/IRecordRegistry.sol";
import {Log} from "../Base.sol";
import {Owning} from "./Owning.sol";

contract RecordRegistry_escrow_Test is Owning {
    function test_RevertWhen_AnotherThanTheLendingCalls() external {
        address[3] memory others = [EXCHANGER, OWNER, address(this)];
        for (uint256 i; i < 3; ++i) {
            refusesModule(others[i]);
            vm.prank(others[i]);
            records.escrow(TOKEN, OWNER);
        }
    }

    function test_RevertWhen_ThereIsNoSuchToken() external {
        refusesNoToken(LAB);
        pledged(LAB);
    }

    function test_RevertWhen_ItIsTakenFromAnotherThanTheOwner() external {
        refusesOwner(TOKEN, vm.addr(BUYER));
        vm.prank(LENDER);
        records.escrow(TOKEN, vm.addr(BUYER));
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

        vm.expectEmit(address(records));
        emit IERC721.Transfer(OWNER, LENDER, TOKEN);
        vm.expectEmit(address(records));
        emit IERC5192.Locked(TOKEN);
        pledged(TOKEN);

        TokenState memory state = records.tokenStateOf(TOKEN);
        vm.assertEq(LENDER, records.ownerOf(TOKEN));
        vm.assertEq(LENDER, state.locker);
        vm.assertEq(0, state.pendingEpoch);
        vm.assertEq(OWNER, records.escrowedFrom(TOKEN));
        vm.assertEq(OWNER, records.beneficiaryOf(TOKEN));
        vm.assertTrue(records.isLocked(TOKEN));
        vm.assertFalse(records.isRekeying(TOKEN));
    }
}

contract RecordRegistry_release_Test is Owning {
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

    function test_RevertGiven_TheTokenIsNotInEscrow() external {
        _released(OWNER);

        refusesOwner(TOKEN, LENDER);
        _released(OWNER);
        refusesOwner(LAB, LENDER);
        vm.prank(LENDER);
        records.release(LAB, OWNER);
    }

    function test_RevertWhen_ItGoesToAContractOfOursOrToNobody() external {
        address[5] memory ours = [address(0), address(records), address(hook), EXCHANGER, LENDER];
        for (uint256 i; i < 5; ++i) {
            refusesHolder(ours[i]);
            _released(ours[i]);
        }
    }

    function test_WhenItGoesBack() external {
        vm.expectEmit(address(records));
        emit IERC721.Transfer(LENDER, OWNER, TOKEN);
        vm.expectEmit(address(records));
        emit IERC5192.Unlocked(TOKEN);
        _released(OWNER);

        TokenState memory state = records.tokenStateOf(TOKEN);
        vm.assertEq(OWNER, records.ownerOf(TOKEN));
        vm.assertEq(address(0), state.locker);
        vm.assertEq(0, state.pendingEpoch);
        vm.assertEq(address(0), records.escrowedFrom(TOKEN));
        given(TOKEN, vm.addr(BUYER));
        vm.assertEq(1, records.tokenStateOf(TOKEN).pendingEpoch);
    }

    function test_WhenItGoesToSomebodyElse() external {
        address buyer = vm.addr(BUYER);

        vm.expectEmit(address(records));
        emit IERC721.Transfer(LENDER, buyer, TOKEN);
        vm.expectEmit(address(records));
        emit IRecordRegistry.RekeyRequested(TOKEN, 1, buyer, 0);
        _released(buyer);

        vm.assertEq(buyer, records.ownerOf(TOKEN));
        vm.assertEq(buyer, records.beneficiaryOf(TOKEN));
        vm.assertEq(address(0), records.tokenStateOf(TOKEN).locker);
        vm.assertTrue(records.isLocked(TOKEN));
        renewed(TOKEN, "new");
        vm.assertFalse(records.isLocked(TOKEN));
    }

    /// Somebody may know a key while the record is pledged; new ones are the debtor's.
    function test_GivenNewKeysWereAskedForInEscrow() external {
        rotated();
        vm.assertEq(OWNER, records.receiverOf(TOKEN));
        vm.recordLogs();
        _released(OWNER);
        Log[] memory logs = vm.getRecordedLogs();

        vm.assertEq(1, logs.length);
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
