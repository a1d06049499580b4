// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICondition} from "../consent/ICondition.sol";
import {Intent} from "../identity/IIntentGuard.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {IReferrals, Referral, ReferralState, Sending} from "./IReferrals.sol";

/// @title See {IReferrals}
contract Referrals is IReferrals, IntentGuard {
    uint64 private constant DAY = 1 days;
    uint64 private constant LONGEST = 366 days;
    uint32 private constant LONGEST_GRACE = 90 days;

    string private constant SENDING_TYPE = "Sending(bytes32 id,bytes32 commitment,address sender,"
        "address acceptor,address patient,uint64 deadline,uint32 grace)";
    bytes32 private constant SENDING = keccak256(bytes(SENDING_TYPE));
    bytes32 private constant SEND_REFERRAL = keccak256(
        bytes.concat(
            "SendReferral(Sending sending,uint256 nonce,uint64 deadline)", bytes(SENDING_TYPE)
        )
    );
    bytes32 private constant AGREE_REFERRAL = keccak256(
        bytes.concat(
            "AgreeReferral(Sending sending,uint256 nonce,uint64 deadline)", bytes(SENDING_TYPE)
        )
    );
    bytes32 private constant ACCEPT_REFERRAL =
        keccak256("AcceptReferral(bytes32 id,uint256 nonce,uint64 deadline)");
    bytes32 private constant RETURN_REFERRAL =
        keccak256("ReturnReferral(bytes32 id,bytes32 reason,uint256 nonce,uint64 deadline)");
    bytes32 private constant HAND_DOWN =
        keccak256("HandDown(bytes32 id,bytes32 summary,uint256 nonce,uint64 deadline)");
    bytes32 private constant CLOSE_REFERRAL =
        keccak256("CloseReferral(bytes32 id,uint256 nonce,uint64 deadline)");
    bytes32 private constant CANCEL_REFERRAL =
        keccak256("CancelReferral(bytes32 id,uint256 nonce,uint64 deadline)");

    mapping(bytes32 id => Referral) private _referrals;

    constructor() IntentGuard("Referrals") {}

    /* SEND */

    /// @inheritdoc IReferrals
    function sendReferral(Sending calldata sending, Intent calldata patient, Intent calldata by)
        external
    {
        bytes32 inner = keccak256(abi.encode(SENDING, sending));
        address sender =
            _accept(by, keccak256(abi.encode(SEND_REFERRAL, inner, by.nonce, by.deadline)));
        if (sender != sending.sender) revert Referrals_NotSender(sending.id, sender);
        bytes32 agreement =
            keccak256(abi.encode(AGREE_REFERRAL, inner, patient.nonce, patient.deadline));
        if (_accept(patient, agreement) != sending.patient) {
            revert Referrals_NotPatient(sending.id, patient.signer);
        }
        _checkSending(sending);
        Referral storage referral = _referrals[sending.id];
        if (referral.state != ReferralState.None) revert Referrals_AlreadyExists(sending.id);

        referral.commitment = sending.commitment;
        referral.sender = sender;
        referral.deadline = sending.deadline;
        referral.grace = sending.grace;
        referral.acceptor = sending.acceptor;
        referral.state = ReferralState.Sent;
        referral.patient = sending.patient;
        emit ReferralSent(sending.id, sending);
    }

    function _checkSending(Sending calldata sending) private view {
        (uint64 deadline, uint32 grace) = (sending.deadline, sending.grace);
        bool areApart = sending.sender != sending.acceptor && sending.acceptor != sending.patient
            && sending.patient != sending.sender;
        if (!areApart) revert Referrals_SameSigner(sending.id);
        bool isGood = deadline % DAY == 0 && grace <= LONGEST_GRACE && deadline > block.timestamp
            && deadline <= block.timestamp + LONGEST;
        if (!isGood) revert Referrals_BadWindow(deadline, grace);
    }

    /* ACCEPT, RETURN, HAND DOWN: THE ACCEPTOR */

    /// @inheritdoc IReferrals
    function acceptReferral(bytes32 id, Intent calldata by) external {
        Referral storage referral = _ofAcceptor(id, by, _plain(ACCEPT_REFERRAL, id, by));
        if (referral.state != ReferralState.Sent) {
            revert Referrals_BadState(id, referral.state);
        }
        uint64 deadline = referral.deadline;
        if (block.timestamp >= deadline) revert Referrals_DeadlinePassed(id, deadline);

        referral.state = ReferralState.Accepted;
        emit ReferralAccepted(id);
    }

    /// @inheritdoc IReferrals
    function returnReferral(bytes32 id, bytes32 reason, Intent calldata by) external {
        Referral storage referral = _ofAcceptor(id, by, _carrying(RETURN_REFERRAL, id, reason, by));
        _checkPending(id, referral.state);

        referral.state = ReferralState.Returned;
        emit ReferralReturned(id, reason);
    }

    /// @inheritdoc IReferrals
    function handDown(bytes32 id, bytes32 summary, Intent calldata by) external {
        Referral storage referral = _ofAcceptor(id, by, _carrying(HAND_DOWN, id, summary, by));
        if (referral.state != ReferralState.Accepted) {
            revert Referrals_BadState(id, referral.state);
        }

        referral.state = ReferralState.HandedDown;
        emit ReferralHandedDown(id, summary);
    }

    /* CLOSE, CANCEL */

    /// @inheritdoc IReferrals
    function closeReferral(bytes32 id, Intent calldata by) external {
        (Referral storage referral, address signer) =
            _signed(id, by, _plain(CLOSE_REFERRAL, id, by));
        if (signer != referral.sender) revert Referrals_NotSender(id, signer);
        if (referral.state != ReferralState.HandedDown) {
            revert Referrals_BadState(id, referral.state);
        }

        referral.state = ReferralState.Closed;
        referral.closedAt = uint64(block.timestamp);
        emit ReferralClosed(id);
    }

    /// @inheritdoc IReferrals
    function cancelReferral(bytes32 id, Intent calldata by) external {
        (Referral storage referral, address signer) =
            _signed(id, by, _plain(CANCEL_REFERRAL, id, by));
        if (signer != referral.sender && signer != referral.patient) {
            revert Referrals_NotParty(id, signer);
        }
        _checkPending(id, referral.state);

        referral.state = ReferralState.Cancelled;
        emit ReferralCancelled(id, signer);
    }

    /* CHECKS */

    function _plain(bytes32 verb, bytes32 id, Intent calldata by) private pure returns (bytes32) {
        return keccak256(abi.encode(verb, id, by.nonce, by.deadline));
    }

    function _carrying(bytes32 verb, bytes32 id, bytes32 paper, Intent calldata by)
        private
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(verb, id, paper, by.nonce, by.deadline));
    }

    /// The referral, when it is there, and who signed the verb on it.
    function _signed(bytes32 id, Intent calldata by, bytes32 structHash)
        private
        returns (Referral storage referral, address signer)
    {
        signer = _accept(by, structHash);
        referral = _referrals[id];
        if (referral.state == ReferralState.None) revert Referrals_UnknownReferral(id);
    }

    function _ofAcceptor(bytes32 id, Intent calldata by, bytes32 structHash)
        private
        returns (Referral storage referral)
    {
        address signer;
        (referral, signer) = _signed(id, by, structHash);
        if (signer != referral.acceptor) revert Referrals_NotAcceptor(id, signer);
    }

    function _checkPending(bytes32 id, ReferralState state) private pure {
        if (state != ReferralState.Sent && state != ReferralState.Accepted) {
            revert Referrals_BadState(id, state);
        }
    }

    /* VIEWS */

    /// @inheritdoc ICondition
    function holds(bytes32 conditionKey) external view returns (bool) {
        Referral storage referral = _referrals[conditionKey];
        ReferralState state = referral.state;
        if (state == ReferralState.Closed) {
            return block.timestamp < uint256(referral.closedAt) + referral.grace;
        }
        return state == ReferralState.Accepted || state == ReferralState.HandedDown;
    }

    /// @inheritdoc IReferrals
    function referralState(bytes32 id) external view returns (Referral memory) {
        return _referrals[id];
    }
}
