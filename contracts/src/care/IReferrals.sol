// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICondition} from "../consent/ICondition.sol";
import {Intent} from "../identity/IIntentGuard.sol";

/// A referral on its way up. What it says is behind `commitment`; sender, acceptor and patient are
/// fresh keys of this referral alone. `deadline` is when it can no longer be accepted (seconds, a
/// multiple of 86,400); `grace` is for how many seconds it counts as open after it was closed.
struct Sending {
    bytes32 id;
    bytes32 commitment;
    address sender;
    address acceptor;
    address patient;
    uint64 deadline;
    uint32 grace;
}

enum ReferralState {
    None,
    Sent,
    Accepted,
    Returned,
    HandedDown,
    Closed,
    Cancelled
}

struct Referral {
    bytes32 commitment;
    address sender;
    uint64 deadline;
    uint32 grace;
    address acceptor;
    ReferralState state;
    uint64 closedAt;
    address patient;
}

/// @title The way of a patient to a specialist and back; what it says stays off the ledger
/// @dev As a condition, the key is the id of a referral: it holds while somebody works on it.
interface IReferrals is ICondition {
    event ReferralSent(bytes32 indexed id, Sending sending);
    event ReferralAccepted(bytes32 indexed id);
    event ReferralReturned(bytes32 indexed id, bytes32 reason);
    event ReferralHandedDown(bytes32 indexed id, bytes32 summary);
    event ReferralClosed(bytes32 indexed id);
    event ReferralCancelled(bytes32 indexed id, address by);

    error Referrals_AlreadyExists(bytes32 id);
    error Referrals_UnknownReferral(bytes32 id);
    error Referrals_NotSender(bytes32 id, address signer);
    error Referrals_NotAcceptor(bytes32 id, address signer);
    error Referrals_NotPatient(bytes32 id, address signer);
    error Referrals_NotParty(bytes32 id, address signer);
    error Referrals_SameSigner(bytes32 id);
    error Referrals_BadWindow(uint64 deadline, uint32 grace);
    error Referrals_BadState(bytes32 id, ReferralState state);
    error Referrals_DeadlinePassed(bytes32 id, uint64 deadline);

    /// Sends a patient to a specialist.
    /// @param patient the patient's key agrees: `AgreeReferral`, with the arguments of this verb
    /// @param by the sender
    function sendReferral(Sending calldata sending, Intent calldata patient, Intent calldata by)
        external;

    /// Takes a referral on, before its deadline; by the acceptor.
    function acceptReferral(bytes32 id, Intent calldata by) external;

    /// Gives a referral back that was sent or accepted; by the acceptor.
    /// @param reason salted commitment to the reason
    function returnReferral(bytes32 id, bytes32 reason, Intent calldata by) external;

    /// Hands an accepted referral down again with its summary; by the acceptor.
    /// @param summary salted commitment to the summary
    function handDown(bytes32 id, bytes32 summary, Intent calldata by) external;

    /// Closes what was handed down; by the sender. It counts as open for the time of grace.
    function closeReferral(bytes32 id, Intent calldata by) external;

    /// Ends what was sent or accepted; by the sender or the patient.
    function cancelReferral(bytes32 id, Intent calldata by) external;

    function referralState(bytes32 id) external view returns (Referral memory);
}
