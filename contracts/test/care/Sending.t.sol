// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IReferrals, Referral, ReferralState, Sending} from "../../src/care/IReferrals.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Referring} from "./Referring.sol";

contract Referrals_sendReferral_Test is Referring {
    function test_RevertWhen_AnotherThanTheSenderSigns() external {
        Sending memory sending = sendingOf(ID);
        Intent memory patient = onAgreement(PATIENT, sending);
        Intent memory by = onSending(STRANGER, sending);

        refuses(IReferrals.Referrals_NotSender.selector, STRANGER);
        referrals.sendReferral(sending, patient, by);
    }

    function test_RevertWhen_AnotherThanThePatientAgrees() external {
        Sending memory sending = sendingOf(ID);
        Intent memory patient = onAgreement(STRANGER, sending);
        Intent memory by = onSending(SENDER, sending);

        refuses(IReferrals.Referrals_NotPatient.selector, STRANGER);
        referrals.sendReferral(sending, patient, by);
    }

    function test_RevertWhen_ThePatientAgreedToSomethingElse() external {
        Sending memory other = sendingOf(ID);
        other.acceptor = vm.addr(STRANGER);
        Sending memory sending = sendingOf(ID);
        Intent memory patient = onAgreement(PATIENT, other);
        Intent memory by = onSending(SENDER, sending);

        refusesSignatureOf(PATIENT);
        referrals.sendReferral(sending, patient, by);

        patient = onSending(PATIENT, sending); // the sender's verb is not the patient's
        refusesSignatureOf(PATIENT);
        referrals.sendReferral(sending, patient, by);
    }

    function test_RevertWhen_TheSenderSignedSomethingElse() external {
        Sending memory sending = sendingOf(ID);
        Intent memory by = onSending(SENDER, sending);
        sending.grace = GRACE + 1;
        Intent memory patient = onAgreement(PATIENT, sending);

        refusesSignatureOf(SENDER);
        referrals.sendReferral(sending, patient, by);
    }

    function test_RevertWhen_TwoPartiesShareAKey() external {
        _refusesShared(SENDER, SENDER, PATIENT);
        _refusesShared(SENDER, ACCEPTOR, SENDER);
        _refusesShared(SENDER, PATIENT, PATIENT);
    }

    function _refusesShared(uint256 sender, uint256 acceptor, uint256 patient) private {
        Sending memory sending = sendingOf(ID);
        (sending.sender, sending.acceptor, sending.patient) =
        (vm.addr(sender), vm.addr(acceptor), vm.addr(patient));
        Intent memory agreed = onAgreement(patient, sending);
        Intent memory by = onSending(sender, sending);

        vm.expectRevert(abi.encodeWithSelector(IReferrals.Referrals_SameSigner.selector, ID));
        referrals.sendReferral(sending, agreed, by);
    }

    function _refusesWindow(uint64 deadline, uint32 grace) private {
        Sending memory sending = sendingOf(ID);
        (sending.deadline, sending.grace) = (deadline, grace);
        Intent memory patient = onAgreement(PATIENT, sending);
        Intent memory by = onSending(SENDER, sending);

        vm.expectRevert(
            abi.encodeWithSelector(IReferrals.Referrals_BadWindow.selector, deadline, grace)
        );
        referrals.sendReferral(sending, patient, by);
    }

    function test_RevertWhen_TheDeadlineIsNotOfWholeDays() external {
        _refusesWindow(DEADLINE + 1, GRACE);
        _refusesWindow(DEADLINE - 1, GRACE);
    }

    function test_RevertWhen_TheDeadlineHasPassed() external {
        vm.warp(TODAY);
        _refusesWindow(TODAY, GRACE);
        _refusesWindow(0, GRACE);
    }

    function test_RevertWhen_TheDeadlineIsMoreThanAYearAway() external {
        _refusesWindow(TODAY + 367 * DAY, GRACE);
        _refusesWindow(type(uint64).max / DAY * DAY, GRACE);
    }

    function test_RevertWhen_TheGraceIsMoreThanNinetyDays() external {
        _refusesWindow(DEADLINE, 90 days + 1);
        _refusesWindow(DEADLINE, type(uint32).max);
    }

    function test_RevertGiven_TheReferralExists() external {
        cancelled();
        Sending memory sending = sendingOf(ID);
        Intent memory patient = onAgreement(PATIENT, sending);
        Intent memory by = onSending(SENDER, sending);

        vm.expectRevert(abi.encodeWithSelector(IReferrals.Referrals_AlreadyExists.selector, ID));
        referrals.sendReferral(sending, patient, by);
    }

    function test_WhenSenderAndPatientSignTheSame() external {
        Sending memory sending = sendingOf(ID);
        Intent memory patient = onAgreement(PATIENT, sending);
        Intent memory by = onSending(SENDER, sending);

        vm.expectEmit(address(referrals));
        emit IReferrals.ReferralSent(ID, sending);
        referrals.sendReferral(sending, patient, by);

        Referral memory expected = Referral(
            sending.commitment,
            sending.sender,
            DEADLINE,
            GRACE,
            sending.acceptor,
            ReferralState.Sent,
            0,
            sending.patient
        );
        vm.assertEq(abi.encode(expected), abi.encode(referrals.referralState(ID)));
        vm.assertFalse(referrals.holds(ID));
    }

    function testFuzz_WholeDaysWithinAYearAreTaken(uint64 day, uint32 grace) external {
        Sending memory sending = sendingOf(ID);
        sending.deadline = TODAY + uint64(bound(day, 1, 366)) * DAY;
        sending.grace = uint32(bound(grace, 0, 90 days));
        sent(sending);

        vm.warp(sending.deadline - 1);
        referrals.acceptReferral(ID, on(ACCEPTOR, "AcceptReferral", ID));
        referrals.handDown(ID, SUMMARY, onHandDown(ACCEPTOR, ID));
        referrals.closeReferral(ID, on(SENDER, "CloseReferral", ID));
        vm.assertEq(sending.grace > 0, referrals.holds(ID));
        vm.warp(uint256(sending.deadline) - 1 + sending.grace);
        vm.assertFalse(referrals.holds(ID));
    }
}
