// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthority} from "../../src/consent/IAuthority.sol";
import {IIntentGuard, Intent} from "../../src/identity/IIntentGuard.sol";
import {Controlling} from "./Controlling.sol";

/// Guardians that a test compares.
abstract contract Guarding is Controlling {
    function hasGuardians(address[] memory expected, uint8 least) internal view {
        (address[] memory present, uint8 threshold,,,) = authority.guardiansOf(RECORD);
        vm.assertEq(abi.encode(expected), abi.encode(present));
        vm.assertEq(least, threshold);
        vm.assertEq(expected.length, authority.controlOf(RECORD).guardians);
        vm.assertEq(least, authority.controlOf(RECORD).threshold);
    }

    function waits(address[] memory expected, uint8 least, uint64 at) internal view {
        (,, address[] memory next, uint8 threshold, uint64 from) = authority.guardiansOf(RECORD);
        vm.assertEq(abi.encode(expected), abi.encode(next));
        vm.assertEq(least, threshold);
        vm.assertEq(at, from);
    }

    function nothingWaits() internal view {
        waits(new address[](0), 0, 0);
    }
}

contract Authority_setGuardians_Test is Guarding {
    function _refuses(address[] memory list, uint8 threshold, bytes memory why) private {
        Intent memory by = onGuardians(PATIENT, list, threshold);
        vm.expectRevert(why);
        authority.setGuardians(RECORD, list, threshold, by);
    }

    function test_RevertGiven_TheRecordIsNotEnrolled() external {
        Intent memory by = onGuardians(PATIENT, 7, guardians(), 2);
        refusesAsUnknown(7);
        authority.setGuardians(7, guardians(), 2, by);
    }

    function test_RevertGiven_TheRecordIsErased() external {
        erase();
        _refuses(
            guardians(), 2, abi.encodeWithSelector(IAuthority.Authority_Erased.selector, RECORD)
        );
    }

    function test_RevertWhen_AnotherThanTheControllerSigns() external {
        guarded();
        Intent memory by = onGuardians(GUARDIAN, guardians(), 1);
        refusesAsStranger(GUARDIAN);
        authority.setGuardians(RECORD, guardians(), 1, by);
    }

    function test_RevertWhen_ThereAreMoreThanSixteen() external {
        _refuses(
            addressesOf(GUARDIAN, 17),
            2,
            abi.encodeWithSelector(IAuthority.Authority_TooMany.selector, 17, 16)
        );
        setGuardians(addressesOf(GUARDIAN, 16), 16);
    }

    function test_RevertWhen_TheThresholdCannotBeMet() external {
        bytes4 reason = IAuthority.Authority_BadThreshold.selector;
        _refuses(guardians(), 0, abi.encodeWithSelector(reason, 0, 3));
        _refuses(guardians(), 4, abi.encodeWithSelector(reason, 4, 3));
        _refuses(new address[](0), 1, abi.encodeWithSelector(reason, 1, 0));
    }

    function test_RevertWhen_TheyAreNotInAscendingOrder() external {
        bytes4 reason = IAuthority.Authority_SameSigner.selector;
        address[] memory twice = guardians();
        twice[1] = twice[0];
        _refuses(twice, 2, abi.encodeWithSelector(reason, twice[0]));
        address[] memory swapped = guardians();
        (swapped[0], swapped[1]) = (swapped[1], swapped[0]);
        _refuses(swapped, 2, abi.encodeWithSelector(reason, swapped[1]));
        address[] memory withNobody = guardians();
        withNobody[0] = address(0);
        _refuses(withNobody, 2, abi.encodeWithSelector(reason, address(0)));
    }

    function test_RevertWhen_TheListDiffersFromTheSigned() external {
        Intent memory by = onGuardians(PATIENT, guardians(), 2);
        vm.expectRevert(
            abi.encodeWithSelector(IIntentGuard.IntentGuard_BadSignature.selector, vm.addr(PATIENT))
        );
        authority.setGuardians(RECORD, addressesOf(GUARDIAN, 2), 2, by);
    }

    function test_RevertGiven_ARecoveryRuns() external {
        guarded();
        recovering();
        Intent memory by = onGuardians(PATIENT, guardians(), 3);
        refusesAsPending(START + WAIT);
        authority.setGuardians(RECORD, guardians(), 3, by);
    }

    function test_GivenThereAreNoneYet() external {
        Intent memory by = onGuardians(PATIENT, guardians(), 2);
        vm.expectEmit(address(authority));
        emit IAuthority.GuardiansSet(RECORD, guardians(), 2, START);
        authority.setGuardians(RECORD, guardians(), 2, by);

        hasGuardians(guardians(), 2);
        nothingWaits();
    }

    function test_GivenThereAreSome() external {
        guarded();
        open(GUARDIAN, HEIR);
        address[] memory next = addressesOf(GUARDIAN, 4);
        setGuardians(next, 2);
        vm.warp(START + WAIT - 1);
        hasGuardians(guardians(), 2);
        waits(next, 2, START + WAIT);
        vm.warp(START + WAIT);
        hasGuardians(next, 2);
        nothingWaits();
        open(GUARDIAN + 1, HEIR);

        vm.assertFalse(authority.isRecovering(RECORD));
    }

    function test_GivenAChangeWaits() external {
        guarded();
        setGuardians(addressesOf(GUARDIAN, 4), 2);
        vm.warp(START + DAY);
        setGuardians(addressesOf(GUARDIAN, 2), 1);
        vm.warp(START + WAIT);
        hasGuardians(guardians(), 2);
        waits(addressesOf(GUARDIAN, 2), 1, START + DAY + WAIT);
        vm.warp(START + DAY + WAIT);

        hasGuardians(addressesOf(GUARDIAN, 2), 1);
    }

    function test_WhenTheListIsEmpty() external {
        guarded();
        setGuardians(new address[](0), 0);
        hasGuardians(guardians(), 2);
        vm.warp(START + WAIT);
        hasGuardians(new address[](0), 0);
        guarded();

        hasGuardians(guardians(), 2);
    }

    function testFuzz_AnyNumberAndThresholdTakeEffect(uint8 count, uint8 threshold) external {
        count = uint8(bound(count, 1, 16));
        threshold = uint8(bound(threshold, 1, count));
        setGuardians(addressesOf(GUARDIAN, count), threshold);

        hasGuardians(addressesOf(GUARDIAN, count), threshold);
    }
}

contract Authority_cancelGuardians_Test is Guarding {
    address[] private _next = addressesOf(GUARDIAN + 3, 1);

    constructor() {
        guarded();
    }

    function _refuses(uint256 key, bytes memory why) private {
        Intent memory by = onRecord(key, "CancelGuardians");
        vm.expectRevert(why);
        authority.cancelGuardians(RECORD, by);
    }

    function _notGuardian(uint256 key) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(IAuthority.Authority_NotGuardian.selector, RECORD, vm.addr(key));
    }

    function _nothing() private pure returns (bytes memory) {
        return abi.encodeWithSelector(IAuthority.Authority_NothingPending.selector, RECORD);
    }

    function test_RevertGiven_TheRecordIsNotEnrolled() external {
        Intent memory by = onRecord(GUARDIAN, "CancelGuardians", 7);
        refusesAsUnknown(7);
        authority.cancelGuardians(7, by);
    }

    function test_RevertGiven_TheRecordIsErased() external {
        setGuardians(_next, 1);
        erase();
        _refuses(GUARDIAN, abi.encodeWithSelector(IAuthority.Authority_Erased.selector, RECORD));
    }

    function test_RevertWhen_AnotherThanGuardianOrControllerSigns() external {
        setGuardians(_next, 1);
        _refuses(STRANGER, _notGuardian(STRANGER));
    }

    function test_RevertWhen_AGuardianToBeSigns() external {
        setGuardians(_next, 1);
        _refuses(GUARDIAN + 3, _notGuardian(GUARDIAN + 3));
    }

    function test_RevertGiven_NoChangeWaits() external {
        _refuses(GUARDIAN, _nothing());
    }

    function test_RevertGiven_TheChangeHasTakenEffect() external {
        setGuardians(_next, 1);
        vm.warp(START + WAIT);
        _refuses(GUARDIAN, _notGuardian(GUARDIAN));
        _refuses(GUARDIAN + 3, _nothing());
    }

    function test_WhenAPresentGuardianSigns() external {
        setGuardians(_next, 1);
        vm.warp(START + WAIT - 1);
        Intent memory by = onRecord(GUARDIAN + 2, "CancelGuardians");
        vm.expectEmit(address(authority));
        emit IAuthority.GuardiansCancelled(RECORD, by.signer);
        authority.cancelGuardians(RECORD, by);
        vm.warp(START + WAIT);

        hasGuardians(guardians(), 2);
        nothingWaits();
    }

    function test_WhenTheControllerSigns() external {
        setGuardians(_next, 1);
        authority.cancelGuardians(RECORD, onRecord(PATIENT, "CancelGuardians"));
        vm.warp(START + WAIT);

        hasGuardians(guardians(), 2);
    }
}
