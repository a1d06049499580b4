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
    Trigger,
    TriggerEffect
} from "../../src/consent/IConsentRegistry.sol";
import {IIntentGuard, Intent} from "../../src/identity/IIntentGuard.sol";
import {ActionKind} from "../../src/identity/IOrganizations.sol";
import {Consenting} from "./Consenting.sol";

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

    function test_RevertGiven_TheRecordIsErased() external {
        erase();
        Intent memory by = onTerms(PATIENT, termsOf(GRANT));
        refusesErased();
        consents.propose(termsOf(GRANT), by);
    }

    function test_RevertWhen_TheSignerIsNeitherControllerNorMember() external {
        _refusesOf(STRANGER);
        delegate(Powers.ALL ^ Powers.GRANT);
        _refusesOf(DELEGATE);
    }

    function _refusesOf(uint256 key) private {
        Intent memory by = onTerms(key, termsOf(GRANT));
        refusesSigner(key);
        consents.propose(termsOf(GRANT), by);
    }

    function test_RevertGiven_TheMemberIsSuspended() external {
        decide(act(ActionKind.Suspend, vm.addr(CLINIC), 0));
        _refusesOf(CLINIC);
    }

    function test_RevertGiven_TheGrantExists() external {
        propose(PATIENT);
        revoke();
        _refuses(
            termsOf(GRANT),
            abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_AlreadyExists.selector, GRANT)
        );
    }

    function _refuses(Proposal memory terms, bytes memory reason) private {
        Intent memory by = onTerms(PATIENT, terms);
        vm.expectRevert(reason);
        consents.propose(terms, by);
    }

    function _refusesWindow(uint64 notBefore, uint64 notAfter) private {
        Proposal memory terms = termsOf(GRANT);
        (terms.notBefore, terms.notAfter) = (notBefore, notAfter);
        _refuses(
            terms,
            abi.encodeWithSelector(
                IConsentRegistry.ConsentRegistry_BadWindow.selector, notBefore, notAfter
            )
        );
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
        Intent memory by = onTerms(PATIENT, triggered(TriggerEffect.Suspend));
        Proposal memory other = triggered(TriggerEffect.End);

        vm.expectRevert(
            abi.encodeWithSelector(IIntentGuard.IntentGuard_BadSignature.selector, by.signer)
        );
        consents.propose(other, by);
    }

    function test_RevertGiven_TheNonceIsCancelled() external {
        Intent memory by = onTerms(PATIENT, termsOf(GRANT));
        vm.prank(by.signer);
        IIntentGuard(address(consents)).cancelNonces(0, 1 << by.nonce);

        vm.expectRevert(
            abi.encodeWithSelector(IIntentGuard.IntentGuard_NonceUsed.selector, by.signer, by.nonce)
        );
        consents.propose(termsOf(GRANT), by);
    }

    function test_RevertGiven_TheRuleIsUnknown() external {
        _refuses(
            ruledTerms(),
            abi.encodeWithSelector(
                IConsentRegistry.ConsentRegistry_UnknownRule.selector, RECORD, RULE
            )
        );
    }

    function test_RevertGiven_TheConditionIsNotApproved() external {
        Proposal memory terms = termsOf(GRANT);
        terms.condition = address(new TellingNothing());
        _refuses(
            terms,
            abi.encodeWithSelector(
                IConsentRegistry.ConsentRegistry_ConditionNotApproved.selector, terms.condition
            )
        );
    }

    function test_RevertWhen_ThePurposesAreNotThoseOfItsEffect() external {
        Proposal memory terms = termsOf(GRANT);
        uint16[3] memory wrong = [0, uint16(1 << 11), 1 << 12];
        for (uint256 i; i < 3; ++i) {
            terms.purposes = wrong[i];
            _refuses(
                terms,
                abi.encodeWithSelector(
                    IConsentRegistry.ConsentRegistry_BadPurposes.selector, wrong[i]
                )
            );
        }
    }

    function test_RevertWhen_ADenialCouldEndEarly() external {
        bytes memory reason =
            abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_WrongEffect.selector, GRANT);
        Proposal memory terms = triggered(TriggerEffect.End);
        terms.effect = Effect.Deny;
        _refuses(terms, reason);
        terms = denialOf(GRANT);
        terms.ownerEpoch = 1;
        _refuses(terms, reason);
        (terms.ownerEpoch, terms.condition) = (0, address(this));
        _refuses(terms, reason);
    }

    function test_RevertWhen_ItNamesTooMany() external {
        Proposal memory terms = termsOf(GRANT);
        terms.triggers = new Trigger[](5);
        _refuses(terms, _tooMany(5, 4));
        terms = termsOf(GRANT);
        terms.replaces = new bytes32[](9);
        _refuses(terms, _tooMany(9, 8));
    }

    function _tooMany(uint256 count, uint256 most) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_TooMany.selector, count, most);
    }

    function test_RevertWhen_TwoTriggersHaveOneId() external {
        Proposal memory terms = triggered(TriggerEffect.Suspend);
        Trigger memory one = terms.triggers[0];
        terms.triggers = new Trigger[](2);
        (terms.triggers[0], terms.triggers[1]) = (one, one);
        _refuses(
            terms,
            abi.encodeWithSelector(
                IConsentRegistry.ConsentRegistry_AlreadyExists.selector, TRIGGER_ID
            )
        );
    }

    function test_RevertWhen_ATriggerHasNoReporter() external {
        Proposal memory terms = triggered(TriggerEffect.Suspend);
        terms.triggers[0].reporter = address(0);
        _refuses(
            terms,
            abi.encodeWithSelector(
                IConsentRegistry.ConsentRegistry_NotReporter.selector, GRANT, address(0)
            )
        );
    }

    function test_RevertWhen_AReplacedGrantIsNotOfTheRecord() external {
        bytes memory reason =
            abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_UnknownGrant.selector, GRANT);
        _refuses(replacing(), reason);
        propose(PATIENT);
        _enroll(RECORD + 1);
        Proposal memory terms = replacing();
        terms.record = RECORD + 1;
        _refuses(terms, reason);
    }

    function test_RevertWhen_ADenialIsToBeReplaced() external {
        propose(PATIENT, denialOf(GRANT));
        _refuses(
            replacing(),
            abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_WrongEffect.selector, GRANT)
        );
    }

    function test_RevertGiven_TheRecordHas32LiveDenials() external {
        for (uint256 i; i < 32; ++i) {
            propose(PATIENT, denialOf(bytes32(i)));
        }
        _refuses(denialOf(GRANT), _tooMany(33, 32));
    }

    function test_GivenSomeOf32DenialsAreOver() external {
        Proposal memory terms;
        for (uint256 i; i < 32; ++i) {
            terms = denialOf(bytes32(i));
            if (i % 16 == 3) terms.notAfter = terms.notBefore + DAY;
            propose(PATIENT, terms);
        }
        vm.warp(START + DAY);
        propose(PATIENT, denialOf(GRANT));

        vm.assertEq(31, consents.liveDenials(RECORD).length);
        vm.assertTrue(consents.isLive(GRANT));
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

        Grant memory expected;
        (expected.record, expected.commitment, expected.purposes) = (RECORD, "commitment", 1);
        expected.notBefore = termsOf(GRANT).notBefore;
        expected.notAfter = termsOf(GRANT).notAfter;
        expected.state = GrantState.Live;
        vm.assertEq(abi.encode(expected), abi.encode(consents.grantState(GRANT)));
        vm.assertTrue(consents.isLive(GRANT));
    }

    function test_WhenADelegateWithGrantProposes() external {
        delegate(Powers.GRANT);
        propose(DELEGATE);

        vm.assertTrue(consents.isLive(GRANT));
    }

    function test_WhenItIsOnARule() external {
        ruled();
        propose(PATIENT, ruledTerms());

        vm.assertTrue(isIn(GrantState.Proposed));
        vm.assertEq(1, consents.grantState(GRANT).approvals);
        vm.assertEq(RULE, consents.grantState(GRANT).rule);
    }

    function test_WhenItReplacesPermits() external {
        propose(PATIENT);
        Intent memory by = onTerms(PATIENT, replacing());

        vm.expectEmit(address(consents));
        emit IConsentRegistry.GrantEnded(GRANT, RECORD, Cause.Replaced);
        consents.propose(replacing(), by);

        vm.assertTrue(isIn(GrantState.Ended));
        vm.assertTrue(consents.isLive(OTHER));
    }

    function test_WhenItWaitsForItsStart() external {
        propose(PATIENT, triggered(TriggerEffect.Start));

        vm.assertTrue(isIn(GrantState.Suspended));
        vm.assertFalse(consents.isLive(GRANT));
    }

    function test_WhenTheControllerDenies() external {
        propose(PATIENT, denialOf(GRANT));

        vm.assertTrue(consents.isLive(GRANT));
        vm.assertTrue(consents.grantState(GRANT).effect == Effect.Deny);
        vm.assertEq(abi.encode(only(GRANT)), abi.encode(consents.liveDenials(RECORD)));
    }

    function testFuzz_WindowsOfWholeDaysWithinTenYearsAreTaken(uint64 start, uint64 end) external {
        uint256 today = START / DAY;
        Proposal memory terms = termsOf(GRANT);
        terms.notAfter = uint64(bound(end, today + 1, today + 3_655)) * DAY;
        terms.notBefore = uint64(bound(start, 0, terms.notAfter / DAY - 1)) * DAY;
        propose(PATIENT, terms);

        vm.assertEq(terms.notBefore <= START, consents.isLive(GRANT));
        vm.assertEq(terms.notBefore, consents.grantState(GRANT).notBefore);
        vm.assertEq(terms.notAfter, consents.grantState(GRANT).notAfter);
    }
}

contract TellingNothing {}
