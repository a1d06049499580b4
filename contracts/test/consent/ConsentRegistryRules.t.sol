// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Powers} from "../../src/consent/IAuthority.sol";
import {IConsentRegistry, Rule} from "../../src/consent/IConsentRegistry.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Consenting} from "./Consenting.sol";

contract ConsentRegistry_setRule_Test is Consenting {
    function _refuses(uint8 threshold, address[] memory list, bytes memory reason) private {
        Rule memory rule = ruleOf(threshold, list, false);
        Intent memory by = onRule(PATIENT, rule, list);
        vm.expectRevert(reason);
        consents.setRule(RECORD, RULE, rule, list, by);
    }

    function _isSet(uint8 threshold, address[] memory list, bool eachUse) private view {
        (Rule memory kept, address[] memory approvers_) = consents.ruleById(RECORD, RULE);

        vm.assertEq(abi.encode(ruleOf(threshold, list, eachUse)), abi.encode(kept));
        vm.assertEq(abi.encode(list), abi.encode(approvers_));
    }

    function test_RevertWhen_AnotherThanTheControllerSigns() external {
        address[] memory list = approvers();
        delegate(Powers.ALL ^ Powers.GRANT);
        Rule memory rule = ruleOf(2, list, false);
        for (uint256 i; i < 2; ++i) {
            uint256 key = i == 0 ? APPROVER : DELEGATE;
            Intent memory by = onRule(key, rule, list);
            refusesSigner(key);
            consents.setRule(RECORD, RULE, rule, list, by);
        }
    }

    function test_RevertGiven_TheRecordIsErased() external {
        erase();
        _refuses(
            2,
            approvers(),
            abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_Erased.selector, RECORD)
        );
    }

    function _badThreshold(uint256 threshold, uint256 n) private pure returns (bytes memory) {
        return abi.encodeWithSelector(
            IConsentRegistry.ConsentRegistry_BadThreshold.selector, threshold, n
        );
    }

    function test_RevertWhen_TheThresholdIsNoneOrMoreThanAll() external {
        _refuses(0, approvers(), _badThreshold(0, 3));
        _refuses(4, approvers(), _badThreshold(4, 3));
        _refuses(0, new address[](0), _badThreshold(0, 0));
    }

    function test_RevertWhen_TheCountIsNotThatOfTheApprovers() external {
        address[] memory list = approvers();
        Rule memory rule = Rule(2, 2, false);
        Intent memory by = onRule(PATIENT, rule, list);
        vm.expectRevert(_badThreshold(2, 3));
        consents.setRule(RECORD, RULE, rule, list, by);
    }

    function test_RevertWhen_ThereAreMoreThan16Approvers() external {
        _refuses(
            1,
            addressesOf(1, 17),
            abi.encodeWithSelector(IConsentRegistry.ConsentRegistry_TooMany.selector, 17, 16)
        );
    }

    function test_RevertWhen_AnApproverIsNobodyTwiceOrTheControllersKey() external {
        address[] memory list = approvers();
        address[3] memory wrong = [address(0), list[1], vm.addr(PATIENT)];
        for (uint256 i; i < 3; ++i) {
            list[2] = wrong[i];
            _refuses(
                2,
                list,
                abi.encodeWithSelector(
                    IConsentRegistry.ConsentRegistry_BadApprover.selector, wrong[i]
                )
            );
        }
    }

    function test_WhenTheControllerMakesARule() external {
        Rule memory rule = ruleOf(2, approvers(), true);
        Intent memory by = onRule(PATIENT, rule, approvers());

        vm.expectEmit(address(consents));
        emit IConsentRegistry.RuleSet(RECORD, RULE, rule, approvers());
        consents.setRule(RECORD, RULE, rule, approvers(), by);

        _isSet(2, approvers(), true);
    }

    function test_WhenADelegateWithGrantMakesARule() external {
        delegate(Powers.GRANT);
        setRule(DELEGATE, 1, approvers(), false);

        _isSet(1, approvers(), false);
    }

    function test_WhenTheRuleBecomesNoLooser() external {
        ruled();
        setRule(PATIENT, 3, approvers(), true);
        _isSet(3, approvers(), true);
    }

    function _loosenings()
        private
        view
        returns (uint8[3] memory thresholds, address[][3] memory lists, bool[3] memory each)
    {
        address[] memory more = addressesOf(APPROVER, 4);
        thresholds = [1, 2, 2];
        lists = [approvers(), more, approvers()];
        each = [true, true, false];
    }

    function test_WhenTheControllerAloneLoosensIt() external {
        setRule(PATIENT, 2, approvers(), true);
        (uint8[3] memory thresholds, address[][3] memory lists, bool[3] memory each) = _loosenings();
        for (uint256 i; i < 3; ++i) {
            setRule(PATIENT, thresholds[i], lists[i], each[i]);
            _isSet(2, approvers(), true);
        }
    }

    function test_WhenTheOldThresholdLoosensIt() external {
        setRule(PATIENT, 2, approvers(), true);
        setRule(APPROVER, 1, approvers(), true);
        setRule(PATIENT, 1, approvers(), true);

        _isSet(1, approvers(), true);
    }

    function test_WhenEnoughApproversLoosenItWithoutTheController() external {
        ruled();
        setRule(APPROVER, 1, approvers(), false);
        setRule(APPROVER + 1, 1, approvers(), false);
        _isSet(2, approvers(), false);

        setRule(PATIENT, 1, approvers(), false);
        _isSet(1, approvers(), false);
    }

    function test_RevertWhen_AStrangerSignsALoosening() external {
        address[] memory list = approvers();
        ruled();
        Rule memory rule = ruleOf(1, list, false);
        Intent memory by = onRule(STRANGER, rule, list);
        refusesNonApprover(STRANGER);
        consents.setRule(RECORD, RULE, rule, list, by);
    }

    function test_RevertWhen_AnApproverSignsALooseningTwice() external {
        ruled();
        setRule(APPROVER, 1, approvers(), false);
        Rule memory rule = ruleOf(1, approvers(), false);
        Intent memory by = onRule(APPROVER, rule, approvers());
        (bool isDone, bytes memory reason) = address(consents)
            .call(abi.encodeCall(consents.setRule, (RECORD, RULE, rule, approvers(), by)));

        vm.assertFalse(isDone);
        vm.assertEq(
            bytes32(IConsentRegistry.ConsentRegistry_AlreadyApproved.selector),
            bytes32(bytes4(reason))
        );
    }

    function test_GivenALooseningIsOlderThan14Days() external {
        ruled();
        setRule(APPROVER, 1, approvers(), false);
        vm.warp(START + 14 * DAY + 1);
        setRule(PATIENT, 1, approvers(), false);

        _isSet(2, approvers(), false);
    }

    function test_GivenTheControlChangedSince() external {
        ruled();
        setRule(PATIENT, 1, approvers(), false);
        rotate(PATIENT, HEIR);
        setRule(APPROVER, 1, approvers(), false);
        setRule(APPROVER + 1, 1, approvers(), false);

        _isSet(2, approvers(), false);
    }

    function testFuzz_NoSmallerQuorumThanBeforeLoosensARule(uint8 threshold, uint8 n) external {
        ruled();
        n = uint8(bound(n, 1, 3));
        threshold = uint8(bound(threshold, 1, n));
        address[] memory list = new address[](n);
        for (uint256 i; i < n; ++i) {
            list[i] = approvers()[i];
        }
        setRule(PATIENT, threshold, list, false);
        (Rule memory kept,) = consents.ruleById(RECORD, RULE);

        vm.assertEq(threshold < 2 ? 2 : threshold, kept.threshold);
    }
}

contract ConsentRegistry_assign_Test is Consenting {
    function _refuses(uint256 key, bytes32 rule, bytes memory reason) private {
        Intent memory by = onAssigned(key, rule);
        vm.expectRevert(reason);
        consents.assign(RECORD, UNIT, rule, by);
    }

    function _isUnder(bytes32 expected) private view {
        (bytes32 rule, Rule memory terms, address[] memory list) = consents.ruleOf(RECORD, UNIT);
        (Rule memory known, address[] memory knownList) = consents.ruleById(RECORD, expected);

        vm.assertEq(expected, rule);
        vm.assertEq(abi.encode(known, knownList), abi.encode(terms, list));
    }

    function test_RevertWhen_AnotherThanTheControllerSigns() external {
        ruled();
        _refuses(
            APPROVER,
            RULE,
            abi.encodeWithSelector(
                IConsentRegistry.ConsentRegistry_NotController.selector, RECORD, vm.addr(APPROVER)
            )
        );
    }

    function test_RevertGiven_TheRuleIsUnknown() external {
        _refuses(
            PATIENT,
            RULE,
            abi.encodeWithSelector(
                IConsentRegistry.ConsentRegistry_UnknownRule.selector, RECORD, RULE
            )
        );
    }

    function test_RevertGiven_TheUnitIsUnderThatRule() external {
        ruled();
        assign(PATIENT, RULE);
        bytes4 reason = IConsentRegistry.ConsentRegistry_AlreadyExists.selector;
        _refuses(PATIENT, RULE, abi.encodeWithSelector(reason, UNIT));
    }

    function test_WhenTheControllerPutsAUnitUnderARule() external {
        ruled();
        Intent memory by = onAssigned(PATIENT, RULE);

        vm.expectEmit(address(consents));
        emit IConsentRegistry.UnitAssigned(RECORD, UNIT, RULE);
        consents.assign(RECORD, UNIT, RULE, by);

        _isUnder(RULE);
    }

    function test_WhenTheControllerAloneTakesAUnitFromItsRule() external {
        ruled();
        assign(PATIENT, RULE);
        assign(PATIENT, 0);

        _isUnder(RULE);
    }

    function test_WhenTheOldThresholdTakesAUnitFromItsRule() external {
        ruled();
        assign(PATIENT, RULE);
        assign(APPROVER, 0);
        _isUnder(RULE);
        assign(PATIENT, 0);
        _isUnder(0);

        // Nothing of that counts when the unit comes back.
        assign(PATIENT, RULE);
        assign(PATIENT, 0);
        _isUnder(RULE);
    }
}
