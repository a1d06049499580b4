// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {Delegation, IAuthority, Powers} from "../../src/consent/IAuthority.sol";
import {ICondition} from "../../src/consent/ICondition.sol";
import {IIntentGuard, Intent} from "../../src/identity/IIntentGuard.sol";
import {Controlling} from "./Controlling.sol";

contract Authority_rotate_Test is Controlling {
    address private immutable NEW = vm.addr(HEIR);

    function test_RevertGiven_TheRecordIsNotEnrolled() external {
        Intent memory by = onController(PATIENT, "Rotate", 7, NEW);
        refusesAsUnknown(7);
        authority.rotate(7, NEW, by);
    }

    function test_RevertGiven_TheRecordIsErased() external {
        erase();
        Intent memory by = onController(PATIENT, "Rotate", NEW);
        refusesAsErased();
        authority.rotate(RECORD, NEW, by);
    }

    function test_RevertWhen_AnotherThanTheControllerSigns() external {
        Intent memory by = onController(HEIR, "Rotate", NEW);
        refusesAsStranger(HEIR);
        authority.rotate(RECORD, NEW, by);
    }

    function test_RevertWhen_TheNewControllerCannotBeOne() external {
        address[3] memory wrong = [address(0), vm.addr(PATIENT), authority.accountOf(RECORD)];
        for (uint256 i; i < 3; ++i) {
            Intent memory by = onController(PATIENT, "Rotate", wrong[i]);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IAuthority.Authority_BadController.selector, RECORD, wrong[i]
                )
            );
            authority.rotate(RECORD, wrong[i], by);
        }
    }

    function test_RevertGiven_ARecoveryRuns() external {
        guarded();
        recovering();
        Intent memory by = onController(PATIENT, "Rotate", NEW);
        refusesAsPending(START + WAIT);
        authority.rotate(RECORD, NEW, by);
    }

    function test_WhenTheControllerSigns() external {
        guarded();
        open(GUARDIAN, STRANGER);
        Intent memory by = onController(PATIENT, "Rotate", NEW);
        vm.expectEmit(address(authority));
        emit IAuthority.Rotated(RECORD, NEW, 1);
        authority.rotate(RECORD, NEW, by);
        open(GUARDIAN + 1, STRANGER);

        vm.assertEq(NEW, authority.controllerOf(RECORD));
        vm.assertEq(1, authority.epochOf(RECORD));
        vm.assertFalse(authority.isRecovering(RECORD));
    }
}

contract Authority_erase_Test is Controlling {
    function test_RevertGiven_TheRecordIsNotEnrolled() external {
        Intent memory by = onRecord(PATIENT, "Erase", 7);
        refusesAsUnknown(7);
        authority.erase(7, by);
    }

    function test_RevertGiven_TheRecordIsErased() external {
        erase();
        Intent memory by = onRecord(PATIENT, "Erase");
        refusesAsErased();
        authority.erase(RECORD, by);
    }

    function test_RevertWhen_AnotherThanTheControllerSigns() external {
        appoint(DELEGATE, delegationOf(Powers.ALL));
        Intent memory by = onRecord(DELEGATE, "Erase");
        refusesAsStranger(DELEGATE);
        authority.erase(RECORD, by);
    }

    function test_GivenARecoveryRuns() external {
        guarded();
        recovering();
        erase();

        vm.assertFalse(authority.isRecovering(RECORD));
    }

    function test_WhenTheControllerSigns() external {
        appoint(DELEGATE, delegationOf(Powers.ALL));
        Intent memory by = onRecord(PATIENT, "Erase");
        vm.expectEmit(address(authority));
        emit IAuthority.Erased(RECORD, START);
        authority.erase(RECORD, by);

        vm.assertEq(START, authority.erasedAt(RECORD));
        vm.assertEq(START, authority.controlOf(RECORD).erasedAt);
        vm.assertFalse(mayAct(PATIENT, Powers.READ));
        vm.assertFalse(mayAct(DELEGATE, Powers.READ));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(PATIENT, "digest");
        bytes4 said = IERC1271(authority.accountOf(RECORD))
            .isValidSignature("digest", abi.encodePacked(r, s, v));
        vm.assertTrue(said == IERC1271.isValidSignature.selector);
    }
}

contract Authority_appoint_Test is Controlling {
    address private immutable WHO = vm.addr(DELEGATE);

    function _refuses(Delegation memory delegation, bytes memory why) private {
        Intent memory by = onDelegation(PATIENT, WHO, delegation);
        vm.expectRevert(why);
        authority.appoint(RECORD, WHO, delegation, by);
    }

    function _refusesWindow(uint64 first, uint64 last) private {
        Delegation memory delegation = delegationOf(Powers.READ);
        (delegation.notBefore, delegation.notAfter) = (first, last);
        _refuses(
            delegation, abi.encodeWithSelector(IAuthority.Authority_BadWindow.selector, first, last)
        );
    }

    function _refusesPowers(uint16 powers) private {
        _refuses(
            delegationOf(powers),
            abi.encodeWithSelector(IAuthority.Authority_UnknownPower.selector, powers)
        );
    }

    function test_RevertGiven_TheRecordIsNotEnrolled() external {
        Intent memory by = onDelegation(PATIENT, 7, WHO, delegationOf(1));
        refusesAsUnknown(7);
        authority.appoint(7, WHO, delegationOf(1), by);
    }

    function test_RevertGiven_TheRecordIsErased() external {
        erase();
        _refuses(
            delegationOf(1), abi.encodeWithSelector(IAuthority.Authority_Erased.selector, RECORD)
        );
    }

    function test_RevertWhen_AnotherThanTheControllerSigns() external {
        appoint(DELEGATE, delegationOf(Powers.ALL));
        Intent memory by = onDelegation(DELEGATE, WHO, delegationOf(1));
        refusesAsStranger(DELEGATE);
        authority.appoint(RECORD, WHO, delegationOf(1), by);
    }

    function test_RevertWhen_TheWindowIsEmptyOrHasEnded() external {
        _refusesWindow(START + 1, START + 1);
        _refusesWindow(START + 2, START + 1);
        _refusesWindow(START - 1, START);
    }

    function test_RevertWhen_TheWindowEndsAfterMoreThanTenYears() external {
        _refusesWindow(START, START + 3_655 * DAY + 1);
        Delegation memory longest = delegationOf(1);
        longest.notAfter = START + 3_655 * DAY;
        appoint(DELEGATE, longest);
    }

    function test_RevertWhen_APowerIsUnknownOrNoneIsGiven() external {
        _refusesPowers(0);
        _refusesPowers(32);
        _refusesPowers(33);
    }

    function test_RevertWhen_TheDelegateIsNobody() external {
        Intent memory by = onDelegation(PATIENT, address(0), delegationOf(1));
        vm.expectRevert(
            abi.encodeWithSelector(
                IAuthority.Authority_UnknownDelegate.selector, RECORD, address(0)
            )
        );
        authority.appoint(RECORD, address(0), delegationOf(1), by);
    }

    function test_RevertWhen_ATermDiffersFromTheSigned() external {
        Intent memory by = onDelegation(PATIENT, WHO, delegationOf(Powers.READ));
        vm.expectRevert(
            abi.encodeWithSelector(IIntentGuard.IntentGuard_BadSignature.selector, vm.addr(PATIENT))
        );
        authority.appoint(RECORD, WHO, delegationOf(Powers.GRANT), by);
    }

    function test_WhenTheControllerSigns() external {
        Delegation memory delegation = delegationOf(Powers.READ | Powers.GRANT);
        Intent memory by = onDelegation(PATIENT, WHO, delegation);
        vm.expectEmit(address(authority));
        emit IAuthority.Appointed(RECORD, WHO, delegation);
        authority.appoint(RECORD, WHO, delegation, by);

        vm.assertEq(abi.encode(delegation), abi.encode(authority.delegationOf(RECORD, WHO)));
    }

    function test_GivenAnEarlierDelegationToTheSameKey() external {
        appoint(DELEGATE, delegationOf(Powers.ALL));
        appoint(DELEGATE, delegationOf(Powers.NOTIFY));

        vm.assertFalse(mayAct(DELEGATE, Powers.READ));
        vm.assertTrue(mayAct(DELEGATE, Powers.NOTIFY));
    }
}

contract Authority_dismiss_Test is Controlling {
    address private immutable WHO = vm.addr(DELEGATE);

    function test_RevertGiven_TheRecordIsNotEnrolled() external {
        Intent memory by = onDismissal(PATIENT, 7, WHO);
        refusesAsUnknown(7);
        authority.dismiss(7, WHO, by);
    }

    function test_RevertGiven_TheRecordIsErased() external {
        appoint(DELEGATE, delegationOf(1));
        erase();
        Intent memory by = onDismissal(PATIENT, WHO);
        refusesAsErased();
        authority.dismiss(RECORD, WHO, by);
    }

    function test_RevertWhen_AnotherThanTheControllerSigns() external {
        appoint(DELEGATE, delegationOf(1));
        Intent memory by = onDismissal(STRANGER, WHO);
        refusesAsStranger(STRANGER);
        authority.dismiss(RECORD, WHO, by);
    }

    function test_RevertGiven_ThereIsNoSuchDelegate() external {
        Intent memory by = onDismissal(PATIENT, WHO);
        refuses(IAuthority.Authority_UnknownDelegate.selector, DELEGATE);
        authority.dismiss(RECORD, WHO, by);
    }

    function test_WhenTheControllerSigns() external {
        appoint(DELEGATE, delegationOf(1));
        Intent memory by = onDismissal(PATIENT, WHO);
        vm.expectEmit(address(authority));
        emit IAuthority.Dismissed(RECORD, WHO);
        authority.dismiss(RECORD, WHO, by);

        vm.assertFalse(mayAct(DELEGATE, 1));
    }
}

/// A condition that answers as it is told.
contract Answering is ICondition {
    bytes private _said;

    constructor(bytes memory said) {
        _said = said;
    }

    function holds(bytes32) external view returns (bool) {
        bytes memory said = _said;
        assembly ("memory-safe") {
            return(add(said, 32), mload(said))
        }
    }
}

/// A condition that says yes to one key only.
contract Choosing is ICondition {
    function holds(bytes32 conditionKey) external pure returns (bool) {
        return conditionKey == "chosen";
    }
}

/// A condition that never ends.
contract Endless is ICondition {
    function holds(bytes32) external pure returns (bool) {
        for (uint256 i; i < type(uint256).max; ++i) {}
        return true;
    }
}

/// A condition that reverts.
contract Refusing is ICondition {
    function holds(bytes32) external pure returns (bool) {
        revert("no");
    }
}

contract Authority_mayAct_Test is Controlling {
    function _given(address condition, bytes32 conditionKey) private returns (bool) {
        Delegation memory delegation = delegationOf(Powers.READ);
        (delegation.condition, delegation.conditionKey) = (condition, conditionKey);
        appoint(DELEGATE, delegation);
        return mayAct(DELEGATE, Powers.READ);
    }

    function test_GivenTheRecordIsNotEnrolled() external view {
        vm.assertFalse(authority.mayAct(7, vm.addr(PATIENT), Powers.READ));
        vm.assertFalse(authority.mayAct(7, address(0), Powers.READ));
    }

    function test_GivenTheRecordIsErased() external {
        erase();

        vm.assertFalse(mayAct(PATIENT, Powers.READ));
    }

    function test_WhenTheKeyIsTheController() external view {
        vm.assertTrue(mayAct(PATIENT, Powers.ALL));
    }

    function test_WhenNoPowerIsAskedFor() external {
        appoint(DELEGATE, delegationOf(Powers.ALL));

        vm.assertFalse(mayAct(DELEGATE, 0));
        vm.assertFalse(mayAct(STRANGER, 0));
        vm.assertFalse(mayAct(PATIENT, 0));
    }

    function test_WhenTheKeyIsADelegateWithAllThePowers() external {
        appoint(DELEGATE, delegationOf(Powers.GRANT | Powers.REVOKE));

        vm.assertTrue(mayAct(DELEGATE, Powers.GRANT));
        vm.assertTrue(mayAct(DELEGATE, Powers.GRANT | Powers.REVOKE));
    }

    function test_WhenAPowerIsMissing() external {
        appoint(DELEGATE, delegationOf(Powers.GRANT));

        vm.assertFalse(mayAct(DELEGATE, Powers.READ));
        vm.assertFalse(mayAct(DELEGATE, Powers.GRANT | Powers.READ));
        vm.assertFalse(mayAct(STRANGER, Powers.GRANT));
    }

    function test_WhenItsWindowHasNotBegunOrHasEnded() external {
        Delegation memory delegation = delegationOf(Powers.READ);
        (delegation.notBefore, delegation.notAfter) = (START + 10, START + 20);
        appoint(DELEGATE, delegation);
        uint64[4] memory times = [START + 9, START + 10, START + 19, START + 20];
        bool[4] memory expected = [false, true, true, false];
        for (uint256 i; i < 4; ++i) {
            vm.warp(times[i]);
            vm.assertEq(expected[i], mayAct(DELEGATE, Powers.READ));
        }
    }

    function test_WhenControlHasChangedSince() external {
        appoint(DELEGATE, delegationOf(Powers.ALL));
        rotate(PATIENT, HEIR);
        vm.assertFalse(mayAct(DELEGATE, Powers.READ));
        vm.assertEq(0, authority.delegationOf(RECORD, vm.addr(DELEGATE)).powers);
        rotate(HEIR, PATIENT);

        vm.assertFalse(mayAct(DELEGATE, Powers.READ));
    }

    function test_GivenTheConditionHolds() external {
        vm.assertTrue(_given(address(new Choosing()), "chosen"));
        vm.assertTrue(_given(address(0), "any"));
    }

    function test_GivenTheConditionDoesNotHold() external {
        vm.assertFalse(_given(address(new Choosing()), "other"));
    }

    function test_GivenTheConditionFails() external {
        vm.assertFalse(_given(address(new Refusing()), 0));
        vm.assertFalse(_given(address(new Endless()), 0));
        vm.assertFalse(_given(vm.addr(STRANGER), 0));
        vm.assertFalse(_given(address(new Answering(abi.encode(2))), 0));
        vm.assertFalse(_given(address(new Answering("")), 0));
        vm.assertFalse(_given(address(new Answering(abi.encode(1, 1))), 0));
        vm.assertTrue(_given(address(new Answering(abi.encode(1))), 0));
    }

    function testFuzz_ADelegateHasExactlyItsPowers(uint16 powers, uint16 asked) external {
        powers = uint16(bound(powers, 1, Powers.ALL));
        appoint(DELEGATE, delegationOf(powers));
        bool expected = asked != 0 && asked & ~powers == 0;

        vm.assertEq(expected, mayAct(DELEGATE, asked));
    }
}
