// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IReferrals, ReferralState, Sending} from "../../src/care/IReferrals.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Referring} from "./Referring.sol";

contract Referrals_acceptReferral_Test is Referring {
    function test_RevertWhen_TheReferralIsUnknown() external {
        Intent memory by = on(ACCEPTOR, "AcceptReferral", ID);

        refusesAsUnknown();
        referrals.acceptReferral(ID, by);
    }

    function test_RevertWhen_AnotherThanTheAcceptorSigns() external {
        sent(sendingOf(ID));
        Intent memory by = on(SENDER, "AcceptReferral", ID);

        refuses(IReferrals.Referrals_NotAcceptor.selector, SENDER);
        referrals.acceptReferral(ID, by);
    }

    function test_RevertGiven_ItIsNotSent() external {
        cancelled();
        Intent memory by = on(ACCEPTOR, "AcceptReferral", ID);

        refusesIn(ReferralState.Cancelled);
        referrals.acceptReferral(ID, by);
    }

    function test_RevertGiven_ItsDeadlineHasPassed() external {
        sent(sendingOf(ID));
        vm.warp(DEADLINE);
        Intent memory by = on(ACCEPTOR, "AcceptReferral", ID);

        vm.expectRevert(
            abi.encodeWithSelector(IReferrals.Referrals_DeadlinePassed.selector, ID, DEADLINE)
        );
        referrals.acceptReferral(ID, by);
    }

    function test_GivenItIsInTheLastSecondBeforeItsDeadline() external {
        sent(sendingOf(ID));
        vm.warp(DEADLINE - 1);
        referrals.acceptReferral(ID, on(ACCEPTOR, "AcceptReferral", ID));

        vm.assertTrue(isIn(ReferralState.Accepted));
    }

    function test_GivenItIsSent() external {
        sent(sendingOf(ID));
        Intent memory by = on(ACCEPTOR, "AcceptReferral", ID);

        vm.expectEmit(address(referrals));
        emit IReferrals.ReferralAccepted(ID);
        referrals.acceptReferral(ID, by);

        vm.assertTrue(isIn(ReferralState.Accepted));
        vm.assertTrue(referrals.holds(ID));
    }
}

contract Referrals_returnReferral_Test is Referring {
    function test_RevertWhen_TheReferralIsUnknown() external {
        Intent memory by = onReturn(ACCEPTOR, ID);

        refusesAsUnknown();
        referrals.returnReferral(ID, REASON, by);
    }

    function test_RevertWhen_AnotherThanTheAcceptorSigns() external {
        sent(sendingOf(ID));
        Intent memory by = onReturn(PATIENT, ID);

        refuses(IReferrals.Referrals_NotAcceptor.selector, PATIENT);
        referrals.returnReferral(ID, REASON, by);
    }

    function test_RevertWhen_TheReasonDiffersFromTheSigned() external {
        sent(sendingOf(ID));
        Intent memory by = onReturn(ACCEPTOR, ID);

        refusesSignatureOf(ACCEPTOR);
        referrals.returnReferral(ID, "another", by);
    }

    function test_RevertGiven_ItIsNeitherSentNorAccepted() external {
        handedDown();
        Intent memory by = onReturn(ACCEPTOR, ID);

        refusesIn(ReferralState.HandedDown);
        referrals.returnReferral(ID, REASON, by);
    }

    function test_GivenItIsSent() external {
        sent(sendingOf(ID));
        Intent memory by = onReturn(ACCEPTOR, ID);

        vm.expectEmit(address(referrals));
        emit IReferrals.ReferralReturned(ID, REASON);
        referrals.returnReferral(ID, REASON, by);

        vm.assertTrue(isIn(ReferralState.Returned));
    }

    function test_GivenItIsAccepted() external {
        accepted();
        referrals.returnReferral(ID, REASON, onReturn(ACCEPTOR, ID));

        vm.assertTrue(isIn(ReferralState.Returned));
        vm.assertFalse(referrals.holds(ID));
    }
}

contract Referrals_handDown_Test is Referring {
    function test_RevertWhen_TheReferralIsUnknown() external {
        Intent memory by = onHandDown(ACCEPTOR, ID);

        refusesAsUnknown();
        referrals.handDown(ID, SUMMARY, by);
    }

    function test_RevertWhen_AnotherThanTheAcceptorSigns() external {
        accepted();
        Intent memory by = onHandDown(SENDER, ID);

        refuses(IReferrals.Referrals_NotAcceptor.selector, SENDER);
        referrals.handDown(ID, SUMMARY, by);
    }

    function test_RevertWhen_TheSummaryDiffersFromTheSigned() external {
        accepted();
        Intent memory by = onHandDown(ACCEPTOR, ID);

        refusesSignatureOf(ACCEPTOR);
        referrals.handDown(ID, "another", by);
    }

    function test_RevertGiven_ItIsNotAccepted() external {
        sent(sendingOf(ID));
        Intent memory by = onHandDown(ACCEPTOR, ID);

        refusesIn(ReferralState.Sent);
        referrals.handDown(ID, SUMMARY, by);
    }

    function test_GivenItIsAccepted() external {
        accepted();
        Intent memory by = onHandDown(ACCEPTOR, ID);

        vm.expectEmit(address(referrals));
        emit IReferrals.ReferralHandedDown(ID, SUMMARY);
        referrals.handDown(ID, SUMMARY, by);

        vm.assertTrue(isIn(ReferralState.HandedDown));
        vm.assertTrue(referrals.holds(ID));
    }
}

contract Referrals_closeReferral_Test is Referring {
    function test_RevertWhen_TheReferralIsUnknown() external {
        Intent memory by = on(SENDER, "CloseReferral", ID);

        refusesAsUnknown();
        referrals.closeReferral(ID, by);
    }

    function test_RevertWhen_AnotherThanTheSenderSigns() external {
        handedDown();
        Intent memory by = on(ACCEPTOR, "CloseReferral", ID);

        refuses(IReferrals.Referrals_NotSender.selector, ACCEPTOR);
        referrals.closeReferral(ID, by);
    }

    function test_RevertGiven_ItIsNotHandedDown() external {
        accepted();
        Intent memory by = on(SENDER, "CloseReferral", ID);

        refusesIn(ReferralState.Accepted);
        referrals.closeReferral(ID, by);
    }

    function test_GivenItIsHandedDown() external {
        handedDown();
        vm.warp(START + 5);
        Intent memory by = on(SENDER, "CloseReferral", ID);

        vm.expectEmit(address(referrals));
        emit IReferrals.ReferralClosed(ID);
        referrals.closeReferral(ID, by);

        vm.assertTrue(isIn(ReferralState.Closed));
        vm.assertEq(START + 5, referrals.referralState(ID).closedAt);
    }
}

contract Referrals_cancelReferral_Test is Referring {
    function test_RevertWhen_TheReferralIsUnknown() external {
        Intent memory by = on(SENDER, "CancelReferral", ID);

        refusesAsUnknown();
        referrals.cancelReferral(ID, by);
    }

    function test_RevertWhen_AnotherThanSenderAndPatientSigns() external {
        sent(sendingOf(ID));
        Intent memory by = on(ACCEPTOR, "CancelReferral", ID);

        refuses(IReferrals.Referrals_NotParty.selector, ACCEPTOR);
        referrals.cancelReferral(ID, by);
    }

    function test_RevertGiven_ItIsNeitherSentNorAccepted() external {
        handedDown();
        Intent memory by = on(PATIENT, "CancelReferral", ID);

        refusesIn(ReferralState.HandedDown);
        referrals.cancelReferral(ID, by);
    }

    function _cancels(uint256 key) private {
        accepted();
        Intent memory by = on(key, "CancelReferral", ID);

        vm.expectEmit(address(referrals));
        emit IReferrals.ReferralCancelled(ID, vm.addr(key));
        referrals.cancelReferral(ID, by);

        vm.assertTrue(isIn(ReferralState.Cancelled));
        vm.assertFalse(referrals.holds(ID));
    }

    function test_WhenTheSenderCancels() external {
        _cancels(SENDER);
    }

    function test_WhenThePatientCancels() external {
        _cancels(PATIENT);
    }

    function test_GivenItsDeadlineHasPassed() external {
        sent(sendingOf(ID));
        vm.warp(DEADLINE);
        referrals.cancelReferral(ID, on(SENDER, "CancelReferral", ID));

        vm.assertTrue(isIn(ReferralState.Cancelled));
    }
}

contract Referrals_holds_Test is Referring {
    function test_WhenTheReferralIsUnknown() external view {
        vm.assertFalse(referrals.holds(ID));
    }

    function test_GivenItIsSent() external {
        sent(sendingOf(ID));

        vm.assertFalse(referrals.holds(ID));
    }

    function test_GivenItIsAccepted() external {
        accepted();
        vm.warp(DEADLINE + 1);

        vm.assertTrue(referrals.holds(ID));
    }

    function test_GivenItIsHandedDown() external {
        handedDown();

        vm.assertTrue(referrals.holds(ID));
    }

    function test_GivenItIsClosedAndWithinItsGrace() external {
        closed();
        vm.assertTrue(referrals.holds(ID));
        vm.warp(START + GRACE - 1);
        vm.assertTrue(referrals.holds(ID));
    }

    function test_GivenItIsClosedAndItsGraceIsOver() external {
        closed();
        vm.warp(START + GRACE);

        vm.assertFalse(referrals.holds(ID));
    }

    function test_GivenItIsClosedWithoutGrace() external {
        Sending memory sending = sendingOf(ID);
        sending.grace = 0;
        sent(sending);
        referrals.acceptReferral(ID, on(ACCEPTOR, "AcceptReferral", ID));
        referrals.handDown(ID, SUMMARY, onHandDown(ACCEPTOR, ID));
        referrals.closeReferral(ID, on(SENDER, "CloseReferral", ID));

        vm.assertFalse(referrals.holds(ID));
    }

    function test_GivenItIsReturnedOrCancelled() external {
        returned();
        vm.assertFalse(referrals.holds(ID));
        Sending memory other = sendingOf("other");
        sent(other);
        referrals.cancelReferral("other", on(SENDER, "CancelReferral", "other"));
        vm.assertFalse(referrals.holds("other"));
    }
}
