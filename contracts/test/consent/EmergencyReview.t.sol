// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    EmergencyPolicy,
    IEmergencyAccess,
    Scope,
    Verdict
} from "../../src/consent/IEmergencyAccess.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Emergencies} from "./Emergencies.sol";

contract EmergencyAccess_reviewBreakGlass_Test is Emergencies {
    function test_RevertGiven_TheOpeningIsUnknown() external {
        Intent memory by = onReview(OFFICE, "nothing", Verdict.Unclear);
        refuses(IEmergencyAccess.EmergencyAccess_UnknownOpening.selector, "nothing");
        emergency.reviewBreakGlass("nothing", Verdict.Unclear, "finding", by);
    }

    function _refusesToReview(uint256 key) private {
        bytes32 id = open(MEDIC);
        Intent memory by = onReview(key, id, Verdict.Justified);
        refusesAsOfficer(key);
        emergency.reviewBreakGlass(id, Verdict.Justified, "finding", by);
    }

    function test_RevertWhen_TheSignerIsNoPrivacyOfficer() external {
        _refusesToReview(NURSE);
        _refusesToReview(SITE);
        _refusesToReview(STRANGER);
    }

    function test_RevertWhen_TheOfficeIsNotLinkedToTheSite() external {
        _refusesToReview(OTHER_OFFICE);
    }

    function test_RevertGiven_ItWasReviewed() external {
        bytes32 id = open(MEDIC);
        review(id);
        Intent memory by = onReview(OFFICE, id, Verdict.Unclear);
        refuses(IEmergencyAccess.EmergencyAccess_AlreadyReviewed.selector, id);
        emergency.reviewBreakGlass(id, Verdict.Unclear, "finding", by);
    }

    function test_GivenItWasOverdue() external {
        bytes32 id = open(MEDIC);
        vm.warp(START + 3 * DAY);
        vm.assertTrue(emergency.needsSecond(vm.addr(MEDIC)));
        review(id);

        vm.assertFalse(emergency.isReviewOverdue(vm.addr(MEDIC)));
        vm.assertTrue(emergency.scopeOf(open(MEDIC)) == Scope.Summary);
    }

    function test_WhenTheOfficerOfTheSiteSigns() external {
        bytes32 id = open(MEDIC);
        vm.warp(START + DAY);
        Intent memory by = onReview(OFFICE, id, Verdict.NotJustified);

        vm.expectEmit(address(emergency));
        emit IEmergencyAccess.BreakGlassReviewed(
            id, RECORD, vm.addr(OFFICE), Verdict.NotJustified, "finding"
        );
        emergency.reviewBreakGlass(id, Verdict.NotJustified, "finding", by);

        vm.assertEq(START + DAY, emergency.breakGlassState(id).reviewedAt);
    }
}

contract EmergencyAccess_recordOfflineCard_Test is Emergencies {
    function test_RevertWhen_TheSignerActsForNoEmergencyHospital() external {
        bytes32 id = newId(CLINIC);
        Intent memory by = onCard(CLINIC, id, START);
        refusesAsClinician(SITE, CLINIC);
        emergency.recordOfflineCard(id, RECORD, vm.addr(SITE), START, by);
    }

    function test_RevertWhen_TheUseIsInTheFuture() external {
        bytes32 id = newId(MEDIC);
        Intent memory by = onCard(MEDIC, id, START + 1);
        refuses(IEmergencyAccess.EmergencyAccess_BadTime.selector, bytes32(uint256(START + 1)));
        emergency.recordOfflineCard(id, RECORD, vm.addr(SITE), START + 1, by);
    }

    function test_RevertGiven_TheIdIsTaken() external {
        bytes32 id = open(MEDIC);
        Intent memory by = onCard(MEDIC, id, START);
        refuses(IEmergencyAccess.EmergencyAccess_AlreadyExists.selector, id);
        emergency.recordOfflineCard(id, RECORD, vm.addr(SITE), START, by);
    }

    function test_WhenAClinicianTellsOfAUse() external {
        bytes32 id = newId(MEDIC);
        Intent memory by = onCard(MEDIC, id, START - DAY);

        vm.expectEmit(address(emergency));
        emit IEmergencyAccess.OfflineCardUsed(id, RECORD, vm.addr(SITE), START - DAY);
        emergency.recordOfflineCard(id, RECORD, vm.addr(SITE), START - DAY, by);

        vm.assertTrue(emergency.scopeOf(id) == Scope.Nothing);
        vm.warp(START + 3 * DAY);
        vm.assertFalse(emergency.isReviewOverdue(vm.addr(MEDIC)));
    }
}

contract EmergencyAccess_setEmergencyPolicy_Test is Emergencies {
    function test_RevertGiven_TheRecordIsNotEnrolled() external {
        Intent memory by = onPolicy(PATIENT, 7, EmergencyPolicy.Forbid);
        refuses(IEmergencyAccess.EmergencyAccess_UnknownRecord.selector, bytes32(uint256(7)));
        emergency.setEmergencyPolicy(7, EmergencyPolicy.Forbid, by);
    }

    function test_RevertWhen_AnotherThanTheControllerSigns() external {
        Intent memory by = onPolicy(SITE, RECORD, EmergencyPolicy.Forbid);
        vm.expectRevert(
            abi.encodeWithSelector(
                IEmergencyAccess.EmergencyAccess_NotController.selector, RECORD, by.signer
            )
        );
        emergency.setEmergencyPolicy(RECORD, EmergencyPolicy.Forbid, by);
    }

    function test_WhenThePolicyIsToForbid() external {
        bytes32 id = open(MEDIC);
        widen(NURSE, id);
        set(EmergencyPolicy.Forbid);
        vm.assertTrue(emergency.scopeOf(id) == Scope.Nothing);
    }

    function test_WhenThePolicyIsTheSummaryOnly() external {
        bytes32 id = open(MEDIC);
        widen(NURSE, id);
        set(EmergencyPolicy.SummaryOnly);
        vm.assertTrue(emergency.scopeOf(id) == Scope.Summary);
    }

    function test_WhenTheControllerSigns() external {
        Intent memory by = onPolicy(PATIENT, RECORD, EmergencyPolicy.SummaryOnly);

        vm.expectEmit(address(emergency));
        emit IEmergencyAccess.EmergencyPolicySet(RECORD, EmergencyPolicy.SummaryOnly);
        emergency.setEmergencyPolicy(RECORD, EmergencyPolicy.SummaryOnly, by);

        vm.assertTrue(emergency.emergencyPolicyOf(RECORD) == EmergencyPolicy.SummaryOnly);
    }
}
