// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {IERC5192} from "../../src/records/IERC5192.sol";
import {IRecordRegistry, RekeyState} from "../../src/records/IRecordRegistry.sol";
import {Settled} from "../Settled.sol";
import {Owning} from "./Owning.sol";

contract RecordRegistry_transfer_Test is Owning {
    function _onGift(address to) private returns (Intent memory) {
        return ofSubject(onTransfer(PATIENT, TOKEN, to));
    }

    function test_RevertWhen_SomebodyElseSigns() external {
        uint256[3] memory others = [PATIENT, HOSPITAL, STRANGER];
        for (uint256 i; i < 3; ++i) {
            Intent memory by = onTransfer(others[i], TOKEN, vm.addr(BUYER));

            refusesOwner(TOKEN, by.signer);
            records.transfer(TOKEN, vm.addr(BUYER), by);
        }
    }

    function test_RevertWhen_ThereIsNoSuchToken() external {
        Intent memory by = ofSubject(onTransfer(PATIENT, LAB, vm.addr(BUYER)));

        refusesNoToken(LAB);
        records.transfer(LAB, vm.addr(BUYER), by);
    }

    function test_RevertWhen_ItGoesToAContractOfOursOrToNobody() external {
        address[5] memory ours = [address(0), address(records), address(hook), EXCHANGER, LENDER];
        for (uint256 i; i < 5; ++i) {
            Intent memory by = _onGift(ours[i]);

            refusesHolder(ours[i]);
            records.transfer(TOKEN, ours[i], by);
        }
    }

    function test_RevertGiven_TheTokenIsLocked() external {
        selling(TOKEN);
        Intent memory by = _onGift(vm.addr(BUYER));

        refusesLocked(TOKEN);
        records.transfer(TOKEN, vm.addr(BUYER), by);
    }

    function test_RevertGiven_NewKeysArePending() external {
        rotated();
        Intent memory by = _onGift(vm.addr(BUYER));

        refusesPending(TOKEN);
        records.transfer(TOKEN, vm.addr(BUYER), by);
    }

    function test_RevertGiven_IncomeCannotBeSettled() external {
        hook.refuse();
        Intent memory by = _onGift(vm.addr(BUYER));

        vm.expectRevert(abi.encodeWithSelector(Settled.Settled_Refused.selector));
        records.transfer(TOKEN, vm.addr(BUYER), by);
    }

    function test_WhenTheOwnerGivesItAway() external {
        Intent memory by = _onGift(vm.addr(BUYER));

        vm.expectEmit(address(hook));
        emit Settled.Asked(TOKEN);
        vm.expectEmit(address(records));
        emit IERC721.Transfer(OWNER, vm.addr(BUYER), TOKEN);
        vm.expectEmit(address(records));
        emit IRecordRegistry.RekeyRequested(TOKEN, 1, vm.addr(BUYER), 0);
        vm.expectEmit(address(records));
        emit IERC5192.Locked(TOKEN);
        records.transfer(TOKEN, vm.addr(BUYER), by);

        vm.assertEq(vm.addr(BUYER), records.ownerOf(TOKEN));
        vm.assertEq(vm.addr(BUYER), records.receiverOf(TOKEN));
        vm.assertEq(OWNER, records.subjectOf(RECORD));
        vm.assertTrue(records.tokenStateOf(TOKEN).rekey == RekeyState.RekeyPending);
        vm.assertEq(0, records.keyEpochOf(TOKEN));
        vm.assertTrue(records.locked(TOKEN));
    }

    function test_WhenItIsASection() external {
        detached(LABORATORY);
        given(LAB, vm.addr(BUYER));

        vm.assertEq(vm.addr(BUYER), records.ownerOf(LAB));
        vm.assertEq(OWNER, records.ownerOf(TOKEN));
        vm.assertFalse(records.isRekeying(TOKEN));
        renewed(LAB, "new");
        vm.assertEq(1, records.keyEpochOf(LAB));
        vm.assertEq(0, records.keyEpochOf(TOKEN));
        vm.assertEq(bytes32("new"), records.recordOf(RECORD).root);
    }

    function test_WhenAnOrganizationOwnsIt() external {
        detached(LABORATORY);
        given(LAB, vm.addr(CLINIC));
        renewed(LAB, "new");
        records.transfer(LAB, vm.addr(BUYER), onTransfer(CLINIC, LAB, vm.addr(BUYER)));

        vm.assertEq(vm.addr(BUYER), records.ownerOf(LAB));
    }

    function test_GivenTheReceiverGotNewKeys() external {
        given(TOKEN, vm.addr(BUYER));
        renewed(TOKEN, "new");
        records.transfer(TOKEN, OWNER, onTransfer(BUYER, TOKEN, OWNER));

        vm.assertEq(OWNER, records.ownerOf(TOKEN));
        vm.assertEq(2, records.tokenStateOf(TOKEN).pendingEpoch);
    }
}

contract RecordRegistry_transferFrom_Test is Owning, IERC721Receiver {
    address private immutable HOLDER = vm.addr(BUYER);

    /// The patient cannot send transactions as the account, so that somebody else owns it here.
    constructor() {
        given(TOKEN, HOLDER);
        renewed(TOKEN, "new");
    }

    function onERC721Received(address, address, uint256, bytes calldata)
        external
        pure
        returns (bytes4)
    {
        return IERC721Receiver.onERC721Received.selector;
    }

    function _send(address sender, address from, address to) private {
        vm.prank(sender);
        records.transferFrom(from, to, TOKEN);
    }

    function test_RevertWhen_ThereIsNoSuchToken() external {
        refusesNoToken(7);
        records.transferFrom(HOLDER, OWNER, 7);
    }

    function test_RevertWhen_SomebodyElseSendsIt() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC721Errors.ERC721InsufficientApproval.selector, address(this), TOKEN
            )
        );
        records.transferFrom(HOLDER, OWNER, TOKEN);
    }

    function test_RevertWhen_ItIsSentFromAnother() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC721Errors.ERC721IncorrectOwner.selector, OWNER, TOKEN, HOLDER
            )
        );
        _send(HOLDER, OWNER, address(this));
    }

    function test_RevertWhen_ItGoesToAContractOfOursOrToNobody() external {
        address[5] memory ours = [address(0), address(records), address(hook), EXCHANGER, LENDER];
        for (uint256 i; i < 5; ++i) {
            refusesHolder(ours[i]);
            _send(HOLDER, HOLDER, ours[i]);
        }
    }

    function test_RevertGiven_TheTokenIsLocked() external {
        vm.prank(HOLDER);
        records.approve(address(this), TOKEN);
        vm.prank(HOLDER);
        records.setApprovalForAll(vm.addr(STRANGER), true);
        vm.prank(EXCHANGER);
        records.beginRekey(TOKEN, OWNER, SALE_ENDS);

        address[3] memory senders = [HOLDER, address(this), vm.addr(STRANGER)];
        for (uint256 i; i < 3; ++i) {
            refusesLocked(TOKEN);
            _send(senders[i], HOLDER, OWNER);
        }
        refusesLocked(TOKEN);
        vm.prank(HOLDER);
        records.approve(vm.addr(STRANGER), TOKEN);
    }

    function test_RevertGiven_NewKeysArePending() external {
        rotated();
        refusesPending(TOKEN);
        _send(HOLDER, HOLDER, OWNER);
        refusesPending(TOKEN);
        vm.prank(HOLDER);
        records.approve(vm.addr(STRANGER), TOKEN);
    }

    function test_WhenTheOwnerSendsIt() external {
        vm.expectEmit(address(hook));
        emit Settled.Asked(TOKEN);
        vm.expectEmit(address(records));
        emit IERC721.Transfer(HOLDER, OWNER, TOKEN);
        vm.expectEmit(address(records));
        emit IRecordRegistry.RekeyRequested(TOKEN, 2, OWNER, 0);
        vm.expectEmit(address(records));
        emit IERC5192.Locked(TOKEN);
        _send(HOLDER, HOLDER, OWNER);

        vm.assertEq(OWNER, records.ownerOf(TOKEN));
        vm.assertTrue(records.isRekeying(TOKEN));
    }

    function test_WhenSomebodyApprovedSendsIt() external {
        vm.prank(HOLDER);
        records.approve(address(this), TOKEN);
        records.transferFrom(HOLDER, OWNER, TOKEN);

        vm.assertEq(OWNER, records.ownerOf(TOKEN));
        vm.assertEq(address(0), records.getApproved(TOKEN));
    }

    function test_WhenItIsSentSafely() external {
        vm.prank(HOLDER);
        records.safeTransferFrom(HOLDER, address(this), TOKEN);
        vm.assertEq(address(this), records.ownerOf(TOKEN));

        renewed(TOKEN, "newer");
        refusesHolder(address(custody));
        records.safeTransferFrom(address(this), address(custody), TOKEN);
    }
}
