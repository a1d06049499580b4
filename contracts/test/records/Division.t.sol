// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {IERC5192} from "../../src/records/IERC5192.sol";
import {IRecordRegistry} from "../../src/records/IRecordRegistry.sol";
import {Settled} from "../Settled.sol";
import {Owning} from "./Owning.sol";

contract RecordRegistry_detach_Test is Owning {
    /// What the owner signs, and what comes of it is expected before the call.
    function _onDetach(uint16 mask) private returns (Intent memory) {
        return ofSubject(onMask(PATIENT, "Detach", mask));
    }

    function _refusesSections(uint16 mask) private {
        Intent memory by = _onDetach(mask);

        refusesMissing(mask);
        records.detach(RECORD, mask, by);
    }

    function test_RevertWhen_TheRecordIsUnknown() external {
        Intent memory by = signed(
            PATIENT,
            address(records),
            "Detach(uint128 recordId,uint16 mask",
            abi.encode(7, LABORATORY)
        );

        vm.expectRevert(
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_UnknownRecord.selector, 7)
        );
        records.detach(7, LABORATORY, by);
    }

    function test_RevertWhen_SomebodyElseSigns() external {
        uint256[4] memory others = [PATIENT, HOSPITAL, CLINIC, STRANGER];
        for (uint256 i; i < 4; ++i) {
            Intent memory by = onMask(others[i], "Detach", LABORATORY);

            refusesOwner(TOKEN, by.signer);
            records.detach(RECORD, LABORATORY, by);
        }
    }

    function test_RevertWhen_NoSectionIsNamed() external {
        _refusesSections(0);
    }

    function test_RevertWhen_TheRecordHasNoSuchSection() external {
        _refusesSections(1);
        _refusesSections(1 << 3);
        _refusesSections(LABORATORY | 1 << 15);
    }

    function test_RevertWhen_TheEmergencySummaryIsNamed() external {
        _refusesSections(EMERGENCY);
        _refusesSections(EMERGENCY | LABORATORY);
    }

    function test_RevertGiven_ASectionIsDetached() external {
        detached(LABORATORY);
        _refusesSections(LABORATORY);
        _refusesSections(LABORATORY | GENOMICS);
    }

    function test_RevertGiven_TheRecordIsLocked() external {
        selling(TOKEN);
        Intent memory by = _onDetach(LABORATORY);

        refusesLocked(TOKEN);
        records.detach(RECORD, LABORATORY, by);
    }

    function test_RevertGiven_NewKeysArePending() external {
        rotated();
        Intent memory by = _onDetach(LABORATORY);

        refusesPending(TOKEN);
        records.detach(RECORD, LABORATORY, by);
    }

    function test_RevertGiven_IncomeCannotBeSettled() external {
        hook.refuse();
        Intent memory by = _onDetach(LABORATORY);

        vm.expectRevert(abi.encodeWithSelector(Settled.Settled_Refused.selector));
        records.detach(RECORD, LABORATORY, by);
    }

    function test_WhenTheOwnerDivides() external {
        rotated();
        renewed(TOKEN, "new");
        Intent memory by = _onDetach(LABORATORY | GENOMICS);

        vm.expectEmit(address(hook));
        emit Settled.Asked(TOKEN);
        vm.expectEmit(address(records));
        emit IRecordRegistry.SectionsDetached(RECORD, LABORATORY | GENOMICS);
        vm.expectEmit(address(records));
        emit IERC721.Transfer(address(0), OWNER, LAB);
        vm.expectEmit(address(records));
        emit IERC5192.Unlocked(LAB);
        vm.expectEmit(address(records));
        emit IERC721.Transfer(address(0), OWNER, GENES);
        records.detach(RECORD, LABORATORY | GENOMICS, by);

        vm.assertEq(OWNER, records.ownerOf(LAB));
        vm.assertEq(1, records.keyEpochOf(LAB));
        vm.assertEq(1, records.tokenStateOf(GENES).keyEpoch);
        vm.assertEq(LABORATORY | GENOMICS, records.recordOf(RECORD).detached);
        vm.assertEq(LABORATORY, records.sectionsOf(LAB));
        vm.assertEq(6 | EMERGENCY, records.sectionsOf(TOKEN));
        vm.assertEq(LAB, records.controllerOf(LAB));
        vm.assertEq(TOKEN, records.controllerOf(TOKEN | 1));
        vm.assertFalse(records.isLocked(LAB));
    }
}

contract RecordRegistry_attach_Test is Owning {
    constructor() {
        detached(LABORATORY | GENOMICS);
    }

    function _onAttach(uint16 mask) private returns (Intent memory) {
        return ofSubject(onMask(PATIENT, "Attach", mask));
    }

    function _refusesWhole(uint16 mask) private {
        Intent memory by = _onAttach(mask);

        vm.expectRevert(
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_NotDetached.selector, mask)
        );
        records.attach(RECORD, mask, by);
    }

    function test_RevertWhen_TheRecordIsUnknown() external {
        Intent memory by = signed(
            PATIENT, address(records), "Attach(uint128 recordId,uint16 mask", abi.encode(7, 2)
        );

        vm.expectRevert(
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_UnknownRecord.selector, 7)
        );
        records.attach(7, 2, by);
    }

    function test_RevertWhen_SomebodyElseSigns() external {
        Intent memory by = onMask(HOSPITAL, "Attach", LABORATORY);

        refusesOwner(TOKEN, by.signer);
        records.attach(RECORD, LABORATORY, by);
    }

    function test_RevertWhen_NoSectionIsNamed() external {
        _refusesWhole(0);
    }

    function test_RevertWhen_ASectionIsNotDetached() external {
        _refusesWhole(2);
        _refusesWhole(2 | LABORATORY);
    }

    function test_RevertGiven_ASectionHasAnotherOwner() external {
        given(GENES, vm.addr(BUYER));
        renewed(GENES, "new");
        Intent memory by = _onAttach(LABORATORY | GENOMICS);

        refusesOwner(GENES, OWNER);
        records.attach(RECORD, LABORATORY | GENOMICS, by);
    }

    function test_RevertGiven_ASectionIsLocked() external {
        selling(GENES);
        Intent memory by = _onAttach(LABORATORY | GENOMICS);

        refusesLocked(GENES);
        records.attach(RECORD, LABORATORY | GENOMICS, by);
    }

    function test_RevertGiven_NewKeysOfASectionArePending() external {
        records.rotate(GENES, onRotation(HOSPITAL, GENES));
        Intent memory by = _onAttach(GENOMICS);

        refusesPending(GENES);
        records.attach(RECORD, GENOMICS, by);
    }

    function test_RevertGiven_TheRecordIsLocked() external {
        pledged(TOKEN);
        Intent memory by = _onAttach(LABORATORY);

        refusesLocked(TOKEN);
        records.attach(RECORD, LABORATORY, by);
    }

    function test_RevertGiven_NewKeysArePending() external {
        rotated();
        Intent memory by = _onAttach(LABORATORY);

        refusesPending(TOKEN);
        records.attach(RECORD, LABORATORY, by);
    }

    function _rekeyed(uint256 token, bytes32 newRoot) private {
        records.rotate(token, onRotation(HOSPITAL, token));
        renewed(token, newRoot);
    }

    function test_WhenTheOwnerOfAllRecombines() external {
        _rekeyed(GENES, "a");
        _rekeyed(GENES, "b");
        Intent memory by = _onAttach(LABORATORY | GENOMICS);

        vm.expectEmit(address(hook));
        emit Settled.Asked(LAB);
        vm.expectEmit(address(hook));
        emit Settled.Asked(GENES);
        vm.expectEmit(address(records));
        emit IRecordRegistry.SectionsAttached(RECORD, LABORATORY | GENOMICS);
        vm.expectEmit(address(records));
        emit IERC721.Transfer(OWNER, address(0), LAB);
        vm.expectEmit(address(records));
        emit IERC721.Transfer(OWNER, address(0), GENES);
        vm.expectEmit(address(records));
        emit IRecordRegistry.RekeyRequested(TOKEN, 3, OWNER, 0);
        vm.expectEmit(address(records));
        emit IERC5192.Locked(TOKEN);
        records.attach(RECORD, LABORATORY | GENOMICS, by);

        vm.assertEq(0, records.recordOf(RECORD).detached);
        vm.assertEq(SECTIONS, records.sectionsOf(TOKEN));
        vm.assertEq(0, records.sectionsOf(LAB));
        vm.assertEq(TOKEN, records.controllerOf(LAB));
        refusesNoToken(LAB);
        records.ownerOf(LAB);
    }

    function test_GivenItIsPending() external {
        _rekeyed(GENES, "a");
        _rekeyed(TOKEN, "b");
        _rekeyed(TOKEN, "c");
        attached(LABORATORY | GENOMICS);

        vm.assertEq(0, records.keyEpochOf(LAB));
        vm.assertEq(1, records.keyEpochOf(GENES));
        vm.assertEq(2, records.keyEpochOf(TOKEN));
        vm.assertEq(2, records.keyEpochOf(TOKEN | 1));
    }

    function test_GivenTheKeysOfAllAreNew() external {
        _rekeyed(GENES, "a");
        _rekeyed(GENES, "b");
        attached(LABORATORY | GENOMICS);
        renewed(TOKEN, "whole");

        vm.assertEq(3, records.keyEpochOf(LAB));
        vm.assertEq(3, records.keyEpochOf(GENES));
        vm.assertEq(3, records.keyEpochOf(TOKEN));
        detached(GENOMICS);
        records.rotate(GENES, onRotation(HOSPITAL, GENES));
        vm.assertEq(4, records.tokenStateOf(GENES).pendingEpoch);
    }
}
