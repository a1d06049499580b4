// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Effect,
    GrantState,
    IConsentRegistry,
    Proposal,
    TriggerEffect
} from "../../src/consent/IConsentRegistry.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Base, Log, Selectors} from "../Base.sol";
import {Consenting} from "./Consenting.sol";

/// Lets patient, clinic, approvers and a stranger do anything to six grants: permits and denials,
/// half of them on a rule of two of three. Beside them a model of who has agreed to what, and what
/// the events tell.
contract ConsentHandler is Consenting {
    uint8 private constant GRANTS = 6;
    uint8 private constant NEEDED = 2;

    mapping(bytes32 grant => GrantState) private _states;
    mapping(bytes32 grant => GrantState) private _told;
    mapping(bytes32 grant => mapping(uint256 key => bool)) private _approved;
    mapping(bytes32 grant => mapping(uint256 key => bool)) private _lifted;
    mapping(bytes32 grant => uint8) private _approvals;
    mapping(bytes32 grant => uint8) private _lifts;
    bool private _isErased;
    uint256 private _draws;

    constructor() {
        ruled();
        vm.recordLogs();
    }

    /* THE GRANTS AND THE KEYS */

    function _grantOf(uint8 which) private pure returns (bytes32) {
        return bytes32(uint256(1 + which % GRANTS));
    }

    function _isDeny(bytes32 grant) private pure returns (bool) {
        return uint256(grant) % 3 == 0;
    }

    function _isRuled(bytes32 grant) private pure returns (bool) {
        return uint256(grant) % 2 == 0;
    }

    function _termsOf(bytes32 grant) private view returns (Proposal memory terms) {
        terms = _isDeny(grant) ? denialOf(grant) : triggered(TriggerEffect.Suspend);
        terms.grant = grant;
        if (!_isDeny(grant)) {
            terms.triggers = both(terms, triggered(TriggerEffect.Resume));
            terms.triggers[1].id = "resume";
        }
        if (_isRuled(grant)) terms.rule = RULE;
    }

    function _keyOf(uint8 who) private pure returns (uint256) {
        uint256[6] memory keys = [CLINIC, STRANGER, APPROVER, PATIENT, APPROVER + 1, PATIENT];
        return keys[who % 6];
    }

    /// A grant and a key, evenly: what forge draws is mostly at the ends of its range.
    function _drawn(bytes32 salt) private returns (bytes32 grant, uint256 key) {
        uint256 random = uint256(keccak256(abi.encode(salt, ++_draws)));
        return (_grantOf(uint8(random)), _keyOf(uint8(random >> 8)));
    }

    function _isApprover(uint256 key) private pure returns (bool) {
        return key == PATIENT || key == APPROVER || key == APPROVER + 1;
    }

    function _decides(bytes32 grant, uint256 key) private pure returns (bool) {
        return _isRuled(grant) ? _isApprover(key) : key == PATIENT;
    }

    /* VERBS */

    function propose(bytes32 salt) external {
        (bytes32 grant, uint256 key) = _drawn(salt);
        bool isGood =
            !_isErased && (key == PATIENT || key == CLINIC) && _states[grant] == GrantState.None;
        Proposal memory terms = _termsOf(grant);
        _expect(isGood, abi.encodeCall(consents.propose, (terms, onTerms(key, terms))));
        if (!isGood) return;
        _states[grant] = GrantState.Proposed;
        if (key == PATIENT) _agreed(grant, key);
        _settle();
    }

    function _agreed(bytes32 grant, uint256 key) private {
        _approved[grant][key] = true;
        ++_approvals[grant];
        bool isEnough = _approvals[grant] >= (_isRuled(grant) ? NEEDED : 1);
        if (isEnough) _states[grant] = GrantState.Live;
    }

    function approve(bytes32 salt) external {
        (bytes32 grant, uint256 key) = _drawn(salt);
        bool isGood = !_isErased && _states[grant] == GrantState.Proposed && _decides(grant, key)
            && !_approved[grant][key];
        _expect(isGood, abi.encodeCall(consents.approve, (grant, onGrant(key, "Approve", grant))));
        if (isGood) _agreed(grant, key);
        _settle();
    }

    function decline(bytes32 salt) external {
        (bytes32 grant, uint256 key) = _drawn(salt);
        bool isGood = !_isErased && _states[grant] == GrantState.Proposed && _decides(grant, key);
        _expect(isGood, abi.encodeCall(consents.decline, (grant, onGrant(key, "Decline", grant))));
        if (isGood) _states[grant] = GrantState.Ended;
        _settle();
    }

    function revoke(bytes32 salt) external {
        (bytes32 grant, uint256 key) = _drawn(salt);
        bool isGood = _isOn(grant) && _decides(grant, key);
        _expect(isGood, abi.encodeCall(consents.revoke, (grant, onGrant(key, "Revoke", grant))));
        if (isGood) _states[grant] = GrantState.Ended;
        _settle();
    }

    /// A permit that a revocation or a report can still change.
    function _isOn(bytes32 grant) private view returns (bool) {
        GrantState state = _states[grant];
        return !_isErased && !_isDeny(grant)
            && (state == GrantState.Live || state == GrantState.Suspended);
    }

    function lift(bytes32 salt) external {
        (bytes32 grant, uint256 key) = _drawn(salt);
        bool isGood = !_isErased && _isDeny(grant) && _states[grant] == GrantState.Live
            && _decides(grant, key) && !_lifted[grant][key];
        _expect(isGood, abi.encodeCall(consents.lift, (grant, onLift(key, grant))));
        if (isGood) {
            _lifted[grant][key] = true;
            bool isEnough = ++_lifts[grant] >= (_isRuled(grant) ? NEEDED : 1);
            if (isEnough) _states[grant] = GrantState.Ended;
        }
        _settle();
    }

    function report(bytes32 salt, bool resumes, bool byReporter) external {
        (bytes32 grant,) = _drawn(salt);
        bytes32 trigger = resumes ? bytes32("resume") : TRIGGER_ID;
        GrantState from = resumes ? GrantState.Suspended : GrantState.Live;
        bool isGood = byReporter && _isOn(grant) && _states[grant] == from;
        Intent memory by = onReport(byReporter ? REPORTER : STRANGER, grant, trigger);
        _expect(isGood, abi.encodeCall(consents.report, (grant, trigger, bytes32("evidence"), by)));
        if (isGood) _states[grant] = resumes ? GrantState.Live : GrantState.Suspended;
        _settle();
    }

    function endAll(bytes32 salt) external {
        (bytes32 grant_, uint256 key) = _drawn(salt);
        bool isGood = !_isErased && key == PATIENT;
        if (isGood && grant_ != _grantOf(0)) return;
        _expect(isGood, abi.encodeCall(consents.endAll, (RECORD, onEndAll(key))));
        for (uint8 i; isGood && i < GRANTS; ++i) {
            bytes32 grant = _grantOf(i);
            bool ends = !_isDeny(grant) && _states[grant] != GrantState.None;
            if (ends) _states[grant] = GrantState.Ended;
        }
        _settle();
    }

    function erase(bytes32 salt) external {
        (bytes32 grant, uint256 key) = _drawn(salt);
        if (_isErased || grant != _grantOf(0) || key != CLINIC) return;
        erase();
        _isErased = true;
    }

    /* CHECK */

    /// A call does what the model says, and the same intent never counts again.
    function _expect(bool isGood, bytes memory call) private {
        (bool isDone,) = address(consents).call(call);
        vm.assertEq(isGood, isDone);
        (isDone,) = address(consents).call(call);
        vm.assertFalse(isDone);
    }

    /// Takes over what the events told since.
    function _settle() private {
        Log[] memory logs = vm.getRecordedLogs();
        vm.recordLogs();
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].emitter != address(consents)) continue;
            bytes32 kind = logs[i].topics[0];
            if (kind == IConsentRegistry.AllEnded.selector) _tellAll();
            else if (logs[i].topics.length > 1) _tell(logs[i].topics[1], kind);
        }
    }

    function _tell(bytes32 grant, bytes32 kind) private {
        if (kind == IConsentRegistry.GrantProposed.selector) _told[grant] = GrantState.Proposed;
        if (kind == IConsentRegistry.GrantLive.selector) _told[grant] = GrantState.Live;
        if (kind == IConsentRegistry.GrantResumed.selector) _told[grant] = GrantState.Live;
        if (kind == IConsentRegistry.GrantSuspended.selector) _told[grant] = GrantState.Suspended;
        if (kind == IConsentRegistry.GrantEnded.selector) _told[grant] = GrantState.Ended;
    }

    function _tellAll() private {
        for (uint8 i; i < GRANTS; ++i) {
            bytes32 grant = _grantOf(i);
            bool ends = !_isDeny(grant) && _told[grant] != GrantState.None;
            if (ends) _told[grant] = GrantState.Ended;
        }
    }

    function check() external view {
        uint256 denials;
        for (uint8 i; i < GRANTS; ++i) {
            bytes32 grant = _grantOf(i);
            bool isLive = _states[grant] == GrantState.Live && !_isErased;
            if (isLive && _isDeny(grant)) ++denials;

            vm.assertTrue(_states[grant] == _told[grant]);
            vm.assertTrue(_isErased || _states[grant] == stateOf(grant));
            vm.assertEq(isLive, consents.isLive(grant));
            vm.assertTrue(!isLive || _approvals[grant] >= (_isRuled(grant) ? NEEDED : 1));
            uint8 counted = _isRuled(grant) ? _approvals[grant] : 0;
            vm.assertEq(counted, consents.grantState(grant).approvals);
        }
        vm.assertEq(denials, consents.liveDenials(RECORD).length);
    }
}

contract ConsentRegistry_Invariants is Base {
    ConsentHandler private _handler = new ConsentHandler();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (Selectors[] memory targets) {
        targets = new Selectors[](1);
        targets[0] = Selectors(address(_handler), new bytes4[](8));
        targets[0].selectors[0] = ConsentHandler.propose.selector;
        targets[0].selectors[1] = ConsentHandler.approve.selector;
        targets[0].selectors[2] = ConsentHandler.decline.selector;
        targets[0].selectors[3] = ConsentHandler.revoke.selector;
        targets[0].selectors[4] = ConsentHandler.lift.selector;
        targets[0].selectors[5] = ConsentHandler.report.selector;
        targets[0].selectors[6] = ConsentHandler.endAll.selector;
        targets[0].selectors[7] = ConsentHandler.erase.selector;
    }

    function invariant_NothingIsLiveWithoutItsApprovalsAndNothingLeavesEnded() external view {
        _handler.check();
    }
}
