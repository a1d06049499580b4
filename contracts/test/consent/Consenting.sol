// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Powers} from "../../src/consent/IAuthority.sol";
import {ICondition} from "../../src/consent/ICondition.sol";
import {
    Effect,
    GrantState,
    IConsentRegistry,
    PolicyKind,
    Proposal,
    Rule,
    Trigger,
    TriggerEffect
} from "../../src/consent/IConsentRegistry.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Controlling} from "./Controlling.sol";

/// Says what it was told.
contract Telling is ICondition {
    mapping(bytes32 key => bool) private _held;

    function tell(bytes32 key, bool held) external {
        _held[key] = held;
    }

    function holds(bytes32 key) external view returns (bool) {
        return _held[key];
    }
}

/// @title Grants of one record, a rule of three approvers of whom two decide; the intents of all
abstract contract Consenting is Controlling {
    bytes32 internal constant GRANT = "grant";
    bytes32 internal constant OTHER = "other";
    bytes32 internal constant RULE = "rule";
    bytes32 internal constant UNIT = "unit";
    bytes32 internal constant TRIGGER_ID = "trigger";
    uint256 internal constant APPROVER = 0x91;
    uint256 internal constant REPORTER = 0x99;

    /* GIVEN */

    function propose(uint256 key) internal {
        propose(key, termsOf(GRANT));
    }

    function propose(uint256 key, Proposal memory terms) internal {
        consents.propose(terms, onTerms(key, terms));
    }

    function approve(uint256 key) internal {
        consents.approve(GRANT, onGrant(key, "Approve", GRANT));
    }

    function revoke() internal {
        consents.revoke(GRANT, onGrant(PATIENT, "Revoke", GRANT));
    }

    function endAll() internal {
        consents.endAll(RECORD, onEndAll(PATIENT));
    }

    function lift(uint256 key) internal {
        consents.lift(GRANT, onLift(key, GRANT));
    }

    function report() internal {
        consents.report(GRANT, TRIGGER_ID, "evidence", onReport(REPORTER, TRIGGER_ID));
    }

    function delegate(uint16 powers) internal {
        appoint(DELEGATE, delegationOf(powers));
    }

    /// The patient, on the seat of her account, and two others; two of them decide.
    function ruled() internal {
        setRule(PATIENT, 2, approvers(), false);
    }

    function setRule(uint256 key, uint8 threshold, address[] memory list, bool eachUse) internal {
        Rule memory rule = ruleOf(threshold, list, eachUse);
        consents.setRule(RECORD, RULE, rule, list, onRule(key, rule, list));
    }

    function ruleOf(uint8 threshold, address[] memory list, bool eachUse)
        internal
        pure
        returns (Rule memory)
    {
        return Rule(threshold, uint8(list.length), eachUse);
    }

    function assign(uint256 key, bytes32 rule) internal {
        consents.assign(RECORD, UNIT, rule, onAssigned(key, rule));
    }

    /// A condition that a governor approved.
    function approvedCondition() internal returns (Telling condition) {
        condition = new Telling();
        admit(GOVERNOR, 0);
        consents.approveCondition(address(condition), onCondition(GOVERNOR, address(condition)));
    }

    function approvers() internal view returns (address[] memory list) {
        list = new address[](3);
        (list[0], list[1]) = (authority.accountOf(RECORD), vm.addr(APPROVER));
        list[2] = vm.addr(APPROVER + 1);
    }

    /* TERMS */

    function ruledTerms() internal view returns (Proposal memory terms) {
        terms = termsOf(GRANT);
        terms.rule = RULE;
    }

    function denialOf(bytes32 grant) internal view returns (Proposal memory terms) {
        terms = termsOf(grant);
        terms.effect = Effect.Deny;
    }

    function triggered(TriggerEffect effect) internal view returns (Proposal memory terms) {
        terms = termsOf(GRANT);
        terms.triggers = new Trigger[](1);
        terms.triggers[0] = Trigger(TRIGGER_ID, vm.addr(REPORTER), effect);
    }

    /// The first triggers of two proposals.
    function both(Proposal memory one, Proposal memory other)
        internal
        pure
        returns (Trigger[] memory triggers)
    {
        triggers = new Trigger[](2);
        (triggers[0], triggers[1]) = (one.triggers[0], other.triggers[0]);
    }

    function replacing() internal view returns (Proposal memory terms) {
        terms = termsOf(OTHER);
        terms.replaces = only(GRANT);
    }

    function only(bytes32 one) internal pure returns (bytes32[] memory list) {
        list = new bytes32[](1);
        list[0] = one;
    }

    /* STATES */

    function stateOf(bytes32 grant) internal view returns (GrantState) {
        return consents.grantState(grant).state;
    }

    function isIn(GrantState state) internal view returns (bool) {
        return stateOf(GRANT) == state;
    }

    /* INTENTS */

    function onLift(uint256 key, bytes32 denial) internal returns (Intent memory) {
        return signed(key, address(consents), "Lift(bytes32 denial", abi.encode(denial));
    }

    function onEndAll(uint256 key) internal returns (Intent memory) {
        return signed(key, address(consents), "EndAll(uint128 record", abi.encode(RECORD));
    }

    function onReport(uint256 key, bytes32 trigger) internal returns (Intent memory) {
        return onReport(key, GRANT, trigger);
    }

    function onReport(uint256 key, bytes32 grant, bytes32 trigger)
        internal
        returns (Intent memory)
    {
        return signed(
            key,
            address(consents),
            "Report(bytes32 grant,bytes32 trigger,bytes32 evidence",
            abi.encode(grant, trigger, bytes32("evidence"))
        );
    }

    function onRule(uint256 key, Rule memory rule, address[] memory list)
        internal
        returns (Intent memory)
    {
        string memory kind = "Rule(uint8 threshold,uint8 approvers,bool eachUse)";
        bytes32 inner = keccak256(bytes.concat(keccak256(bytes(kind)), abi.encode(rule)));
        bytes32 hash = keccak256(abi.encodePacked(list));
        return signed(
            key,
            address(consents),
            "SetRule(uint128 record,bytes32 rule,Rule terms,address[] approvers",
            kind,
            abi.encode(RECORD, RULE, inner, hash)
        );
    }

    function onAssigned(uint256 key, bytes32 rule) internal returns (Intent memory) {
        return signed(
            key,
            address(consents),
            "Assign(uint128 record,bytes32 unit,bytes32 rule",
            abi.encode(RECORD, UNIT, rule)
        );
    }

    function onPolicy(uint256 key, bytes32 policy, PolicyKind kind)
        internal
        returns (Intent memory)
    {
        return signed(
            key,
            address(consents),
            "PublishPolicy(bytes32 policy,uint8 kind",
            abi.encode(policy, kind)
        );
    }

    function onCondition(uint256 key, address condition) internal returns (Intent memory) {
        return
            signed(
                key, address(consents), "ApproveCondition(address condition", abi.encode(condition)
            );
    }

    /* REFUSALS */

    function refusesSigner(uint256 key) internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                IConsentRegistry.ConsentRegistry_NotController.selector, RECORD, vm.addr(key)
            )
        );
    }

    function refusesNonApprover(uint256 key) internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                IConsentRegistry.ConsentRegistry_NotApprover.selector, RULE, vm.addr(key)
            )
        );
    }

    function refusesTwice(bytes32 id, uint256 key) internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                IConsentRegistry.ConsentRegistry_AlreadyApproved.selector, id, vm.addr(key)
            )
        );
    }

    function refusesGrant() internal {
        refusesId(IConsentRegistry.ConsentRegistry_UnknownGrant.selector, GRANT);
    }

    function refusesEffect(bytes32 grant) internal {
        refusesId(IConsentRegistry.ConsentRegistry_WrongEffect.selector, grant);
    }

    function refusesId(bytes4 reason, bytes32 id) internal {
        vm.expectRevert(abi.encodeWithSelector(reason, id));
    }

    function refusesErased() internal {
        vm.expectRevert(
            abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_Erased.selector, RECORD)
        );
    }

    function refusesNumbers(bytes4 reason, uint256 first, uint256 second) internal {
        vm.expectRevert(abi.encodeWithSelector(reason, first, second));
    }

    function refusesIn(GrantState state) internal {
        vm.expectRevert(
            abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_BadState.selector, GRANT, state)
        );
    }
}
