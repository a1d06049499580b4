// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IAuthority} from "../../src/consent/IAuthority.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Agreeing} from "./Authority.t.sol";
import {Controlling} from "./Controlling.sol";

contract Authority_openRecovery_Test is Controlling {
    address private immutable NEW = vm.addr(HEIR);

    constructor() {
        guarded();
    }

    function _refused(uint256 guardian, address controller) private {
        authority.openRecovery(
            RECORD, controller, onController(guardian, "OpenRecovery", controller)
        );
    }

    function _runs() private view returns (bool) {
        return authority.isRecovering(RECORD);
    }

    function test_RevertGiven_TheRecordIsNotEnrolled() external {
        Intent memory by = onController(GUARDIAN, "OpenRecovery", 7, NEW);
        refusesAsUnknown(7);
        authority.openRecovery(7, NEW, by);
    }

    function test_RevertGiven_TheRecordIsErased() external {
        erase();
        Intent memory by = onController(GUARDIAN, "OpenRecovery", NEW);
        refusesAsErased();
        authority.openRecovery(RECORD, NEW, by);
    }

    function test_RevertWhen_AnotherThanAGuardianSigns() external {
        Intent memory by = onController(PATIENT, "OpenRecovery", NEW);
        refuses(IAuthority.Authority_NotGuardian.selector, PATIENT);
        authority.openRecovery(RECORD, NEW, by);
    }

    function test_RevertGiven_TheGuardianWasReplaced() external {
        setGuardians(addressesOf(GUARDIAN + 3, 2), 1);
        vm.warp(block.timestamp + WAIT);
        Intent memory by = onController(GUARDIAN, "OpenRecovery", NEW);
        refuses(IAuthority.Authority_NotGuardian.selector, GUARDIAN);
        authority.openRecovery(RECORD, NEW, by);
        open(GUARDIAN + 3, HEIR);

        vm.assertTrue(_runs());
    }

    function test_RevertWhen_TheNewControllerCannotBeOne() external {
        address[3] memory wrong = [address(0), vm.addr(PATIENT), authority.accountOf(RECORD)];
        for (uint256 i; i < 3; ++i) {
            Intent memory by = onController(GUARDIAN, "OpenRecovery", wrong[i]);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IAuthority.Authority_BadController.selector, RECORD, wrong[i]
                )
            );
            authority.openRecovery(RECORD, wrong[i], by);
        }
    }

    function test_RevertWhen_AGuardianSignsTheSameAgain() external {
        open(GUARDIAN, HEIR);
        Intent memory by = onController(GUARDIAN, "OpenRecovery", NEW);
        vm.expectRevert(
            abi.encodeWithSelector(IAuthority.Authority_SameSigner.selector, vm.addr(GUARDIAN))
        );
        authority.openRecovery(RECORD, NEW, by);
    }

    function test_RevertGiven_ARecoveryRuns() external {
        recovering();
        Intent memory by = onController(GUARDIAN + 2, "OpenRecovery", NEW);
        refusesAsPending(START + WAIT);
        authority.openRecovery(RECORD, NEW, by);
    }

    function test_WhenFewerThanNeededHaveSigned() external {
        Intent memory by = onController(GUARDIAN, "OpenRecovery", NEW);
        vm.expectEmit(address(authority));
        emit IAuthority.RecoveryOpened(RECORD, NEW, by.signer, 0);
        authority.openRecovery(RECORD, NEW, by);

        vm.assertFalse(_runs());
    }

    function test_WhenGuardiansWishForDifferentKeys() external {
        open(GUARDIAN, HEIR);
        open(GUARDIAN + 1, STRANGER);

        vm.assertFalse(_runs());
    }

    function test_WhenAGuardianChangesItsMind() external {
        open(GUARDIAN, STRANGER);
        open(GUARDIAN, HEIR);
        open(GUARDIAN + 1, STRANGER);
        vm.assertFalse(_runs());
        open(GUARDIAN + 2, HEIR);

        (address controller,) = authority.recoveryOf(RECORD);
        vm.assertEq(NEW, controller);
    }

    function test_WhenAsManyAsNeededHaveSigned() external {
        open(GUARDIAN, HEIR);
        vm.warp(START + DAY);
        Intent memory by = onController(GUARDIAN + 2, "OpenRecovery", NEW);
        vm.expectEmit(address(authority));
        emit IAuthority.RecoveryOpened(RECORD, NEW, by.signer, START + DAY + WAIT);
        authority.openRecovery(RECORD, NEW, by);

        (address controller, uint64 readyAt) = authority.recoveryOf(RECORD);
        vm.assertTrue(_runs());
        vm.assertEq(NEW, controller);
        vm.assertEq(START + DAY + WAIT, readyAt);
    }

    function test_GivenAChangeOfGuardiansWaits() external {
        setGuardians(addressesOf(STRANGER, 1), 1);
        vm.warp(START + WAIT - 1);
        recovering();
        vm.warp(START + WAIT);
        (address[] memory present,,,, uint64 from) = authority.guardiansOf(RECORD);

        vm.assertTrue(_runs());
        vm.assertEq(abi.encode(guardians()), abi.encode(present));
        vm.assertEq(0, from);
    }

    function test_WhenAGuardianIsAContract() external {
        authority.enroll(9, NEW, onEnroll(HEIR, 9, NEW));
        address[] memory list = new address[](1);
        list[0] = address(new Agreeing());
        authority.setGuardians(9, list, 1, onGuardians(HEIR, 9, list, 1));
        Intent memory by = Intent(list[0], 1, FOREVER, "any");
        authority.openRecovery(9, vm.addr(STRANGER), by);

        vm.assertTrue(authority.isRecovering(9));
    }

    function testFuzz_ItRunsFromTheThresholdOn(uint8 count, uint8 threshold) external {
        count = uint8(bound(count, 1, 16));
        threshold = uint8(bound(threshold, 1, count));
        authority.enroll(9, vm.addr(PATIENT), onEnroll(PATIENT, 9, vm.addr(PATIENT)));
        address[] memory list = addressesOf(GUARDIAN, count);
        authority.setGuardians(9, list, threshold, onGuardians(PATIENT, 9, list, threshold));
        for (uint256 i; i < threshold; ++i) {
            vm.assertFalse(authority.isRecovering(9));
            Intent memory by = onController(GUARDIAN + i, "OpenRecovery", 9, NEW);
            authority.openRecovery(9, NEW, by);
        }

        vm.assertTrue(authority.isRecovering(9));
    }
}

contract Authority_cancelRecovery_Test is Controlling {
    constructor() {
        guarded();
    }

    function _cancel() private {
        authority.cancelRecovery(RECORD, onRecord(PATIENT, "CancelRecovery"));
    }

    function _refusesAsNothing() private {
        Intent memory by = onRecord(PATIENT, "CancelRecovery");
        refusesAsNothing();
        authority.cancelRecovery(RECORD, by);
    }

    function test_RevertGiven_TheRecordIsNotEnrolled() external {
        Intent memory by = onRecord(PATIENT, "CancelRecovery", 7);
        refusesAsUnknown(7);
        authority.cancelRecovery(7, by);
    }

    function test_RevertGiven_TheRecordIsErased() external {
        recovering();
        erase();
        Intent memory by = onRecord(PATIENT, "CancelRecovery");
        refusesAsErased();
        authority.cancelRecovery(RECORD, by);
    }

    function test_RevertWhen_AnotherThanTheControllerSigns() external {
        recovering();
        Intent memory by = onRecord(GUARDIAN, "CancelRecovery");
        refusesAsStranger(GUARDIAN);
        authority.cancelRecovery(RECORD, by);
    }

    function test_RevertGiven_NobodySigned() external {
        _refusesAsNothing();
    }

    function test_RevertGiven_TheSignaturesAreVoid() external {
        setGuardians(addressesOf(GUARDIAN, 2), 2);
        open(GUARDIAN, HEIR);
        vm.warp(block.timestamp + WAIT);
        _refusesAsNothing();
    }

    function test_GivenTooFewSigned() external {
        open(GUARDIAN, HEIR);
        _cancel();
        open(GUARDIAN + 1, HEIR);

        vm.assertFalse(authority.isRecovering(RECORD));
    }

    function test_GivenItRuns() external {
        recovering();
        vm.warp(block.timestamp + WAIT);
        Intent memory by = onRecord(PATIENT, "CancelRecovery");
        vm.expectEmit(address(authority));
        emit IAuthority.RecoveryCancelled(RECORD, by.signer);
        authority.cancelRecovery(RECORD, by);
        vm.assertFalse(authority.isRecovering(RECORD));
        recovering();

        (, uint64 readyAt) = authority.recoveryOf(RECORD);
        vm.assertEq(START + 2 * WAIT, readyAt);
    }
}

contract Authority_finishRecovery_Test is Controlling {
    constructor() {
        guarded();
    }

    function _refusesAsNothing() private {
        refusesAsNothing();
        authority.finishRecovery(RECORD);
    }

    function _obeys(uint256 key) private view returns (bool) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, "digest");
        return IERC1271(authority.accountOf(RECORD))
                .isValidSignature("digest", abi.encodePacked(r, s, v))
            == IERC1271.isValidSignature.selector;
    }

    function test_RevertGiven_TheRecordIsNotEnrolled() external {
        refusesAsUnknown(7);
        authority.finishRecovery(7);
    }

    function test_RevertGiven_TheRecordIsErased() external {
        recovering();
        erase();
        vm.warp(block.timestamp + WAIT);
        refusesAsErased();
        authority.finishRecovery(RECORD);
    }

    function test_RevertGiven_NoRecoveryRuns() external {
        _refusesAsNothing();
        open(GUARDIAN, HEIR);
        vm.warp(block.timestamp + WAIT);
        _refusesAsNothing();
    }

    function test_RevertGiven_ItWasCancelled() external {
        recovering();
        authority.cancelRecovery(RECORD, onRecord(PATIENT, "CancelRecovery"));
        vm.warp(block.timestamp + WAIT);
        _refusesAsNothing();
    }

    function test_RevertWhen_72HoursHaveNotPassed() external {
        recovering();
        vm.warp(START + WAIT - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAuthority.Authority_TooEarly.selector, RECORD, uint64(START + WAIT)
            )
        );
        authority.finishRecovery(RECORD);
    }

    function test_RevertGiven_ItIsFinished() external {
        recovered();
        _refusesAsNothing();
    }

    function test_When72HoursHavePassed() external {
        recovering();
        vm.assertTrue(_obeys(PATIENT));
        vm.warp(START + WAIT);
        vm.expectEmit(address(authority));
        emit IAuthority.RecoveryFinished(RECORD, vm.addr(HEIR), 1);
        vm.prank(vm.addr(STRANGER));
        authority.finishRecovery(RECORD);

        vm.assertEq(vm.addr(HEIR), authority.controllerOf(RECORD));
        vm.assertEq(1, authority.epochOf(RECORD));
        vm.assertTrue(_obeys(HEIR));
        vm.assertFalse(_obeys(PATIENT));
        (address[] memory present, uint8 threshold,,,) = authority.guardiansOf(RECORD);
        vm.assertEq(abi.encode(guardians()), abi.encode(present));
        vm.assertEq(2, threshold);
    }

    function test_TheOldKeyCanDoNothing() external {
        recovered();
        uint256 old = PATIENT;
        Intent memory by = onController(old, "Rotate", vm.addr(old));
        refusesAsStranger(old);
        authority.rotate(RECORD, vm.addr(old), by);
        by = onRecord(old, "Erase");
        refusesAsStranger(old);
        authority.erase(RECORD, by);
        by = onDelegation(old, vm.addr(DELEGATE), delegationOf(1));
        refusesAsStranger(old);
        authority.appoint(RECORD, vm.addr(DELEGATE), delegationOf(1), by);
        by = onGuardians(old, guardians(), 1);
        refusesAsStranger(old);
        authority.setGuardians(RECORD, guardians(), 1, by);

        vm.assertFalse(mayAct(old, 1));
        vm.assertTrue(mayAct(HEIR, 31));
    }
}
