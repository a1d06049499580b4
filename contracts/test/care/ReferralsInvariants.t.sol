// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Referral, ReferralState, Sending} from "../../src/care/IReferrals.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Base} from "../Base.sol";
import {Referring} from "./Referring.sol";

/// Lets all parties and a stranger do anything to three referrals, at any time, beside a model.
contract ReferralHandler is Referring {
    mapping(bytes32 id => ReferralState) private _states;
    mapping(bytes32 id => uint256) private _closedAt;
    uint256 private _now = START;

    function _idOf(uint8 which) private pure returns (bytes32) {
        return bytes32(uint256(1 + which % 3));
    }

    /// Half of the time the right party, otherwise anybody: both ends and refusals are reached.
    function _keyOf(uint8 who, uint256 right) private pure returns (uint256) {
        return who % 2 == 0 ? right : SENDER + (who / 2) % 4;
    }

    function _at() private {
        vm.warp(_now);
    }

    function _pass(bool isGood, bytes32 id, ReferralState next, bool isDone) private {
        vm.assertEq(isGood, isDone);
        if (isDone) _states[id] = next;
    }

    function _isPending(bytes32 id) private view returns (bool) {
        return _states[id] == ReferralState.Sent || _states[id] == ReferralState.Accepted;
    }

    function wait_(uint32 time) external {
        _now += bound(time, 0, 4 days);
        _at();
    }

    function send(uint8 which, uint8 who, uint8 agreeing) external {
        _at();
        bytes32 id = _idOf(which);
        Sending memory sending = sendingOf(id);
        sending.deadline = uint64(_now / DAY * DAY) + 3 * DAY;
        sending.grace = 5 days;
        Intent memory patient = onAgreement(_keyOf(agreeing, PATIENT), sending);
        Intent memory by = onSending(_keyOf(who, SENDER), sending);
        bool isGood = _keyOf(who, SENDER) == SENDER && _keyOf(agreeing, PATIENT) == PATIENT
            && _states[id] == ReferralState.None;
        try referrals.sendReferral(sending, patient, by) {
            _pass(isGood, id, ReferralState.Sent, true);
        } catch {
            _pass(isGood, id, ReferralState.Sent, false);
        }
    }

    function accept(uint8 which, uint8 who) external {
        _at();
        bytes32 id = _idOf(which);
        bool isGood = _keyOf(who, ACCEPTOR) == ACCEPTOR && _states[id] == ReferralState.Sent
            && _now < referrals.referralState(id).deadline;
        try referrals.acceptReferral(id, on(_keyOf(who, ACCEPTOR), "AcceptReferral", id)) {
            _pass(isGood, id, ReferralState.Accepted, true);
        } catch {
            _pass(isGood, id, ReferralState.Accepted, false);
        }
    }

    function giveBack(uint8 which, uint8 who) external {
        _at();
        bytes32 id = _idOf(which);
        bool isGood = _keyOf(who, ACCEPTOR) == ACCEPTOR && _isPending(id);
        try referrals.returnReferral(id, REASON, onReturn(_keyOf(who, ACCEPTOR), id)) {
            _pass(isGood, id, ReferralState.Returned, true);
        } catch {
            _pass(isGood, id, ReferralState.Returned, false);
        }
    }

    function handDown(uint8 which, uint8 who) external {
        _at();
        bytes32 id = _idOf(which);
        bool isGood = _keyOf(who, ACCEPTOR) == ACCEPTOR && _states[id] == ReferralState.Accepted;
        try referrals.handDown(id, SUMMARY, onHandDown(_keyOf(who, ACCEPTOR), id)) {
            _pass(isGood, id, ReferralState.HandedDown, true);
        } catch {
            _pass(isGood, id, ReferralState.HandedDown, false);
        }
    }

    function close(uint8 which, uint8 who) external {
        _at();
        bytes32 id = _idOf(which);
        bool isGood = _keyOf(who, SENDER) == SENDER && _states[id] == ReferralState.HandedDown;
        try referrals.closeReferral(id, on(_keyOf(who, SENDER), "CloseReferral", id)) {
            _pass(isGood, id, ReferralState.Closed, true);
            _closedAt[id] = _now;
        } catch {
            _pass(isGood, id, ReferralState.Closed, false);
        }
    }

    function cancel(uint8 which, uint8 who) external {
        _at();
        bytes32 id = _idOf(which);
        bool isGood =
            (_keyOf(who, PATIENT) == SENDER || _keyOf(who, PATIENT) == PATIENT) && _isPending(id);
        try referrals.cancelReferral(id, on(_keyOf(who, PATIENT), "CancelReferral", id)) {
            _pass(isGood, id, ReferralState.Cancelled, true);
        } catch {
            _pass(isGood, id, ReferralState.Cancelled, false);
        }
    }

    function check() external {
        _at();
        for (uint8 i; i < 3; ++i) {
            bytes32 id = _idOf(i);
            Referral memory kept = referrals.referralState(id);
            bool isOpen = _states[id] == ReferralState.Accepted
                || _states[id] == ReferralState.HandedDown
                || (_states[id] == ReferralState.Closed && _now < _closedAt[id] + 5 days);

            vm.assertTrue(_states[id] == kept.state);
            vm.assertEq(_closedAt[id], kept.closedAt);
            vm.assertEq(isOpen, referrals.holds(id));
        }
    }
}

contract Referrals_Invariants is Base {
    ReferralHandler private _handler = new ReferralHandler();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_OnlyTheRightPartyMovesAReferralAndItHoldsOnlyWhileOpen() external {
        _handler.check();
    }
}
