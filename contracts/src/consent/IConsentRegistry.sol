// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../identity/IIntentGuard.sol";

/// What a patient is asked to allow. The terms are behind `commitment`; the window is rounded
/// outward to whole days (seconds, multiples of 86,400); `purposes` has a bit for each purpose.
struct Proposal {
    bytes32 grant;
    uint128 record;
    bytes32 commitment;
    bytes32 wording;
    uint16 purposes;
    uint64 notBefore;
    uint64 notAfter;
}

enum GrantState {
    None,
    Proposed,
    Live,
    Suspended,
    Ended
}

enum Cause {
    Declined,
    Revoked
}

struct Grant {
    Proposal terms;
    GrantState state;
    uint64 endedAt;
}

/// @title What patients allow, as commitments
interface IConsentRegistry {
    event GrantProposed(bytes32 indexed grant, uint128 indexed record, Proposal terms, address by);
    event GrantLive(bytes32 indexed grant, uint128 indexed record);
    event GrantEnded(bytes32 indexed grant, uint128 indexed record, Cause cause);

    error ConsentRegistry_UnknownRecord(uint128 record);
    error ConsentRegistry_UnknownGrant(bytes32 grant);
    error ConsentRegistry_AlreadyExists(bytes32 grant);
    error ConsentRegistry_NotController(uint128 record, address signer);
    error ConsentRegistry_BadState(bytes32 grant, GrantState state);
    error ConsentRegistry_BadWindow(uint64 notBefore, uint64 notAfter);

    /// Proposes a grant; it is live at once when the controller proposes it.
    /// @param by the controller, or an active organization
    function propose(Proposal calldata proposal, Intent calldata by) external;

    /// Makes a proposed grant live; by the controller.
    function approve(bytes32 grant, Intent calldata by) external;

    /// Ends a proposed grant; by the controller.
    function decline(bytes32 grant, Intent calldata by) external;

    /// Ends a live grant, for ever; by the controller.
    function revoke(bytes32 grant, Intent calldata by) external;

    /// Live, and now within its window.
    function isLive(bytes32 grant) external view returns (bool);

    function grantState(bytes32 grant) external view returns (Grant memory);
}
