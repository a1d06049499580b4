// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Powers} from "../../src/consent/IAuthority.sol";
import {
    Cause,
    Grant,
    GrantState,
    IConsentRegistry,
    Proposal,
    TriggerEffect
} from "../../src/consent/IConsentRegistry.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Consenting} from "./Consenting.sol";

contract ConsentRegistry_endAll_Test is Consenting {
    function test_RevertWhen_TheSignerHasNoSuchPower() external {
        delegate(Powers.ALL ^ Powers.REVOKE);
        Intent memory by = onEndAll(DELEGATE);
        refusesSigner(DELEGATE);
        consents.endAll(RECORD, by);
    }

    function test_RevertGiven_TheRecordIsErased() external {
        erase();
        Intent memory by = onEndAll(PATIENT);
        refusesErased();
        consents.endAll(RECORD, by);
    }

    function test_WhenTheControllerSigns() external {
        propose(PATIENT);
        propose(CLINIC, termsOf(OTHER));
        vm.warp(START + 7);
        Intent memory by = onEndAll(PATIENT);

        vm.expectEmit(address(consents));
        emit IConsentRegistry.AllEnded(RECORD, 1);
        consents.endAll(RECORD, by);
        vm.warp(START + 9);

        Grant memory kept = consents.grantState(GRANT);
        vm.assertFalse(consents.isLive(GRANT));
        vm.assertTrue(kept.state == GrantState.Ended);
        vm.assertEq(START + 7, kept.endedAt);
        vm.assertTrue(stateOf(OTHER) == GrantState.Ended);
        vm.assertEq(1, consents.consentEpochOf(RECORD));
    }

    function test_WhenADelegateWithRevokeSigns() external {
        delegate(Powers.REVOKE);
        propose(PATIENT);
        consents.endAll(RECORD, onEndAll(DELEGATE));

        vm.assertFalse(consents.isLive(GRANT));
    }

    function test_GivenThereAreDenials() external {
        propose(PATIENT, denialOf(GRANT));
        endAll();

        vm.assertTrue(consents.isLive(GRANT));
        vm.assertEq(1, consents.liveDenials(RECORD).length);
    }

    function test_WhenAGrantFollows() external {
        endAll();
        propose(PATIENT);

        vm.assertTrue(consents.isLive(GRANT));
        vm.assertEq(1, consents.grantState(GRANT).epoch);
    }

    function test_WhenAnEndedGrantIsRevokedOrApproved() external {
        propose(PATIENT);
        endAll();
        Intent memory by = onGrant(PATIENT, "Revoke", GRANT);
        refusesIn(GrantState.Ended);
        consents.revoke(GRANT, by);
    }
}

contract ConsentRegistry_lift_Test is Consenting {
    function test_RevertGiven_ItIsAPermit() external {
        propose(PATIENT);
        Intent memory by = onLift(PATIENT, GRANT);
        refusesEffect(GRANT);
        consents.lift(GRANT, by);
    }

    function test_RevertGiven_ItIsNotLive() external {
        propose(CLINIC, denialOf(GRANT));
        Intent memory by = onLift(PATIENT, GRANT);
        refusesIn(GrantState.Proposed);
        consents.lift(GRANT, by);
    }

    function test_RevertWhen_TheSignerHasNoSuchPower() external {
        delegate(Powers.ALL ^ Powers.GRANT);
        propose(PATIENT, denialOf(GRANT));
        Intent memory by = onLift(DELEGATE, GRANT);
        refusesSigner(DELEGATE);
        consents.lift(GRANT, by);
    }

    function test_WhenTheControllerSigns() external {
        propose(PATIENT, denialOf(OTHER));
        propose(PATIENT, denialOf(GRANT));
        Intent memory by = onLift(PATIENT, GRANT);

        vm.expectEmit(address(consents));
        emit IConsentRegistry.DenialLifted(GRANT, RECORD);
        vm.expectEmit(address(consents));
        emit IConsentRegistry.GrantEnded(GRANT, RECORD, Cause.Lifted);
        consents.lift(GRANT, by);

        vm.assertTrue(isIn(GrantState.Ended));
        vm.assertEq(abi.encode(only(OTHER)), abi.encode(consents.liveDenials(RECORD)));
    }

    function _ruledDenial() private {
        ruled();
        Proposal memory terms = denialOf(GRANT);
        terms.rule = RULE;
        propose(PATIENT, terms);
        approve(APPROVER);
    }

    function test_GivenItIsOnARuleAndTheThresholdIsNotMet() external {
        _ruledDenial();
        lift(PATIENT);

        vm.assertTrue(consents.isLive(GRANT));
    }

    function test_RevertGiven_ItIsOnARuleAndTheSignerIsNoApprover() external {
        _ruledDenial();
        Intent memory by = onLift(CLINIC, GRANT);
        refusesNonApprover(CLINIC);
        consents.lift(GRANT, by);
    }

    function test_RevertGiven_TheApproverHasLifted() external {
        _ruledDenial();
        lift(APPROVER);
        Intent memory by = onLift(APPROVER, GRANT);
        refusesTwice(GRANT, APPROVER);
        consents.lift(GRANT, by);
    }

    function test_GivenTheThresholdIsMet() external {
        _ruledDenial();
        lift(PATIENT);
        lift(APPROVER + 1);

        vm.assertTrue(isIn(GrantState.Ended));
        vm.assertEq(0, consents.liveDenials(RECORD).length);
    }

    function test_GivenItsWindowIsOverAndItLeftTheList() external {
        propose(PATIENT, denialOf(GRANT));
        vm.warp(START + 31 * DAY);
        for (uint256 i; i < 32; ++i) {
            propose(PATIENT, denialOf(bytes32(i)));
        }
        lift(PATIENT);

        vm.assertTrue(isIn(GrantState.Ended));
        vm.assertEq(32, consents.liveDenials(RECORD).length);
    }
}

contract ConsentRegistry_report_Test is Consenting {
    function _refusesState(GrantState state) private {
        Intent memory by = onReport(REPORTER, TRIGGER_ID);
        refusesIn(state);
        consents.report(GRANT, TRIGGER_ID, "evidence", by);
    }

    function _refusesReporter(uint256 key, bytes32 trigger) private {
        Intent memory by = onReport(key, trigger);
        vm.expectRevert(
            abi.encodeWithSelector(
                IConsentRegistry.ConsentRegistry_NotReporter.selector, GRANT, by.signer
            )
        );
        consents.report(GRANT, trigger, "evidence", by);
    }

    function test_RevertWhen_AnotherThanTheReporterSigns() external {
        propose(PATIENT, triggered(TriggerEffect.End));
        _refusesReporter(PATIENT, TRIGGER_ID);
        _refusesReporter(CLINIC, TRIGGER_ID);
    }

    function test_RevertWhen_TheTriggerIsUnknown() external {
        propose(PATIENT, triggered(TriggerEffect.End));
        _refusesReporter(REPORTER, "unknown");
    }

    function test_RevertGiven_TheGrantIsNeitherLiveNorSuspended() external {
        propose(CLINIC, triggered(TriggerEffect.End));
        _refusesState(GrantState.Proposed);
        approve(PATIENT);
        endAll();
        _refusesState(GrantState.Ended);
    }

    function test_WhenItSuspends() external {
        propose(PATIENT, triggered(TriggerEffect.Suspend));
        Intent memory by = onReport(REPORTER, TRIGGER_ID);

        vm.expectEmit(address(consents));
        emit IConsentRegistry.Triggered(GRANT, TRIGGER_ID, "evidence");
        vm.expectEmit(address(consents));
        emit IConsentRegistry.GrantSuspended(GRANT, RECORD);
        consents.report(GRANT, TRIGGER_ID, "evidence", by);

        vm.assertTrue(isIn(GrantState.Suspended));
        _refusesState(GrantState.Suspended);
    }

    function test_WhenItResumes() external {
        Proposal memory terms = triggered(TriggerEffect.Suspend);
        terms.triggers = both(terms, triggered(TriggerEffect.Resume));
        terms.triggers[1].id = "resume";
        propose(PATIENT, terms);
        report();
        vm.assertFalse(consents.isLive(GRANT));
        consents.report(GRANT, "resume", "evidence", onReport(REPORTER, "resume"));

        vm.assertTrue(consents.isLive(GRANT));
    }

    function test_RevertGiven_ItResumesWhatNeverStarted() external {
        Proposal memory terms = triggered(TriggerEffect.Resume);
        terms.triggers = both(terms, triggered(TriggerEffect.Start));
        terms.triggers[1].id = "start";
        propose(PATIENT, terms);
        _refusesState(GrantState.Suspended);
    }

    function test_WhenItStarts() external {
        propose(PATIENT, triggered(TriggerEffect.Start));
        report();

        vm.assertTrue(consents.isLive(GRANT));
        _refusesState(GrantState.Live);
    }

    function test_WhenItEnds() external {
        propose(PATIENT, triggered(TriggerEffect.End));
        Intent memory by = onReport(REPORTER, TRIGGER_ID);

        vm.expectEmit(address(consents));
        emit IConsentRegistry.GrantEnded(GRANT, RECORD, Cause.Triggered);
        consents.report(GRANT, TRIGGER_ID, "evidence", by);

        vm.assertTrue(isIn(GrantState.Ended));
    }

    function test_WhenAKeyOfTheReportingOrganizationSigns() external {
        Proposal memory terms = triggered(TriggerEffect.End);
        terms.triggers[0].reporter = vm.addr(CLINIC);
        propose(PATIENT, terms);
        consents.report(GRANT, TRIGGER_ID, "evidence", onReport(CLINIC, TRIGGER_ID));

        vm.assertTrue(isIn(GrantState.Ended));
    }
}
