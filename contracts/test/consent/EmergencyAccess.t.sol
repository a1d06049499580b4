// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    BreakGlass,
    EmergencyPolicy,
    IEmergencyAccess,
    Scope,
    Verdict
} from "../../src/consent/IEmergencyAccess.sol";
import {ActionKind, KeyUse} from "../../src/identity/IOrganizations.sol";
import {IIntentGuard, Intent} from "../../src/identity/IIntentGuard.sol";
import {Roles} from "../../src/identity/Roles.sol";
import {Emergencies} from "./Emergencies.sol";

contract EmergencyAccess_breakGlass_Test is Emergencies {
    function _refusesToOpen(uint256 key, bytes32 id, uint128 record, uint256 site, bytes memory why)
        private
    {
        Intent memory by = onOpening(key, id, record, site);
        vm.expectRevert(why);
        emergency.breakGlass(id, record, vm.addr(site), REASON, by);
    }

    function _notClinician(uint256 site, uint256 key) private pure returns (bytes memory) {
        return abi.encodeWithSelector(
            IEmergencyAccess.EmergencyAccess_NotClinician.selector, vm.addr(site), vm.addr(key)
        );
    }

    function test_RevertWhen_TheIdNamesAnotherSigner() external {
        bytes32 id = newId(NURSE);
        _refusesToOpen(
            MEDIC,
            id,
            RECORD,
            SITE,
            abi.encodeWithSelector(
                IEmergencyAccess.EmergencyAccess_ForeignId.selector, id, vm.addr(MEDIC)
            )
        );
    }

    function test_RevertGiven_TheIdIsTaken() external {
        bytes32 id = open(MEDIC);
        _refusesToOpen(
            MEDIC,
            id,
            RECORD,
            SITE,
            abi.encodeWithSelector(IEmergencyAccess.EmergencyAccess_AlreadyExists.selector, id)
        );
    }

    function test_RevertWhen_TheSignerActsForNoEmergencyHospital() external {
        uint256[3] memory keys = [STRANGER, HOSPITAL, OFFICE];
        for (uint256 i; i < keys.length; ++i) {
            _refusesToOpen(keys[i], newId(keys[i]), RECORD, SITE, _notClinician(SITE, keys[i]));
            _refusesToOpen(
                keys[i], newId(keys[i]), RECORD, keys[i], _notClinician(keys[i], keys[i])
            );
        }
    }

    function test_RevertWhen_TheSignerActsForAnotherSite() external {
        _refusesToOpen(MEDIC, newId(MEDIC), RECORD, OTHER_SITE, _notClinician(OTHER_SITE, MEDIC));
    }

    function test_RevertGiven_TheHospitalLostTheRole() external {
        decide(act(ActionKind.SetRoles, vm.addr(SITE), Roles.HOSPITAL));
        _refusesToOpen(MEDIC, newId(MEDIC), RECORD, SITE, _notClinician(SITE, MEDIC));
    }

    function test_RevertGiven_TheRecordIsNotEnrolled() external {
        _refusesToOpen(
            MEDIC,
            newId(MEDIC),
            7,
            SITE,
            abi.encodeWithSelector(
                IEmergencyAccess.EmergencyAccess_UnknownRecord.selector, uint128(7)
            )
        );
    }

    function test_RevertGiven_TheRecordIsErased() external {
        erase();
        _refusesToOpen(
            MEDIC,
            newId(MEDIC),
            RECORD,
            SITE,
            abi.encodeWithSelector(IEmergencyAccess.EmergencyAccess_Erased.selector, RECORD)
        );
    }

    function test_RevertGiven_ThePatientForbidsIt() external {
        set(EmergencyPolicy.Forbid);
        _refusesToOpen(
            MEDIC,
            newId(MEDIC),
            RECORD,
            SITE,
            abi.encodeWithSelector(
                IEmergencyAccess.EmergencyAccess_EmergencyForbidden.selector, RECORD
            )
        );
    }

    function test_RevertWhen_AnArgumentDiffersFromTheSigned() external {
        bytes32 id = newId(MEDIC);
        Intent memory by = onOpening(MEDIC, id, RECORD, SITE);
        vm.expectRevert(
            abi.encodeWithSelector(IIntentGuard.IntentGuard_BadSignature.selector, by.signer)
        );
        emergency.breakGlass(id, RECORD, vm.addr(SITE), "another", by);
    }

    function test_GivenAReviewIsOverdue() external {
        open(MEDIC);
        vm.warp(START + DAY);
        vm.assertFalse(emergency.isReviewOverdue(vm.addr(MEDIC)));
        vm.warp(START + DAY + 1);
        bytes32 id = open(MEDIC);

        vm.assertTrue(emergency.isReviewOverdue(vm.addr(MEDIC)));
        vm.assertTrue(emergency.scopeOf(id) == Scope.Nothing);
        vm.assertTrue(emergency.scopeOf(open(NURSE)) == Scope.Summary);
    }

    function test_GivenFiveWereOpenedWithinADay() external {
        for (uint64 i; i < 5; ++i) {
            vm.warp(START + i);
            bytes32 id = open(MEDIC);
            review(id);
            vm.assertTrue(emergency.scopeOf(id) == Scope.Summary);
        }
        vm.warp(START + DAY - 1);
        vm.assertTrue(emergency.needsSecond(vm.addr(MEDIC)));
        bytes32 sixth = open(MEDIC);
        review(sixth);
        vm.assertTrue(emergency.scopeOf(sixth) == Scope.Nothing);

        // The second of the five is now the fifth before the next.
        vm.warp(START + DAY + 1);
        vm.assertTrue(emergency.scopeOf(open(MEDIC)) == Scope.Summary);
    }

    function test_WhenAClinicianOpens() external {
        bytes32 id = newId(MEDIC);
        Intent memory by = onOpening(MEDIC, id, RECORD, SITE);
        bytes memory call =
            abi.encodeCall(emergency.breakGlass, (id, RECORD, vm.addr(SITE), REASON, by));

        vm.expectEmit(address(emergency));
        emit IEmergencyAccess.BreakGlassOpened(
            id, RECORD, vm.addr(SITE), REASON, Scope.Summary, START + OPEN_TIME
        );
        (bool isDone,) = address(emergency).call(call);

        vm.assertTrue(isDone);
        vm.assertTrue(emergency.scopeOf(id) == Scope.Summary);
        vm.assertEq(
            abi.encode(
                BreakGlass(
                    RECORD,
                    vm.addr(SITE),
                    vm.addr(MEDIC),
                    address(0),
                    Scope.Summary,
                    START,
                    START + OPEN_TIME,
                    0
                )
            ),
            abi.encode(emergency.breakGlassState(id))
        );
    }

    /// The whole transaction of a clinician's first opening, when nothing is warm but the contract.
    function test_OpeningCostsAtMost120000() external {
        bytes32 id = newId(MEDIC);
        Intent memory by = onOpening(MEDIC, id, RECORD, SITE);
        bytes memory call =
            abi.encodeCall(emergency.breakGlass, (id, RECORD, vm.addr(SITE), REASON, by));
        uint256 before = gasleft();
        (bool isDone,) = address(emergency).call(call);
        uint256 gas = before - gasleft() + 21_000;
        for (uint256 i; i < call.length; ++i) {
            gas += call[i] == 0 ? 4 : 16;
        }
        vm.snapshotValue("EmergencyAccess", "breakGlass, first of a clinician, all in", gas);

        vm.assertTrue(isDone);
        vm.assertTrue(gas <= 120_000);
    }
}

contract EmergencyAccess_widenBreakGlass_Test is Emergencies {
    function test_RevertGiven_TheOpeningIsUnknown() external {
        Intent memory by = onOpened(NURSE, "WidenBreakGlass", "nothing");
        refuses(IEmergencyAccess.EmergencyAccess_UnknownOpening.selector, "nothing");
        emergency.widenBreakGlass("nothing", by);
    }

    function test_RevertGiven_TheOpeningHasEnded() external {
        bytes32 id = open(MEDIC);
        vm.warp(START + OPEN_TIME);
        Intent memory by = onOpened(NURSE, "WidenBreakGlass", id);
        refuses(IEmergencyAccess.EmergencyAccess_OpeningEnded.selector, id);
        emergency.widenBreakGlass(id, by);
    }

    function test_RevertWhen_TheSameClinicianSigns() external {
        bytes32 id = open(MEDIC);
        Intent memory by = onOpened(MEDIC, "WidenBreakGlass", id);
        refuses(IEmergencyAccess.EmergencyAccess_SameSigner.selector, keyOf(MEDIC));
        emergency.widenBreakGlass(id, by);
    }

    function test_RevertWhen_AClinicianOfAnotherSiteSigns() external {
        bytes32 id = open(MEDIC);
        Intent memory by = onOpened(OTHER_SITE, "WidenBreakGlass", id);
        refusesAsClinician(SITE, OTHER_SITE);
        emergency.widenBreakGlass(id, by);
    }

    function test_RevertGiven_ItIsAsWideAsCanBe() external {
        bytes32 id = open(MEDIC);
        widen(NURSE, id);
        Intent memory by = onOpened(NURSE, "WidenBreakGlass", id);
        refuses(IEmergencyAccess.EmergencyAccess_AlreadyWide.selector, id);
        emergency.widenBreakGlass(id, by);
    }

    function test_RevertGiven_ThePatientAllowsTheSummaryOnly() external {
        set(EmergencyPolicy.SummaryOnly);
        bytes32 id = open(MEDIC);
        Intent memory by = onOpened(NURSE, "WidenBreakGlass", id);
        refuses(
            IEmergencyAccess.EmergencyAccess_EmergencyForbidden.selector, bytes32(uint256(RECORD))
        );
        emergency.widenBreakGlass(id, by);

        vm.assertTrue(emergency.scopeOf(id) == Scope.Summary);
    }

    function test_RevertGiven_TheRecordWasErasedMeanwhile() external {
        bytes32 id = open(MEDIC);
        erase();
        Intent memory by = onOpened(NURSE, "WidenBreakGlass", id);
        refuses(IEmergencyAccess.EmergencyAccess_Erased.selector, bytes32(uint256(RECORD)));
        emergency.widenBreakGlass(id, by);
    }

    function test_GivenItReleasedNothing() external {
        open(MEDIC);
        vm.warp(START + DAY + 1);
        bytes32 id = open(MEDIC);
        vm.assertTrue(emergency.scopeOf(id) == Scope.Nothing);

        widen(NURSE, id);
        vm.assertTrue(emergency.scopeOf(id) == Scope.Summary);
        widen(NURSE, id);
        vm.assertTrue(emergency.scopeOf(id) == Scope.Record);
    }

    function test_GivenItReleasedTheSummary() external {
        bytes32 id = open(MEDIC);
        vm.warp(START + 60);
        Intent memory by = onOpened(NURSE, "WidenBreakGlass", id);

        vm.expectEmit(address(emergency));
        emit IEmergencyAccess.BreakGlassWidened(id, RECORD, vm.addr(NURSE), Scope.Record);
        emergency.widenBreakGlass(id, by);

        BreakGlass memory state = emergency.breakGlassState(id);
        vm.assertTrue(emergency.scopeOf(id) == Scope.Record);
        vm.assertEq(vm.addr(NURSE), state.second);
        vm.assertEq(START + OPEN_TIME, state.expiresAt);
    }
}

contract EmergencyAccess_closeBreakGlass_Test is Emergencies {
    function test_RevertGiven_TheOpeningIsUnknown() external {
        Intent memory by = onOpened(MEDIC, "CloseBreakGlass", "nothing");
        refuses(IEmergencyAccess.EmergencyAccess_UnknownOpening.selector, "nothing");
        emergency.closeBreakGlass("nothing", by);
    }

    function test_RevertGiven_TheOpeningHasEnded() external {
        bytes32 id = open(MEDIC);
        emergency.closeBreakGlass(id, onOpened(MEDIC, "CloseBreakGlass", id));
        Intent memory by = onOpened(MEDIC, "CloseBreakGlass", id);
        refuses(IEmergencyAccess.EmergencyAccess_OpeningEnded.selector, id);
        emergency.closeBreakGlass(id, by);
    }

    function test_RevertWhen_NeitherAClinicianOfTheSiteNorTheControllerSigns() external {
        bytes32 id = open(MEDIC);
        Intent memory by = onOpened(OTHER_SITE, "CloseBreakGlass", id);
        refusesAsClinician(SITE, OTHER_SITE);
        emergency.closeBreakGlass(id, by);
    }

    function test_WhenTheControllerSigns() external {
        bytes32 id = open(MEDIC);
        emergency.closeBreakGlass(id, onOpened(PATIENT, "CloseBreakGlass", id));

        vm.assertTrue(emergency.scopeOf(id) == Scope.Nothing);
    }

    function test_WhenAClinicianOfTheSiteSigns() external {
        bytes32 id = open(MEDIC);
        vm.warp(START + 60);
        Intent memory by = onOpened(NURSE, "CloseBreakGlass", id);

        vm.expectEmit(address(emergency));
        emit IEmergencyAccess.BreakGlassClosed(id, RECORD, vm.addr(NURSE));
        emergency.closeBreakGlass(id, by);

        vm.assertTrue(emergency.scopeOf(id) == Scope.Nothing);
        vm.assertEq(START + 60, emergency.breakGlassState(id).expiresAt);
    }
}

contract EmergencyAccess_scopeOf_Test is Emergencies {
    function test_GivenTheOpeningIsUnknown() external view {
        vm.assertTrue(emergency.scopeOf("nothing") == Scope.Nothing);
        vm.assertEq(0, emergency.breakGlassState("nothing").openedAt);
    }

    function test_WhenItIsInItsLastSecond() external {
        bytes32 id = open(MEDIC);
        vm.warp(START + OPEN_TIME - 1);
        vm.assertTrue(emergency.scopeOf(id) == Scope.Summary);
    }

    function test_WhenItIsInItsFirstSecondAfter() external {
        bytes32 id = open(MEDIC);
        vm.warp(START + OPEN_TIME);
        vm.assertTrue(emergency.scopeOf(id) == Scope.Nothing);
    }

    function test_GivenTheKeyOfTheClinicianWasRetired() external {
        bytes32 id = open(MEDIC);
        vm.warp(START + 60);
        retireKey(SITE, MEDIC, KeyUse.Act, START + 61);
        vm.assertTrue(emergency.scopeOf(id) == Scope.Summary);
        vm.warp(START + 61);
        vm.assertTrue(emergency.scopeOf(id) == Scope.Nothing);
        vm.assertEq(vm.addr(SITE), emergency.breakGlassState(id).site);
    }

    function test_GivenTheHospitalWasSuspended() external {
        bytes32 id = open(MEDIC);
        decide(act(ActionKind.Suspend, vm.addr(SITE), 0));
        vm.assertTrue(emergency.scopeOf(id) == Scope.Nothing);
    }

    function test_GivenTheRecordWasErased() external {
        bytes32 id = open(MEDIC);
        erase();
        vm.assertTrue(emergency.scopeOf(id) == Scope.Nothing);
    }
}
