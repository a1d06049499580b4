// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CustodySet, ICustodyRegistry} from "../../src/custody/ICustodyRegistry.sol";
import {ActionKind} from "../../src/identity/IOrganizations.sol";
import {Actor, IIntentGuard} from "../../src/identity/IIntentGuard.sol";
import {Base} from "../Base.sol";
import {Consortium} from "../Consortium.sol";

abstract contract Keeping is Consortium {
    bytes32 internal constant SET = "set";

    function defined(bytes32 set, uint256 n, uint8 k) internal {
        address gateway = vm.addr(GATEWAY);
        custody.defineSet(
            set, custodians(n), gateway, k, onSet(HOSPITAL, set, custodians(n), gateway, k)
        );
    }
}

contract CustodyRegistry_defineSet_Test is Keeping {
    function _refuses(
        uint256 key,
        address[] memory list,
        address gateway,
        uint8 k,
        bytes memory why
    ) private {
        Actor memory by = onSet(key, SET, list, gateway, k);

        vm.expectRevert(why);
        custody.defineSet(SET, list, gateway, k, by);
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
        Actor memory by = onSet(HOSPITAL, SET, custodians(5), vm.addr(GATEWAY), 3);

        vm.expectRevert(_bad(IIntentGuard.IntentGuard_BadSignature.selector, HOSPITAL));
        custody.defineSet(SET, custodians(4), vm.addr(GATEWAY), 3, by);
    }

    function test_WhenAllHaveTheirRoles() external {
        address gateway = vm.addr(GATEWAY);
        Actor memory by = onSet(HOSPITAL, SET, custodians(5), gateway, 3);

        vm.expectEmit(address(custody));
        emit ICustodyRegistry.SetDefined(SET, custodians(5), gateway, 3);
        custody.defineSet(SET, custodians(5), gateway, 3, by);

        bytes memory expected = abi.encode(CustodySet(custodians(5), gateway, 3));
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

/// Defines and assigns a few sets, right and wrong, and keeps what was taken.
contract CustodyHandler is Keeping {
    bytes[3] private _sets;
    bytes32[2] private _assigned;

    constructor() {
        registered(RECORD);
        registered(RECORD + 1);
    }

    function defineAny(uint8 which, uint8 n, uint8 k, bool isMember) external {
        bytes32 set = bytes32(uint256(1 + which % 3));
        (n, k) = (n % 7, k % 7);
        address gateway = vm.addr(GATEWAY);
        Actor memory by = onSet(isMember ? CLINIC : STRANGER, set, custodians(n), gateway, k);
        bool isGood = isMember && _sets[which % 3].length == 0 && k > 0 && k <= n && n <= 5;
        try custody.defineSet(set, custodians(n), gateway, k, by) {
            vm.assertTrue(isGood);
            _sets[which % 3] = abi.encode(CustodySet(custodians(n), gateway, k));
        } catch {
            vm.assertFalse(isGood);
        }
    }

    function assign(uint8 which, uint8 record, bool isSource) external {
        bytes32 set = bytes32(uint256(1 + which % 3));
        uint128 chosen = RECORD + record % 2;
        Actor memory by = onAssignment(isSource ? HOSPITAL : OTHER_HOSPITAL, chosen, set);
        bool isGood = isSource && _sets[which % 3].length != 0 && _assigned[record % 2] == 0;
        try custody.assign(chosen, set, by) {
            vm.assertTrue(isGood);
            _assigned[record % 2] = set;
        } catch {
            vm.assertFalse(isGood);
        }
    }

    function check() external view {
        for (uint256 i; i < 3; ++i) {
            bytes memory kept = abi.encode(custody.setById(bytes32(i + 1)));
            if (_sets[i].length != 0) vm.assertEq(_sets[i], kept);
        }
        for (uint128 i; i < 2; ++i) {
            (bytes32 id, CustodySet memory set) = custody.setOf(RECORD + i);

            vm.assertEq(_assigned[i], id);
            vm.assertEq(id != 0, set.k != 0);
        }
    }
}

contract CustodyRegistry_Invariants is Base {
    CustodyHandler private _handler = new CustodyHandler();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_ASetAndARecordsSetNeverChange() external view {
        _handler.check();
    }
}
