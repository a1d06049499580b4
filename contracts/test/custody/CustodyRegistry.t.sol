// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CustodySet, ICustodyRegistry} from "../../src/custody/ICustodyRegistry.sol";
import {ActionKind} from "../../src/identity/IOrganizations.sol";
import {Actor, IIntentGuard} from "../../src/identity/IIntentGuard.sol";
import {Keeping} from "./Keeping.sol";

contract CustodyRegistry_defineSet_Test is Keeping {
    function _refuses(
        uint256 key,
        address[] memory list,
        address gateway,
        uint8 k,
        bytes memory why
    ) private {
        Actor memory by = onSet(key, SET, list, gateway, k, 1);

        vm.expectRevert(why);
        custody.defineSet(SET, list, gateway, k, 1, by);
    }

    function _badThreshold(uint256 k, uint256 n) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICustodyRegistry.CustodyRegistry_BadThreshold.selector, k, n);
    }

    function _bad(bytes4 reason, uint256 key) private pure returns (bytes memory) {
        return abi.encodeWithSelector(reason, vm.addr(key));
    }

    function test_RevertWhen_TheSignerIsNoMember() external {
        bytes4 reason = ICustodyRegistry.CustodyRegistry_NotMember.selector;
        _refuses(STRANGER, custodians(5), vm.addr(GATEWAY), 3, _bad(reason, STRANGER));
    }

    function test_RevertGiven_TheSetExists() external {
        defined(SET, 5, 3);
        _refuses(
            HOSPITAL,
            custodians(5),
            vm.addr(GATEWAY),
            3,
            abi.encodeWithSelector(ICustodyRegistry.CustodyRegistry_AlreadyExists.selector, SET)
        );
    }

    function test_RevertWhen_KIsNoneOrMoreThanThereAre() external {
        _refuses(HOSPITAL, custodians(5), vm.addr(GATEWAY), 0, _badThreshold(0, 5));
        _refuses(HOSPITAL, custodians(5), vm.addr(GATEWAY), 6, _badThreshold(6, 5));
        _refuses(HOSPITAL, custodians(0), vm.addr(GATEWAY), 0, _badThreshold(0, 0));
    }

    function test_RevertWhen_KEmergencyIsNoneOrMoreThanK() external {
        address gateway = vm.addr(GATEWAY);
        for (uint8 kEmergency; kEmergency < 5; kEmergency += 4) {
            Actor memory by = onSet(HOSPITAL, SET, custodians(5), gateway, 3, kEmergency);

            vm.expectRevert(_badThreshold(kEmergency, 3));
            custody.defineSet(SET, custodians(5), gateway, 3, kEmergency, by);
        }
    }

    function test_RevertWhen_ThereAreTooManyCustodians() external {
        _refuses(HOSPITAL, custodians(17), vm.addr(GATEWAY), 3, _badThreshold(3, 17));
    }

    function test_RevertWhen_TheGatewayHasNotThatRole() external {
        bytes4 reason = ICustodyRegistry.CustodyRegistry_NotGateway.selector;
        _refuses(HOSPITAL, custodians(5), vm.addr(CLINIC), 3, _bad(reason, CLINIC));
    }

    function test_RevertWhen_ACustodianHasNotThatRole() external {
        bytes4 reason = ICustodyRegistry.CustodyRegistry_NotCustodian.selector;
        address[] memory list = custodians(5);
        list[4] = vm.addr(CLINIC);
        _refuses(HOSPITAL, list, vm.addr(GATEWAY), 3, _bad(reason, CLINIC));
    }

    function test_RevertWhen_ACustodianIsNamedTwice() external {
        bytes4 reason = ICustodyRegistry.CustodyRegistry_SameHolder.selector;
        address[] memory list = custodians(5);
        list[4] = list[0];
        _refuses(HOSPITAL, list, vm.addr(GATEWAY), 3, _bad(reason, CUSTODIAN));
    }

    function test_RevertWhen_TheListDiffersFromTheSigned() external {
        Actor memory by = onSet(HOSPITAL, SET, custodians(5), vm.addr(GATEWAY), 3, 2);

        vm.expectRevert(_bad(IIntentGuard.IntentGuard_BadSignature.selector, HOSPITAL));
        custody.defineSet(SET, custodians(4), vm.addr(GATEWAY), 3, 2, by);
    }

    function test_WhenAllHaveTheirRoles() external {
        address gateway = vm.addr(GATEWAY);
        Actor memory by = onSet(HOSPITAL, SET, custodians(5), gateway, 3, 2);

        vm.expectEmit(address(custody));
        emit ICustodyRegistry.SetDefined(SET, custodians(5), gateway, 3, 2);
        custody.defineSet(SET, custodians(5), gateway, 3, 2, by);

        bytes memory expected = abi.encode(CustodySet(custodians(5), gateway, 3, 2));
        vm.assertEq(expected, abi.encode(custody.setById(SET)));
    }

    function testFuzz_EveryThresholdUpToTheNumberIsTaken(uint8 n, uint8 k) external {
        n = uint8(bound(n, 1, 5));
        k = uint8(bound(k, 1, n));
        defined(SET, n, k);

        vm.assertEq(k, custody.setById(SET).k);
        vm.assertEq(n, custody.setById(SET).custodians.length);
    }
}

contract CustodyRegistry_assign_Test is Keeping {
    constructor() {
        registered(RECORD);
        defined(SET, 5, 3);
    }

    function _refusesAsNoSource(uint256 key, uint128 record) private {
        Actor memory by = onAssignment(key, record, SET);

        vm.expectRevert(
            abi.encodeWithSelector(
                ICustodyRegistry.CustodyRegistry_NotSource.selector, record, vm.addr(key)
            )
        );
        custody.assign(record, SET, by);
    }

    function test_RevertWhen_TheRecordIsUnknown() external {
        _refusesAsNoSource(HOSPITAL, 7);
        _refusesAsNoSource(STRANGER, 7);
    }

    function test_RevertWhen_TheSignerIsAnotherSource() external {
        _refusesAsNoSource(OTHER_HOSPITAL, RECORD);
    }

    function test_RevertGiven_TheSourceIsSuspended() external {
        decide(act(ActionKind.Suspend, vm.addr(HOSPITAL), 0));
        _refusesAsNoSource(HOSPITAL, RECORD);
    }

    function test_RevertWhen_TheSetIsUnknown() external {
        Actor memory by = onAssignment(HOSPITAL, RECORD, "unknown");

        vm.expectRevert(
            abi.encodeWithSelector(
                ICustodyRegistry.CustodyRegistry_UnknownSet.selector, bytes32("unknown")
            )
        );
        custody.assign(RECORD, "unknown", by);
    }

    function test_RevertGiven_TheRecordHasASet() external {
        custody.assign(RECORD, SET, onAssignment(HOSPITAL, RECORD, SET));
        Actor memory by = onAssignment(HOSPITAL, RECORD, SET);

        vm.expectRevert(
            abi.encodeWithSelector(
                ICustodyRegistry.CustodyRegistry_AlreadyAssigned.selector, RECORD
            )
        );
        custody.assign(RECORD, SET, by);
    }

    function test_WhenTheControllerAssignsAnother() external {
        custody.assign(RECORD, SET, onAssignment(HOSPITAL, RECORD, SET));
        defined("other", 4, 2);
        custody.assign(RECORD, "other", onAssignment(PATIENT, RECORD, "other"));

        (bytes32 id,) = custody.setOf(RECORD);
        vm.assertEq(bytes32("other"), id);
    }

    function test_WhenTheSourceAssigns() external {
        Actor memory by = onAssignment(HOSPITAL, RECORD, SET);

        vm.expectEmit(address(custody));
        emit ICustodyRegistry.SetAssigned(RECORD, SET);
        custody.assign(RECORD, SET, by);

        (bytes32 id, CustodySet memory set) = custody.setOf(RECORD);
        vm.assertEq(SET, id);
        vm.assertEq(abi.encode(custody.setById(SET)), abi.encode(set));
    }
}
