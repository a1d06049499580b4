// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOrganizations, KeyUse} from "../identity/IOrganizations.sol";
import {Intent} from "../identity/IIntentGuard.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {Conditions} from "./Conditions.sol";
import {
    IConsentRegistry,
    PolicyKind,
    Proposal,
    Trigger,
    TriggerEffect
} from "./IConsentRegistry.sol";

/// @title What grants depend on besides patients: conditions, owners, reporters, governors
abstract contract Dependencies is IConsentRegistry, IntentGuard {
    struct Bond {
        address condition;
        uint24 ownerEpoch;
        bytes32 conditionKey;
    }

    struct Reporter {
        address reporter;
        TriggerEffect effect;
    }

    bytes32 private constant PUBLISH_POLICY =
        keccak256("PublishPolicy(bytes32 policy,uint8 kind,uint256 nonce,uint64 deadline)");
    bytes32 private constant APPROVE_CONDITION =
        keccak256("ApproveCondition(address condition,uint256 nonce,uint64 deadline)");

    IOrganizations internal immutable ORGANIZATIONS;
    IRecordRegistry private immutable RECORDS;
    mapping(bytes32 grant => Bond) internal _bonds;
    mapping(bytes32 grant => mapping(bytes32 trigger => Reporter)) private _reporters;
    mapping(bytes32 policy => PolicyKind) private _policies;
    mapping(address condition => bool) private _conditions;

    constructor(IOrganizations organizations, IRecordRegistry records) {
        ORGANIZATIONS = organizations;
        RECORDS = records;
    }

    /* CONDITIONS AND OWNERS */

    /// Keeps the condition and the owner's epoch of a proposal that has one of them.
    function _bind(Proposal calldata proposal) internal returns (bool isBound) {
        address condition = proposal.condition;
        if (condition == address(0) && proposal.ownerEpoch == 0) return false;
        if (condition != address(0) && !_conditions[condition]) {
            revert ConsentRegistry_ConditionNotApproved(condition);
        }
        _bonds[proposal.grant] = Bond(condition, proposal.ownerEpoch, proposal.conditionKey);
        return true;
    }

    /// Whether condition and owner are as the grant says.
    function _holds(uint128 record, Bond memory bond) internal view returns (bool) {
        if (!Conditions.isMet(bond.condition, bond.conditionKey)) return false;
        if (bond.ownerEpoch == 0) return true;
        try RECORDS.keyEpochOf(uint256(record) << 8) returns (uint24 epoch) {
            return epoch == bond.ownerEpoch;
        } catch {
            return false;
        }
    }

    /* REPORTERS */

    /// Keeps the triggers of a proposal.
    /// @return waits whether one of them starts it
    function _arm(bytes32 grant, Trigger[] calldata triggers) internal returns (bool waits) {
        for (uint256 i; i < triggers.length; ++i) {
            Trigger calldata trigger = triggers[i];
            Reporter storage known = _reporters[grant][trigger.id];
            if (known.reporter != address(0)) revert ConsentRegistry_AlreadyExists(trigger.id);
            if (trigger.reporter == address(0)) {
                revert ConsentRegistry_NotReporter(grant, trigger.reporter);
            }
            (known.reporter, known.effect) = (trigger.reporter, trigger.effect);
            waits = waits || trigger.effect == TriggerEffect.Start;
        }
    }

    /// What a trigger does, when the signer is its reporter or acts for it.
    function _effectOf(bytes32 grant, bytes32 trigger, address signer)
        internal
        view
        returns (TriggerEffect)
    {
        Reporter memory known = _reporters[grant][trigger];
        bool isReporter = known.reporter != address(0)
            && (known.reporter == signer
                || known.reporter == ORGANIZATIONS.actingFor(signer, KeyUse.Act, 0));
        if (!isReporter) revert ConsentRegistry_NotReporter(grant, signer);
        return known.effect;
    }

    /* GOVERNORS */

    /// @inheritdoc IConsentRegistry
    function publishPolicy(bytes32 policy, PolicyKind kind, Intent calldata by) external {
        bytes32 hash = keccak256(abi.encode(PUBLISH_POLICY, policy, kind, by.nonce, by.deadline));
        _checkGovernor(_verify(by, hash));
        if (kind == PolicyKind.None) revert ConsentRegistry_UnknownPolicy(policy);
        if (_policies[policy] != PolicyKind.None) revert ConsentRegistry_AlreadyExists(policy);

        _policies[policy] = kind;
        emit PolicyPublished(policy, kind);
    }

    /// @inheritdoc IConsentRegistry
    function approveCondition(address condition, Intent calldata by) external {
        bytes32 hash = keccak256(abi.encode(APPROVE_CONDITION, condition, by.nonce, by.deadline));
        _checkGovernor(_verify(by, hash));
        if (condition.code.length == 0) revert ConsentRegistry_ConditionNotApproved(condition);
        if (_conditions[condition]) {
            revert ConsentRegistry_AlreadyExists(bytes32(uint256(uint160(condition))));
        }

        _conditions[condition] = true;
        emit ConditionApproved(condition);
    }

    function _checkGovernor(address signer) private view {
        bytes32 key = bytes32(uint256(uint160(signer)));
        address org = ORGANIZATIONS.orgOf(key, KeyUse.Admin, uint64(block.timestamp));
        if (!ORGANIZATIONS.isGovernor(org)) revert ConsentRegistry_NotGovernor(signer);
    }

    /* VIEWS */

    /// @inheritdoc IConsentRegistry
    function policyKind(bytes32 policy) external view returns (PolicyKind) {
        return _policies[policy];
    }

    /// @inheritdoc IConsentRegistry
    function isConditionApproved(address condition) external view returns (bool) {
        return _conditions[condition];
    }
}
