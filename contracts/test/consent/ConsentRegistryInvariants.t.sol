// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GrantState} from "../../src/consent/IConsentRegistry.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Base} from "../Base.sol";
import {Consenting} from "./Consenting.sol";

/// Lets controller, clinic and stranger do anything to three grants, beside a model of their states.
contract ConsentHandler is Consenting {
    mapping(bytes32 grant => GrantState) private _states;

    function _grantOf(uint8 which) private pure returns (bytes32) {
        return bytes32(uint256(1 + which % 3));
    }

    function _keyOf(uint8 who) private pure returns (uint256) {
        return who % 4 == 0 ? CLINIC : who % 4 == 1 ? STRANGER : PATIENT;
    }

    function propose(uint8 which, uint8 who) external {
        bytes32 grant = _grantOf(which);
        uint256 key = _keyOf(who);
        Intent memory by = onTerms(key, termsOf(grant));
        bool isGood = key != STRANGER && _states[grant] == GrantState.None;
        try consents.propose(termsOf(grant), by) {
            vm.assertTrue(isGood);
            _states[grant] = key == PATIENT ? GrantState.Live : GrantState.Proposed;
        } catch {
            vm.assertFalse(isGood);
        }
    }

    function approve(uint8 which, uint8 who) external {
        bytes32 grant = _grantOf(which);
        bool isGood = _keyOf(who) == PATIENT && _states[grant] == GrantState.Proposed;
        try consents.approve(grant, onGrant(_keyOf(who), "Approve", grant)) {
            vm.assertTrue(isGood);
            _states[grant] = GrantState.Live;
        } catch {
            vm.assertFalse(isGood);
        }
    }

    function decline(uint8 which, uint8 who) external {
        bytes32 grant = _grantOf(which);
        bool isGood = _keyOf(who) == PATIENT && _states[grant] == GrantState.Proposed;
        try consents.decline(grant, onGrant(_keyOf(who), "Decline", grant)) {
            vm.assertTrue(isGood);
            _states[grant] = GrantState.Ended;
        } catch {
            vm.assertFalse(isGood);
        }
    }

    function revoke(uint8 which, uint8 who) external {
        bytes32 grant = _grantOf(which);
        bool isGood = _keyOf(who) == PATIENT && _states[grant] == GrantState.Live;
        try consents.revoke(grant, onGrant(_keyOf(who), "Revoke", grant)) {
            vm.assertTrue(isGood);
            _states[grant] = GrantState.Ended;
        } catch {
            vm.assertFalse(isGood);
        }
    }

    function check() external view {
        for (uint8 i; i < 3; ++i) {
            bytes32 grant = _grantOf(i);

            vm.assertTrue(_states[grant] == consents.grantState(grant).state);
            vm.assertEq(_states[grant] == GrantState.Live, consents.isLive(grant));
        }
    }
}

contract ConsentRegistry_Invariants is Base {
    ConsentHandler private _handler = new ConsentHandler();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_OnlyTheControllerMakesLiveAndNothingLeavesEnded() external view {
        _handler.check();
    }
}
