// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Powers} from "../../src/consent/IAuthority.sol";
import {
    Cause,
    Effect,
    Grant,
    GrantState,
    IConsentRegistry,
    Proposal,
    TriggerEffect
} from "../../src/consent/IConsentRegistry.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Consenting, Telling} from "./Consenting.sol";

contract ConsentRegistry_approve_Test is Consenting {
    function test_RevertWhen_TheGrantIsUnknown() external {
        Intent memory by = onGrant(PATIENT, "Approve", GRANT);

        refusesGrant();
        consents.approve(GRANT, by);
    }

    function test_RevertWhen_AnotherThanTheControllerSigns() external {
        propose(CLINIC);
        delegate(Powers.ALL ^ Powers.APPROVE);
        for (uint256 i; i < 2; ++i) {
            uint256 key = i == 0 ? CLINIC : DELEGATE;
            Intent memory by = onGrant(key, "Approve", GRANT);
            refusesSigner(key);
            consents.approve(GRANT, by);
        }
    }

    function test_RevertGiven_ItIsNotProposed() external {
        propose(PATIENT);
        Intent memory by = onGrant(PATIENT, "Approve", GRANT);
        refusesIn(GrantState.Live);
        consents.approve(GRANT, by);

        revoke();
        refusesIn(GrantState.Ended);
        consents.approve(GRANT, by);
    }

    function test_RevertGiven_TheRecordIsErased() external {
        propose(CLINIC);
        erase();
        Intent memory by = onGrant(PATIENT, "Approve", GRANT);
        refusesErased();
        consents.approve(GRANT, by);
    }

    function test_GivenItIsProposed() external {
        propose(CLINIC);
        Intent memory by = onGrant(PATIENT, "Approve", GRANT);

        vm.expectEmit(address(consents));
        emit IConsentRegistry.GrantLive(GRANT, RECORD);
        consents.approve(GRANT, by);

        vm.assertTrue(consents.isLive(GRANT));
    }

    function test_WhenADelegateWithApproveSigns() external {
        propose(CLINIC);
        delegate(Powers.APPROVE);
        approve(DELEGATE);

        vm.assertTrue(consents.isLive(GRANT));
    }

    function test_RevertGiven_ItIsOnARuleAndTheSignerIsNoApprover() external {
        ruled();
        propose(CLINIC, ruledTerms());
        Intent memory by = onGrant(CLINIC, "Approve", GRANT);
        refusesNonApprover(CLINIC);
        consents.approve(GRANT, by);
    }

    function test_RevertGiven_TheApproverHasApproved() external {
        ruled();
        propose(CLINIC, ruledTerms());
        approve(APPROVER);
        Intent memory by = onGrant(APPROVER, "Approve", GRANT);
        refusesTwice(GRANT, APPROVER);
        consents.approve(GRANT, by);
    }

    function test_RevertGiven_SomebodySatOnTheSeatOfTheController() external {
        ruled();
        delegate(Powers.APPROVE);
        propose(CLINIC, ruledTerms());
        approve(PATIENT);
        Intent memory by = onGrant(DELEGATE, "Approve", GRANT);
        refusesTwice(GRANT, DELEGATE);
        consents.approve(GRANT, by);
    }

    function test_GivenTheThresholdIsNotMet() external {
        ruled();
        propose(CLINIC, ruledTerms());
        Intent memory by = onGrant(APPROVER, "Approve", GRANT);

        vm.expectEmit(address(consents));
        emit IConsentRegistry.GrantApproved(GRANT, RECORD, by.signer, 1);
        consents.approve(GRANT, by);

        vm.assertTrue(isIn(GrantState.Proposed));
    }

    function test_GivenTheThresholdIsMet() external {
        ruled();
        propose(CLINIC, ruledTerms());
        approve(APPROVER);
        approve(APPROVER + 1);

        vm.assertTrue(consents.isLive(GRANT));
        vm.assertEq(2, consents.grantState(GRANT).approvals);
    }

    function test_GivenTheRuleChangedAfterAnApproval() external {
        ruled();
        propose(CLINIC, ruledTerms());
        approve(APPROVER);
        setRule(PATIENT, 3, approvers(), false);
        approve(APPROVER + 1);
        approve(PATIENT);

        vm.assertTrue(isIn(GrantState.Proposed));
        approve(APPROVER);
        vm.assertTrue(consents.isLive(GRANT));
    }

    function test_GivenTheControlChangedAfterTheApprovalOfTheController() external {
        ruled();
        propose(PATIENT, ruledTerms());
        rotate(PATIENT, HEIR);
        approve(APPROVER);

        vm.assertTrue(isIn(GrantState.Proposed));
        Intent memory by = onGrant(PATIENT, "Approve", GRANT);
        refusesNonApprover(PATIENT);
        consents.approve(GRANT, by);
        approve(HEIR);
        vm.assertTrue(consents.isLive(GRANT));
    }
}

contract ConsentRegistry_decline_Test is Consenting {
    function test_RevertWhen_TheGrantIsUnknown() external {
        Intent memory by = onGrant(PATIENT, "Decline", GRANT);

        refusesGrant();
        consents.decline(GRANT, by);
    }

    function test_RevertWhen_AnotherThanTheControllerSigns() external {
        propose(CLINIC);
        Intent memory by = onGrant(CLINIC, "Decline", GRANT);

        refusesSigner(CLINIC);
        consents.decline(GRANT, by);
    }

    function test_RevertGiven_ItIsNotProposed() external {
        propose(PATIENT);
        Intent memory by = onGrant(PATIENT, "Decline", GRANT);

        refusesIn(GrantState.Live);
        consents.decline(GRANT, by);
    }

    function test_GivenItIsProposed() external {
        propose(CLINIC);
        Intent memory by = onGrant(PATIENT, "Decline", GRANT);

        vm.expectEmit(address(consents));
        emit IConsentRegistry.GrantDeclined(GRANT, RECORD, by.signer);
        vm.expectEmit(address(consents));
        emit IConsentRegistry.GrantEnded(GRANT, RECORD, Cause.Declined);
        consents.decline(GRANT, by);

        vm.assertTrue(isIn(GrantState.Ended));
        vm.assertEq(START, consents.grantState(GRANT).endedAt);
    }

    function test_WhenAnApproverSigns() external {
        ruled();
        propose(CLINIC, ruledTerms());
        consents.decline(GRANT, onGrant(APPROVER, "Decline", GRANT));

        vm.assertTrue(isIn(GrantState.Ended));
    }
}

contract ConsentRegistry_revoke_Test is Consenting {
    function _refuses(uint256 key) private {
        Intent memory by = onGrant(key, "Revoke", GRANT);
        refusesSigner(key);
        consents.revoke(GRANT, by);
    }

    function test_RevertWhen_TheGrantIsUnknown() external {
        Intent memory by = onGrant(PATIENT, "Revoke", GRANT);

        refusesGrant();
        consents.revoke(GRANT, by);
    }

    function test_RevertWhen_TheSignerHasNoSuchPower() external {
        ruled();
        delegate(Powers.ALL ^ Powers.REVOKE);
        propose(PATIENT);
        _refuses(CLINIC);
        _refuses(DELEGATE);
        _refuses(APPROVER);
    }

    function test_RevertGiven_ItIsNotLive() external {
        propose(CLINIC);
        Intent memory by = onGrant(PATIENT, "Revoke", GRANT);

        refusesIn(GrantState.Proposed);
        consents.revoke(GRANT, by);
    }

    function test_RevertGiven_ItIsADenial() external {
        propose(PATIENT, denialOf(GRANT));
        Intent memory by = onGrant(PATIENT, "Revoke", GRANT);

        refusesEffect(GRANT);
        consents.revoke(GRANT, by);
    }

    function test_GivenItIsLive() external {
        propose(PATIENT);
        vm.warp(START + 5);
        Intent memory by = onGrant(PATIENT, "Revoke", GRANT);

        vm.expectEmit(address(consents));
        emit IConsentRegistry.GrantEnded(GRANT, RECORD, Cause.Revoked);
        consents.revoke(GRANT, by);

        vm.assertFalse(consents.isLive(GRANT));
        vm.assertTrue(isIn(GrantState.Ended));
        vm.assertEq(START + 5, consents.grantState(GRANT).endedAt);
        refusesIn(GrantState.Ended);
        consents.revoke(GRANT, by);
    }

    function test_GivenItIsSuspended() external {
        propose(PATIENT, triggered(TriggerEffect.Suspend));
        report();
        revoke();

        vm.assertTrue(isIn(GrantState.Ended));
    }

    function test_WhenADelegateWithRevokeSigns() external {
        delegate(Powers.REVOKE);
        propose(PATIENT);
        consents.revoke(GRANT, onGrant(DELEGATE, "Revoke", GRANT));

        vm.assertTrue(isIn(GrantState.Ended));
    }

    function test_WhenAnApproverOfItsRuleSigns() external {
        ruled();
        propose(PATIENT, ruledTerms());
        approve(APPROVER);
        consents.revoke(GRANT, onGrant(APPROVER + 1, "Revoke", GRANT));

        vm.assertTrue(isIn(GrantState.Ended));
    }
}

contract ConsentRegistry_isLive_Test is Consenting {
    uint64 private immutable BEGIN = START / DAY * DAY + DAY;

    function _begins(Proposal memory terms) private {
        (terms.notBefore, terms.notAfter) = (BEGIN, BEGIN + DAY);
        propose(PATIENT, terms);
    }

    function test_WhenItsWindowHasNotBegun() external {
        _begins(termsOf(GRANT));
        _begins(denialOf(OTHER));
        vm.warp(BEGIN - 1);
        vm.assertFalse(consents.isLive(GRANT));
        vm.assertEq(0, consents.liveDenials(RECORD).length);
    }

    function test_WhenItIsInItsFirstAndInItsLastSecond() external {
        _begins(termsOf(GRANT));
        _begins(denialOf(OTHER));
        vm.warp(BEGIN);
        vm.assertTrue(consents.isLive(GRANT));
        vm.warp(BEGIN + DAY - 1);
        vm.assertTrue(consents.isLive(GRANT));
        vm.assertEq(1, consents.liveDenials(RECORD).length);
    }

    function test_WhenItsWindowHasEnded() external {
        _begins(termsOf(GRANT));
        _begins(denialOf(OTHER));
        vm.warp(BEGIN + DAY);
        vm.assertFalse(consents.isLive(GRANT));
        vm.assertEq(0, consents.liveDenials(RECORD).length);
    }

    function test_GivenTheRecordIsErased() external {
        propose(PATIENT);
        propose(PATIENT, denialOf(OTHER));
        vm.warp(START + 5);
        erase();
        vm.warp(START + 9);

        Grant memory kept = consents.grantState(GRANT);
        vm.assertFalse(consents.isLive(GRANT));
        vm.assertFalse(consents.isLive(OTHER));
        vm.assertEq(0, consents.liveDenials(RECORD).length);
        vm.assertTrue(kept.state == GrantState.Ended);
        vm.assertEq(START + 5, kept.endedAt);
    }

    function test_WhenItsConditionHoldsOrNot() external {
        Telling condition = approvedCondition();
        Proposal memory terms = termsOf(GRANT);
        (terms.condition, terms.conditionKey) = (address(condition), "key");
        propose(PATIENT, terms);

        vm.assertFalse(consents.isLive(GRANT));
        condition.tell("key", true);
        vm.assertTrue(consents.isLive(GRANT));
        condition.tell("key", false);
        vm.assertFalse(consents.isLive(GRANT));
        vm.assertTrue(isIn(GrantState.Live));
    }

    function test_WhenTheOwnerIsOfAnotherEpoch() external {
        Proposal memory terms = termsOf(GRANT);
        terms.ownerEpoch = 1;
        propose(PATIENT, terms);

        vm.assertFalse(consents.isLive(GRANT));
        vm.assertEq(1, consents.grantState(GRANT).ownerEpoch);
    }

    function test_GivenItIsUnknown() external view {
        vm.assertFalse(consents.isLive(GRANT));
        Grant memory nothing;
        vm.assertEq(abi.encode(nothing), abi.encode(consents.grantState(GRANT)));
    }
}
