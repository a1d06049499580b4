// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsentRegistry, Rule} from "../src/consent/IConsentRegistry.sol";
import {ACCOUNT, Setting} from "./Setting.sol";

/// A rule of three keys, another of three or two, and which of the keys sign.
struct Change {
    uint8[2] m;
    bool[2] each;
    address[3] before;
    address[3] next;
    bool[6] signs;
}

/// @title What the controller alone can make of a rule of several keys
contract Rules_Symbolic is Setting {
    IConsentRegistry private _consents = newConsents();

    /// For all rules of three: a rule is taken exactly when its threshold can be reached and its
    /// approvers are three different parties who are not the controller.
    function check_ARuleCanBeMet(Rule memory terms, address[3] memory keys) external {
        bool isGood = terms.threshold != 0 && terms.threshold <= 3 && terms.approvers == 3;
        for (uint256 i; i < 3; ++i) {
            isGood = isGood && keys[i] != address(0) && keys[i] != address(this)
                && keys[i] != keys[(i + 1) % 3];
        }

        try _consents.setRule(RECORD, "rule", terms, _list(keys, 3), own()) {
            assert(isGood);
        } catch {
            assert(!isGood);
        }
    }

    function check_NoFewerKeysAreEnoughOfThree(Change memory change) external {
        _checkLoosening(3, change);
    }

    function check_NoFewerKeysAreEnoughOfTwo(Change memory change) external {
        _checkLoosening(2, change);
    }

    /// For all rules of three and all that follow them by the controller's word alone: keys that
    /// are enough now were enough before, and what was asked for at each use still is.
    function _checkLoosening(uint8 n, Change memory change) private {
        for (uint256 i; i < 3; ++i) {
            // On the seat of the account sits the controller, whose word then counts twice.
            vm.assume(change.before[i] != ACCOUNT);
            for (uint256 j; j < n; ++j) {
                // One key signs or does not, wherever it stands.
                bool isSame = change.before[i] == change.next[j];
                vm.assume(!isSame || change.signs[i] == change.signs[3 + j]);
            }
        }
        _set(Rule(change.m[0], 3, change.each[0]), change.before);
        _set(Rule(change.m[1], n, change.each[1]), change.next);
        if (!_isKept(n, change)) return;

        assert(!change.each[0] || change.each[1]);
        bool isEnough = _count(change.signs, 3, n) >= change.m[1];
        assert(!isEnough || _count(change.signs, 0, 3) >= change.m[0]);
    }

    function _set(Rule memory terms, address[3] memory keys) private {
        _consents.setRule(RECORD, "rule", terms, _list(keys, terms.approvers), own());
    }

    /// Whether the second rule is in force, and does not wait for the approvers of the first.
    function _isKept(uint256 n, Change memory change) private view returns (bool isKept) {
        (Rule memory kept, address[] memory keys) = _consents.ruleById(RECORD, "rule");
        isKept = keys.length == n && kept.threshold == change.m[1] && kept.eachUse == change.each[1];
        for (uint256 i; i < n && isKept; ++i) {
            isKept = keys[i] == change.next[i];
        }
    }

    function _count(bool[6] memory signs, uint256 first, uint256 n)
        private
        pure
        returns (uint256 count)
    {
        for (uint256 i; i < n; ++i) {
            if (signs[first + i]) ++count;
        }
    }

    function _list(address[3] memory keys, uint256 n) private pure returns (address[] memory list) {
        list = new address[](n);
        for (uint256 i; i < n; ++i) {
            list[i] = keys[i];
        }
    }
}
