// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OpeningLog} from "../../src/consent/Openings.sol";
import {EmergencyPolicy, Scope} from "../../src/consent/IEmergencyAccess.sol";
import {Base} from "../Base.sol";
import {Emergencies} from "./Emergencies.sol";

/// Lets two clinicians, the patient and the privacy office do anything at any time, beside a model
/// that remembers every opening.
contract EmergencyHandler is Emergencies {
    struct Model {
        bytes32 id;
        uint256 by;
        uint64 at;
        uint64 end;
        bool isReviewed;
        Scope scope;
    }

    Model[] private _model;
    EmergencyPolicy private _policy;
    uint64 private _now = START;

    function wait(uint32 time) external {
        _now += uint64(bound(time, 1, 9 hours));
        vm.warp(_now);
    }

    function opens(bool isMedic) external {
        uint256 key = isMedic ? MEDIC : NURSE;
        if (_policy == EmergencyPolicy.Forbid) return;
        Scope scope = _needsSecond(key) ? Scope.Nothing : Scope.Summary;
        _model.push(Model(open(key), key, _now, _now + OPEN_TIME, false, scope));
    }

    function widens(uint8 which, bool isMedic) external {
        if (_model.length == 0) return;
        Model storage one = _model[which % _model.length];
        uint256 key = isMedic ? MEDIC : NURSE;
        bool isGood = key != one.by && _now < one.end && one.scope != Scope.Record
            && _allows(Scope(uint8(one.scope) + 1));
        try emergency.widenBreakGlass(one.id, onOpened(key, "WidenBreakGlass", one.id)) {
            vm.assertTrue(isGood);
            one.scope = Scope(uint8(one.scope) + 1);
        } catch {
            vm.assertFalse(isGood);
        }
    }

    function closes(uint8 which) external {
        if (_model.length == 0) return;
        Model storage one = _model[which % _model.length];
        try emergency.closeBreakGlass(one.id, onOpened(PATIENT, "CloseBreakGlass", one.id)) {
            vm.assertTrue(_now < one.end);
            one.end = _now;
        } catch {
            vm.assertFalse(_now < one.end);
        }
    }

    function reviews(uint8 which) external {
        if (_model.length == 0) return;
        Model storage one = _model[which % _model.length];
        if (one.isReviewed) return;
        review(one.id);
        one.isReviewed = true;
    }

    function allows(uint8 policy) external {
        _policy = EmergencyPolicy(policy % 3);
        set(_policy);
    }

    function _allows(Scope scope) private view returns (bool) {
        return _policy == EmergencyPolicy.Allow
            || (_policy == EmergencyPolicy.SummaryOnly && scope != Scope.Record);
    }

    function _needsSecond(uint256 key) private view returns (bool) {
        uint256 recent;
        for (uint256 i; i < _model.length; ++i) {
            if (_model[i].by == key && _now < _model[i].at + DAY) ++recent;
        }
        return recent >= 5 || emergency.isReviewOverdue(vm.addr(key));
    }

    /// Whoever has an overdue review is known, and whoever has nothing to review is free.
    function checkReviews(uint256 key) public view {
        bool isOverdue;
        bool isWaiting;
        for (uint256 i; i < _model.length; ++i) {
            if (_model[i].by != key || _model[i].isReviewed) continue;
            isWaiting = true;
            isOverdue = isOverdue || _now > _model[i].at + DAY;
        }
        if (isOverdue) vm.assertTrue(emergency.isReviewOverdue(vm.addr(key)));
        if (!isWaiting) vm.assertFalse(emergency.isReviewOverdue(vm.addr(key)));
    }

    function check() external view {
        checkReviews(MEDIC);
        checkReviews(NURSE);
        for (uint256 i; i < _model.length; ++i) {
            Model memory one = _model[i];
            Scope limited = one.scope == Scope.Record && _policy == EmergencyPolicy.SummaryOnly
                ? Scope.Summary
                : one.scope;
            bool isShut = _now >= one.end || _policy == EmergencyPolicy.Forbid;

            vm.assertTrue(emergency.scopeOf(one.id) == (isShut ? Scope.Nothing : limited));
            vm.assertEq(one.isReviewed, emergency.breakGlassState(one.id).reviewedAt != 0);
        }
    }
}

contract EmergencyAccess_Invariants is Base {
    EmergencyHandler private _handler = new EmergencyHandler();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_NothingIsReleasedAloneByWhoNeedsASecondOrBeyondThePolicy() external view {
        _handler.check();
    }
}

/// The log of one clinician against a list of all openings.
contract OpeningLog_Test is Base {
    uint64[] private _times;
    bool[] private _reviewed;

    /// With at most five waiting it is exact; with more it never says less than the truth.
    function testFuzz_NoOverdueReviewIsForgotten(uint8[48] calldata steps) external {
        OpeningLog log;
        uint64 now_ = 1_800_000_000;
        for (uint256 i; i < steps.length; ++i) {
            now_ += uint64(steps[i]) * 300;
            if (steps[i] % 3 != 0 || _times.length == 0) {
                log = log.opened(now_);
                _times.push(now_);
                _reviewed.push(false);
            } else {
                uint256 which = uint256(steps[i]) * 7 % _times.length;
                if (!_reviewed[which]) log = log.reviewed(_times[which]);
                _reviewed[which] = true;
            }
            _check(log, now_);
        }
    }

    function _check(OpeningLog log, uint64 now_) private view {
        uint256 recent;
        uint256 waiting;
        bool isOverdue;
        for (uint256 i; i < _times.length; ++i) {
            if (now_ < _times[i] + 1 days) ++recent;
            if (_reviewed[i]) continue;
            ++waiting;
            isOverdue = isOverdue || now_ > _times[i] + 1 days;
        }
        if (waiting == 0 || isOverdue) vm.assertEq(isOverdue, log.isOverdue(now_));
        vm.assertEq(recent >= 5 || log.isOverdue(now_), log.needsSecond(now_));
    }
}
