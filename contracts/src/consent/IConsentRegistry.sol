// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../identity/IIntentGuard.sol";

enum Effect {
    Permit,
    Deny
}

enum GrantState {
    None,
    Proposed,
    Live,
    Suspended,
    Ended
}

/// Why a grant ended. What `endAll`, erasure and the window end has no event of its own.
enum Cause {
    Declined,
    Revoked,
    Replaced,
    Triggered,
    Lifted
}

enum TriggerEffect {
    Start,
    Suspend,
    Resume,
    End
}

/// What a published policy is for.
enum PolicyKind {
    None,
    Wording,
    LegalLimit,
    Profile
}

/// What `reporter`, a key or an organization, can bring about by reporting that it happened.
struct Trigger {
    bytes32 id;
    address reporter;
    TriggerEffect effect;
}

/// m of n keys; `eachUse`: every release carries the signatures of m approvers over its digest.
struct Rule {
    uint8 threshold;
    uint8 approvers;
    bool eachUse;
}

/// What a patient is asked to allow or to deny. The terms are behind `commitment`; the window is
/// rounded outward to whole days (seconds, multiples of 86,400); `purposes` has a bit for each
/// purpose, bit 11 (break-glass) only in a denial. Zero is no rule, no condition, and an
/// `ownerEpoch` that does not matter. `replaces` are permits that end once this grant is approved,
/// by whoever approves it.
struct Proposal {
    bytes32 grant;
    uint128 record;
    Effect effect;
    bytes32 commitment;
    bytes32 rule;
    bytes32 wording;
    uint16 purposes;
    uint24 ownerEpoch;
    uint64 notBefore;
    uint64 notAfter;
    address condition;
    bytes32 conditionKey;
    Trigger[] triggers;
    bytes32[] replaces;
}

/// What the ledger keeps of a proposal, and what became of it. `epoch` is the consent epoch of the
/// record that the grant belongs to, `approvals` counts the approvers of its rule. `endedAt` is in
/// seconds, also where `endAll` or the erasure of the record ended it.
struct Grant {
    uint128 record;
    Effect effect;
    bytes32 commitment;
    bytes32 rule;
    uint16 purposes;
    uint24 ownerEpoch;
    uint64 notBefore;
    uint64 notAfter;
    address condition;
    bytes32 conditionKey;
    uint32 epoch;
    uint8 approvals;
    GrantState state;
    uint64 endedAt;
}

/// @title What patients allow and deny, as commitments
/// @notice A grant without a rule is live by one key: the controller, or a delegate with the power.
/// A grant on a rule is live when as many of the rule's approvers have approved as its threshold
/// says. An approver is a key, or a contract that signs by ERC-1271. The controller's own seat is
/// the record's subject account, which outlives her key; she, or a delegate with Approve, sits on it.
/// One key ends a permit: controller, delegate with Revoke, or any approver of its rule. A denial
/// ends by `lift`, which needs what made it live.
/// @dev `propose`, `decline` and `revoke` can happen once only, so their nonces are not kept, which
/// saves a slot. `cancelNonces` stops them as it stops any other intent.
interface IConsentRegistry {
    event GrantProposed(bytes32 indexed grant, uint128 indexed record, Proposal terms, address by);
    event GrantApproved(bytes32 indexed grant, uint128 indexed record, address by, uint8 approvals);
    event GrantDeclined(bytes32 indexed grant, uint128 indexed record, address by);
    event GrantLive(bytes32 indexed grant, uint128 indexed record);
    event GrantSuspended(bytes32 indexed grant, uint128 indexed record);
    event GrantResumed(bytes32 indexed grant, uint128 indexed record);
    event GrantEnded(bytes32 indexed grant, uint128 indexed record, Cause cause);
    event AllEnded(uint128 indexed record, uint32 epoch);
    event DenialLifted(bytes32 indexed grant, uint128 indexed record);
    event Triggered(bytes32 indexed grant, bytes32 indexed trigger, bytes32 evidence);
    event RuleSet(uint128 indexed record, bytes32 indexed rule, Rule terms, address[] approvers);
    event UnitAssigned(uint128 indexed record, bytes32 indexed unit, bytes32 rule);

    /// One of several keys agreed to a loosening that more keys must agree to.
    event LooseningApproved(uint128 indexed record, bytes32 indexed change, address by);
    event PolicyPublished(bytes32 indexed policy, PolicyKind kind);
    event ConditionApproved(address indexed condition);

    error ConsentRegistry_UnknownRecord(uint128 record);
    error ConsentRegistry_UnknownGrant(bytes32 grant);
    error ConsentRegistry_UnknownRule(uint128 record, bytes32 rule);
    error ConsentRegistry_UnknownPolicy(bytes32 policy);
    error ConsentRegistry_AlreadyExists(bytes32 id);
    error ConsentRegistry_AlreadyApproved(bytes32 id, address signer);
    error ConsentRegistry_NotController(uint128 record, address signer);
    error ConsentRegistry_NotApprover(bytes32 rule, address signer);
    error ConsentRegistry_NotGovernor(address signer);
    error ConsentRegistry_NotReporter(bytes32 grant, address signer);
    error ConsentRegistry_BadState(bytes32 grant, GrantState state);
    error ConsentRegistry_BadWindow(uint64 notBefore, uint64 notAfter);
    error ConsentRegistry_BadThreshold(uint256 threshold, uint256 approvers);
    error ConsentRegistry_BadApprover(address approver);
    error ConsentRegistry_BadPurposes(uint16 purposes);
    error ConsentRegistry_WrongEffect(bytes32 grant);
    error ConsentRegistry_ConditionNotApproved(address condition);
    error ConsentRegistry_TooMany(uint256 count, uint256 most);
    error ConsentRegistry_Erased(uint128 record);

    /* RULES */

    /// Makes or changes a rule of a record. A change that is not looser than the rule before is made
    /// by the controller, or a delegate with Grant, alone. A looser one is made when, besides,
    /// as many approvers as the rule before asks for have signed the same call within 14 days.
    /// @param rule any id, such as a random one
    /// @param terms `approvers` is the length of `approvers`
    function setRule(
        uint128 record,
        bytes32 rule,
        Rule calldata terms,
        address[] calldata approvers,
        Intent calldata by
    ) external;

    /// Puts a unit under a rule of its record; under none with zero. To take a unit from a rule is
    /// a loosening of that rule, by the same keys as in `setRule`.
    function assign(uint128 record, bytes32 unit, bytes32 rule, Intent calldata by) external;

    /* GRANTS */

    /// Proposes a grant. Without a rule it is live at once when the controller or a delegate with
    /// Grant proposes it. A denial takes no condition, no triggers and no `ownerEpoch`.
    /// @param by the controller, a delegate with Grant, or an active organization
    function propose(Proposal calldata proposal, Intent calldata by) external;

    /// Approves a proposed grant; by an approver of its rule, or without a rule by the controller
    /// or a delegate with Approve.
    function approve(bytes32 grant, Intent calldata by) external;

    /// Ends a proposed grant; by anyone who could approve it.
    function decline(bytes32 grant, Intent calldata by) external;

    /// Ends a live or suspended permit, for ever; by the controller, a delegate with Revoke, or any
    /// approver of its rule.
    function revoke(bytes32 grant, Intent calldata by) external;

    /// Ends every permit of a record, also what was only proposed; denials stay. By the controller or
    /// a delegate with Revoke.
    function endAll(uint128 record, Intent calldata by) external;

    /// Ends a live denial; by as many approvers as its rule asks for, or without a rule by the
    /// controller or a delegate with Grant.
    function lift(bytes32 denial, Intent calldata by) external;

    /// Starts, suspends, resumes or ends a permit, as one of its triggers says; by the reporter.
    /// @param evidence the commitment to what shows that it happened
    function report(bytes32 grant, bytes32 trigger, bytes32 evidence, Intent calldata by) external;

    /* GOVERNORS */

    /// Publishes a policy by its hash; by an admin key of a governor that is admitted.
    function publishPolicy(bytes32 policy, PolicyKind kind, Intent calldata by) external;

    /// Lets grants name a condition, for ever; by an admin key of a governor that is admitted.
    function approveCondition(address condition, Intent calldata by) external;

    /* VIEWS */

    /// Live, within its window, its condition holding, its record not erased.
    function isLive(bytes32 grant) external view returns (bool);

    /// What the ledger keeps; zeros for an unknown grant.
    function grantState(bytes32 grant) external view returns (Grant memory);

    /// The denials of a record that are live now; none of an erased record.
    function liveDenials(uint128 record) external view returns (bytes32[] memory);

    /// The rule that a unit of a record is under; zeros when under none.
    function ruleOf(uint128 record, bytes32 unit)
        external
        view
        returns (bytes32 rule, Rule memory terms, address[] memory approvers);

    /// A rule by its id.
    function ruleById(uint128 record, bytes32 rule)
        external
        view
        returns (Rule memory terms, address[] memory approvers);

    /// How often `endAll` ended the grants of a record.
    function consentEpochOf(uint128 record) external view returns (uint32);

    function policyKind(bytes32 policy) external view returns (PolicyKind);

    function isConditionApproved(address condition) external view returns (bool);
}
