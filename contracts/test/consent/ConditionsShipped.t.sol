// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GuardiansAgreed} from "../../src/consent/GuardiansAgreed.sol";
import {ICondition} from "../../src/consent/ICondition.sol";
import {IGuardiansAgreed} from "../../src/consent/IGuardiansAgreed.sol";
import {OrganizationActive} from "../../src/consent/OrganizationActive.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {ActionKind} from "../../src/identity/IOrganizations.sol";
import {Base} from "../Base.sol";
import {Controlling} from "./Controlling.sol";

abstract contract Topical is Controlling {
    bytes32 internal constant TOPIC = "topic";
    GuardiansAgreed internal agreed;

    constructor() {
        agreed = new GuardiansAgreed(authority);
        named(address(agreed), "GuardiansAgreed");
        guarded();
    }

    function agree(uint256 key) internal {
        agreed.agree(RECORD, TOPIC, onTopic(key, "Agree"));
    }

    function withdraw(uint256 key) internal {
        agreed.withdraw(RECORD, TOPIC, onTopic(key, "Withdraw"));
    }

    function holds() internal view returns (bool) {
        return agreed.holds(agreed.keyOf(RECORD, TOPIC));
    }

    /// @param verb Agree or Withdraw
    function onTopic(uint256 key, string memory verb) internal returns (Intent memory) {
        return signed(
            key,
            address(agreed),
            string.concat(verb, "(uint128 record,bytes32 topic"),
            abi.encode(RECORD, TOPIC)
        );
    }
}

contract GuardiansAgreed_agree_Test is Topical {
    function test_RevertWhen_TheSignerIsNoGuardian() external {
        Intent memory by = onTopic(PATIENT, "Agree");
        vm.expectRevert(
            abi.encodeWithSelector(
                IGuardiansAgreed.GuardiansAgreed_NotGuardian.selector, RECORD, by.signer
            )
        );
        agreed.agree(RECORD, TOPIC, by);
    }

    function test_RevertGiven_TheGuardianHasAgreed() external {
        agree(GUARDIAN);
        Intent memory by = onTopic(GUARDIAN, "Agree");
        vm.expectRevert(
            abi.encodeWithSelector(
                IGuardiansAgreed.GuardiansAgreed_AlreadyApproved.selector, TOPIC, by.signer
            )
        );
        agreed.agree(RECORD, TOPIC, by);
    }

    function test_WhenAGuardianSigns() external {
        Intent memory by = onTopic(GUARDIAN, "Agree");

        vm.expectEmit(address(agreed));
        emit IGuardiansAgreed.Agreed(RECORD, TOPIC, by.signer);
        agreed.agree(RECORD, TOPIC, by);

        vm.assertFalse(holds());
    }

    function test_WhenAsManyAgreeAsARecoveryNeeds() external {
        agree(GUARDIAN);
        agree(GUARDIAN + 2);

        vm.assertTrue(holds());
        vm.assertFalse(agreed.holds(agreed.keyOf(RECORD, "another")));
        vm.assertFalse(agreed.holds(agreed.keyOf(RECORD + 1, TOPIC)));
    }

    function test_GivenOneOfThemIsGuardianNoLonger() external {
        agree(GUARDIAN);
        agree(GUARDIAN + 2);
        setGuardians(addressesOf(GUARDIAN, 2), 2);
        vm.assertTrue(holds());
        vm.warp(START + WAIT);

        vm.assertFalse(holds());
    }
}

contract GuardiansAgreed_withdraw_Test is Topical {
    function test_RevertGiven_TheSignerHasNotAgreed() external {
        Intent memory by = onTopic(GUARDIAN, "Withdraw");
        vm.expectRevert(
            abi.encodeWithSelector(IGuardiansAgreed.GuardiansAgreed_NothingPending.selector, RECORD)
        );
        agreed.withdraw(RECORD, TOPIC, by);
    }

    function test_GivenTheSignerHasAgreed() external {
        agree(GUARDIAN);
        agree(GUARDIAN + 1);
        Intent memory by = onTopic(GUARDIAN, "Withdraw");

        vm.expectEmit(address(agreed));
        emit IGuardiansAgreed.Withdrawn(RECORD, TOPIC, by.signer);
        agreed.withdraw(RECORD, TOPIC, by);

        vm.assertFalse(holds());
    }
}

contract GuardiansAgreed_holds_Test is Topical {
    bytes32 private immutable KEY;

    /// All that is asked for is cold in the tests.
    constructor() {
        setGuardians(addressesOf(GUARDIAN, 16), 16);
        vm.warp(START + WAIT);
        for (uint256 i; i < 15; ++i) {
            agree(GUARDIAN + i);
        }
        vm.assertFalse(holds());
        agree(GUARDIAN + 15);
        KEY = agreed.keyOf(RECORD, TOPIC);
    }

    function test_GivenAll16GuardiansAgree() external view {
        vm.assertTrue(ICondition(agreed).holds{gas: 100_000}(KEY));
    }

    function test_GivenThereAreNoGuardians() external {
        setGuardians(new address[](0), 0);
        vm.warp(block.timestamp + WAIT);

        vm.assertFalse(holds());
    }
}

contract OrganizationActive_holds_Test is Controlling {
    OrganizationActive private _condition;

    constructor() {
        _condition = new OrganizationActive(organizations);
    }

    function test_RevertWhen_TheKeyIsNoAddress() external {
        bytes32 key = keyOf(CLINIC) | bytes32(uint256(1 << 160));
        vm.expectRevert(
            abi.encodeWithSelector(
                OrganizationActive.OrganizationActive_NotAnOrganization.selector, key
            )
        );
        _condition.holds(key);
    }

    function test_GivenItIsActive() external view {
        vm.assertTrue(_condition.holds(keyOf(CLINIC)));
    }

    function test_GivenItIsSuspendedOrUnknown() external {
        decide(act(ActionKind.Suspend, vm.addr(CLINIC), 0));

        vm.assertFalse(_condition.holds(keyOf(CLINIC)));
        vm.assertFalse(_condition.holds(keyOf(STRANGER)));
    }
}

/// Lets guardians agree and withdraw, and organizations come and go.
contract ConditionHandler is Topical {
    OrganizationActive private _condition;
    mapping(uint256 key => bool) private _agrees;
    bool private _isActive = true;

    constructor() {
        _condition = new OrganizationActive(organizations);
    }

    function turn(uint8 who) external {
        uint256 key = GUARDIAN + who % 4;
        if (_agrees[key]) withdraw(key);
        else if (key != GUARDIAN + 3) agree(key);
        _agrees[key] = !_agrees[key] && key != GUARDIAN + 3;
    }

    function suspendOrReinstate() external {
        ActionKind kind = _isActive ? ActionKind.Suspend : ActionKind.Reinstate;
        decide(act(kind, vm.addr(CLINIC), 0));
        _isActive = !_isActive;
    }

    function check() external view {
        uint256 count;
        for (uint256 i; i < 3; ++i) {
            if (_agrees[GUARDIAN + i]) ++count;
        }
        vm.assertEq(count >= 2, holds());
        vm.assertEq(_isActive, _condition.holds(keyOf(CLINIC)));
    }
}

abstract contract Conditions_Invariants is Base {
    ConditionHandler internal _handler = new ConditionHandler();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }
}

contract GuardiansAgreed_Invariants is Conditions_Invariants {
    function invariant_ItHoldsWhileEnoughGuardiansAgree() external view {
        _handler.check();
    }
}

contract OrganizationActive_Invariants is Conditions_Invariants {
    function invariant_ItHoldsWhileTheOrganizationIsActive() external view {
        _handler.check();
    }
}
