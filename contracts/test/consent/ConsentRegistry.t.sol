// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Cause,
    Grant,
    GrantState,
    IConsentRegistry,
    Proposal
} from "../../src/consent/IConsentRegistry.sol";
import {ActionKind} from "../../src/identity/IOrganizations.sol";
import {IIntentGuard, Intent} from "../../src/identity/IIntentGuard.sol";
import {Consortium} from "../Consortium.sol";

abstract contract Consenting is Consortium {
    bytes32 internal constant GRANT = "grant";

    constructor() {
        authority.enroll(RECORD, vm.addr(PATIENT), onEnroll(PATIENT, RECORD, vm.addr(PATIENT)));
    }

    function propose(uint256 key) internal {
        consents.propose(termsOf(GRANT), onTerms(key, termsOf(GRANT)));
    }

    function revoke() internal {
        consents.revoke(GRANT, onGrant(PATIENT, "Revoke", GRANT));
    }

    function isIn(GrantState state) internal view returns (bool) {
        return consents.grantState(GRANT).state == state;
    }

    function refusesAsStranger(address signer) internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                IConsentRegistry.ConsentRegistry_NotController.selector, RECORD, signer
            )
        );
    }

    function refusesAsUnknown() internal {
        vm.expectRevert(
            abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_UnknownGrant.selector, GRANT)
        );
    }

    function refusesIn(GrantState state) internal {
        vm.expectRevert(
            abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_BadState.selector, GRANT, state)
        );
    }
}

contract ConsentRegistry_propose_Test is Consenting {
    function test_RevertGiven_TheRecordIsNotEnrolled() external {
        Proposal memory terms = termsOf(GRANT);
        terms.record = 7;
        Intent memory by = onTerms(CLINIC, terms);

        vm.expectRevert(
            abi.encodeWithSelector(
                IConsentRegistry.ConsentRegistry_UnknownRecord.selector, uint128(7)
            )
        );
        consents.propose(terms, by);
    }

    function test_RevertWhen_TheSignerIsNeitherControllerNorMember() external {
        Intent memory by = onTerms(STRANGER, termsOf(GRANT));

        refusesAsStranger(by.signer);
        consents.propose(termsOf(GRANT), by);
    }

    function test_RevertGiven_TheMemberIsSuspended() external {
        decide(act(ActionKind.Suspend, vm.addr(CLINIC), 0));
        Intent memory by = onTerms(CLINIC, termsOf(GRANT));

        refusesAsStranger(by.signer);
        consents.propose(termsOf(GRANT), by);
    }

    function test_RevertGiven_TheGrantExists() external {
        propose(PATIENT);
        revoke();
        Intent memory by = onTerms(PATIENT, termsOf(GRANT));

        vm.expectRevert(
            abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_AlreadyExists.selector, GRANT)
        );
        consents.propose(termsOf(GRANT), by);
    }

    function _refusesWindow(uint64 notBefore, uint64 notAfter) private {
        Proposal memory terms = termsOf(GRANT);
        (terms.notBefore, terms.notAfter) = (notBefore, notAfter);
        Intent memory by = onTerms(PATIENT, terms);

        vm.expectRevert(
            abi.encodeWithSelector(
                IConsentRegistry.ConsentRegistry_BadWindow.selector, notBefore, notAfter
            )
        );
        consents.propose(terms, by);
    }

    function test_RevertWhen_TheWindowIsEmpty() external {
        uint64 today = START / DAY * DAY;
        _refusesWindow(today + DAY, today + DAY);
        _refusesWindow(today + 2 * DAY, today + DAY);
    }

    function test_RevertWhen_TheWindowIsNotOfWholeDays() external {
        uint64 today = START / DAY * DAY;
        _refusesWindow(today + 1, today + DAY);
        _refusesWindow(today, today + DAY + 1);
    }

    function test_RevertWhen_TheWindowHasEnded() external {
        uint64 today = START / DAY * DAY;
        vm.warp(today);
        _refusesWindow(today - DAY, today);
    }

    function test_RevertWhen_TheWindowEndsAfterMoreThanTenYears() external {
        uint64 today = START / DAY * DAY;
        _refusesWindow(today, today + 3_656 * DAY);
        _refusesWindow(0, type(uint64).max / DAY * DAY);
    }

    function test_RevertWhen_ATermDiffersFromTheSigned() external {
        Intent memory by = onTerms(PATIENT, termsOf(GRANT));
        Proposal memory wider = termsOf(GRANT);
        wider.purposes = 3;

        vm.expectRevert(
            abi.encodeWithSelector(IIntentGuard.IntentGuard_BadSignature.selector, by.signer)
        );
        consents.propose(wider, by);
    }

    function test_WhenAMemberProposes() external {
        Intent memory by = onTerms(CLINIC, termsOf(GRANT));

        vm.expectEmit(address(consents));
        emit IConsentRegistry.GrantProposed(GRANT, RECORD, termsOf(GRANT), by.signer);
        consents.propose(termsOf(GRANT), by);

        vm.assertTrue(isIn(GrantState.Proposed));
        vm.assertFalse(consents.isLive(GRANT));
    }

    function test_WhenTheControllerProposes() external {
        Intent memory by = onTerms(PATIENT, termsOf(GRANT));

        vm.expectEmit(address(consents));
        emit IConsentRegistry.GrantProposed(GRANT, RECORD, termsOf(GRANT), by.signer);
        vm.expectEmit(address(consents));
        emit IConsentRegistry.GrantLive(GRANT, RECORD);
        consents.propose(termsOf(GRANT), by);

        Grant memory kept = consents.grantState(GRANT);
        Grant memory expected;
        (expected.record, expected.commitment, expected.purposes) = (RECORD, "commitment", 1);
        (expected.notBefore, expected.notAfter) =
        (termsOf(GRANT).notBefore, termsOf(GRANT).notAfter);
        expected.state = GrantState.Live;
        vm.assertEq(abi.encode(expected), abi.encode(kept));
        vm.assertTrue(consents.isLive(GRANT));
    }

    function testFuzz_WindowsOfWholeDaysWithinTenYearsAreTaken(uint64 start, uint64 end) external {
        uint256 today = START / DAY;
        Proposal memory terms = termsOf(GRANT);
        terms.notAfter = uint64(bound(end, today + 1, today + 3_655)) * DAY;
        terms.notBefore = uint64(bound(start, 0, terms.notAfter / DAY - 1)) * DAY;
        consents.propose(terms, onTerms(PATIENT, terms));

        vm.assertEq(terms.notBefore <= START, consents.isLive(GRANT));
    }
}

contract ConsentRegistry_approve_Test is Consenting {
    function test_RevertWhen_TheGrantIsUnknown() external {
        Intent memory by = onGrant(PATIENT, "Approve", GRANT);

        refusesAsUnknown();
        consents.approve(GRANT, by);
    }

    function test_RevertWhen_AnotherThanTheControllerSigns() external {
        propose(CLINIC);
        Intent memory by = onGrant(CLINIC, "Approve", GRANT);

        refusesAsStranger(by.signer);
        consents.approve(GRANT, by);
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

    function test_GivenItIsProposed() external {
        propose(CLINIC);
        Intent memory by = onGrant(PATIENT, "Approve", GRANT);

        vm.expectEmit(address(consents));
        emit IConsentRegistry.GrantLive(GRANT, RECORD);
        consents.approve(GRANT, by);

        vm.assertTrue(consents.isLive(GRANT));
    }
}

contract ConsentRegistry_decline_Test is Consenting {
    function test_RevertWhen_TheGrantIsUnknown() external {
        Intent memory by = onGrant(PATIENT, "Decline", GRANT);

        refusesAsUnknown();
        consents.decline(GRANT, by);
    }

    function test_RevertWhen_AnotherThanTheControllerSigns() external {
        propose(CLINIC);
        Intent memory by = onGrant(CLINIC, "Decline", GRANT);

        refusesAsStranger(by.signer);
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
        emit IConsentRegistry.GrantEnded(GRANT, RECORD, Cause.Declined);
        consents.decline(GRANT, by);

        vm.assertTrue(isIn(GrantState.Ended));
        vm.assertEq(START, consents.grantState(GRANT).endedAt);
    }
}

contract ConsentRegistry_revoke_Test is Consenting {
    function test_RevertWhen_TheGrantIsUnknown() external {
        Intent memory by = onGrant(PATIENT, "Revoke", GRANT);

        refusesAsUnknown();
        consents.revoke(GRANT, by);
    }

    function test_RevertWhen_AnotherThanTheControllerSigns() external {
        propose(PATIENT);
        Intent memory by = onGrant(CLINIC, "Revoke", GRANT);

        refusesAsStranger(by.signer);
        consents.revoke(GRANT, by);
    }

    function test_RevertGiven_ItIsNotLive() external {
        propose(CLINIC);
        Intent memory by = onGrant(PATIENT, "Revoke", GRANT);

        refusesIn(GrantState.Proposed);
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
    }
}

contract ConsentRegistry_isLive_Test is Consenting {
    uint64 private immutable BEGIN = START / DAY * DAY + DAY;

    constructor() {
        Proposal memory terms = termsOf(GRANT);
        (terms.notBefore, terms.notAfter) = (BEGIN, BEGIN + DAY);
        consents.propose(terms, onTerms(PATIENT, terms));
    }

    function test_WhenItsWindowHasNotBegun() external {
        vm.warp(BEGIN - 1);
        vm.assertFalse(consents.isLive(GRANT));
    }

    function test_WhenItIsInItsFirstAndInItsLastSecond() external {
        vm.warp(BEGIN);
        vm.assertTrue(consents.isLive(GRANT));
        vm.warp(BEGIN + DAY - 1);
        vm.assertTrue(consents.isLive(GRANT));
    }

    function test_WhenItsWindowHasEnded() external {
        vm.warp(BEGIN + DAY);
        vm.assertFalse(consents.isLive(GRANT));
    }
}
