// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Action,
    ActionKind,
    IOrganizations,
    KeyUse,
    Validator
} from "../../src/identity/IOrganizations.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Roles} from "../../src/identity/Roles.sol";
import {Governing} from "./Governance.t.sol";

contract Organizations_run_Test is Governing {
    address private immutable ORG = vm.addr(HOSPITAL);

    /// The second approval of an action fails with a reason.
    function _refuses(Action memory action, bytes memory reason) private {
        bytes32 id = proposed(action);
        Intent memory by = onProposal(SECOND, "Approve", id);

        vm.expectRevert(reason);
        organizations.approve(id, by);
    }

    function _unknown(address org) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IOrganizations.Organizations_Unknown.selector, org);
    }

    function _badThreshold(uint256 threshold, uint256 governors)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(
            IOrganizations.Organizations_BadThreshold.selector, threshold, governors
        );
    }

    function _hasRole(uint160 role, uint64 at) private view returns (bool) {
        return organizations.hasRole(ORG, role, at);
    }

    function test_RevertGiven_TheOrganizationIsKnown() external {
        _refuses(
            act(ActionKind.Admit, ORG, Roles.READER),
            abi.encodeWithSelector(IOrganizations.Organizations_AlreadyAdmitted.selector, ORG)
        );
    }

    function test_GivenTheOrganizationIsNew() external view {
        vm.assertTrue(organizations.isActive(ORG));
        vm.assertTrue(_hasRole(Roles.SOURCE, START));
        vm.assertFalse(_hasRole(Roles.SOURCE, START - 1));
        vm.assertFalse(_hasRole(Roles.SOURCE | Roles.READER, START));
        vm.assertEq(bytes32(HOSPITAL), organizations.attributesOf(ORG));
    }

    function test_RevertWhen_ItChangesAnUnknownOrganization() external {
        address org = vm.addr(STRANGER);
        _refuses(act(ActionKind.Suspend, org, 0), _unknown(org));
        _refuses(act(ActionKind.AddGovernor, org, 0), _unknown(org));
    }

    function test_WhenItSuspends() external {
        vm.warp(START + 100);
        decide(act(ActionKind.Suspend, ORG, 0));

        vm.assertFalse(organizations.isActive(ORG));
        vm.assertTrue(_hasRole(Roles.SOURCE, START + 99));
        vm.assertFalse(_hasRole(Roles.SOURCE, START + 100));
        vm.assertEq(address(0), organizations.actingFor(ORG, KeyUse.Attest, Roles.SOURCE));
    }

    function test_WhenItReinstates() external {
        decide(act(ActionKind.Suspend, ORG, 0));
        vm.warp(START + 100);
        decide(act(ActionKind.Reinstate, ORG, 0));

        vm.assertFalse(_hasRole(Roles.SOURCE, START + 99));
        vm.assertTrue(_hasRole(Roles.SOURCE, START + 100));
    }

    function test_WhenItSetsTheRolesOfASuspendedOrganization() external {
        decide(act(ActionKind.Suspend, ORG, 0));
        decide(act(ActionKind.SetRoles, ORG, Roles.READER));

        vm.assertFalse(organizations.isActive(ORG));
    }

    function test_WhenItSetsRoles() external {
        decide(act(ActionKind.SetRoles, ORG, Roles.READER));

        vm.assertTrue(_hasRole(Roles.READER, START));
        vm.assertFalse(_hasRole(Roles.SOURCE, START));
    }

    function test_WhenItSetsRolesAgainLater() external {
        vm.warp(START + 100);
        decide(act(ActionKind.SetRoles, ORG, Roles.READER));
        decide(act(ActionKind.SetRoles, ORG, Roles.LENDER));
        vm.warp(START + 200);
        decide(act(ActionKind.SetRoles, ORG, Roles.CUSTODIAN));

        vm.assertFalse(_hasRole(0, START - 1));
        vm.assertTrue(_hasRole(Roles.SOURCE, START + 99));
        vm.assertFalse(_hasRole(Roles.READER, START + 100));
        vm.assertTrue(_hasRole(Roles.LENDER, START + 100));
        vm.assertTrue(_hasRole(Roles.LENDER, START + 199));
        vm.assertFalse(_hasRole(Roles.LENDER, START + 200));
        vm.assertTrue(_hasRole(Roles.CUSTODIAN, START + 200));
    }

    function test_WhenItSetsAttributes() external {
        decide(Action(ActionKind.SetAttributes, ORG, 0, "attributes", address(0)));

        vm.assertEq(bytes32("attributes"), organizations.attributesOf(ORG));
    }

    function test_RevertWhen_ItLinksToAnUnknownOrganization() external {
        address other = vm.addr(STRANGER);
        _refuses(Action(ActionKind.Link, ORG, 0, 0, other), _unknown(other));
    }

    function test_WhenItLinks() external {
        address other = vm.addr(CLINIC);
        decide(Action(ActionKind.Link, ORG, 0, 0, other));

        vm.assertTrue(organizations.areLinked(ORG, other));
        vm.assertTrue(organizations.areLinked(other, ORG));
        vm.assertFalse(organizations.areLinked(ORG, vm.addr(GATEWAY)));
    }

    function test_WhenItAddsAGovernor() external {
        decide(act(ActionKind.AddGovernor, ORG, 0));
        bytes32 id = proposed(joining());
        organizations.approve(id, onProposal(HOSPITAL, "Approve", id));

        vm.assertTrue(organizations.isGovernor(ORG));
        vm.assertTrue(hasJoined());
    }

    function test_RevertWhen_ItDropsAGovernorThatTheThresholdNeeds() external {
        decide(act(ActionKind.DropGovernor, vm.addr(THIRD), 0));

        _refuses(act(ActionKind.DropGovernor, vm.addr(SECOND), 0), _badThreshold(2, 1));
    }

    function test_WhenItDropsAFounderThatWasNeverAdmitted() external {
        decide(act(ActionKind.DropGovernor, vm.addr(THIRD), 0));

        vm.assertFalse(organizations.isGovernor(vm.addr(THIRD)));
    }

    function test_RevertWhen_ItSetsAThresholdThatCannotBeMet() external {
        _refuses(act(ActionKind.SetThreshold, address(0), 0), _badThreshold(0, 3));
        _refuses(act(ActionKind.SetThreshold, address(0), 4), _badThreshold(4, 3));
        _refuses(act(ActionKind.SetThreshold, address(0), 257), _badThreshold(257, 3));
    }

    function test_WhenItSetsAThreshold() external {
        decide(act(ActionKind.SetThreshold, address(0), 3));
        bytes32 id = decide(joining());

        vm.assertFalse(hasJoined());
        organizations.approve(id, onProposal(THIRD, "Approve", id));
        vm.assertTrue(hasJoined());
    }

    function test_RevertWhen_TheTimeIsNoneOrTooLong() external {
        bytes4 reason = IOrganizations.Organizations_BadWindow.selector;
        _refuses(
            act(ActionKind.PauseOpening, address(0), 0),
            abi.encodeWithSelector(reason, START, START)
        );
        _refuses(
            act(ActionKind.PauseOpening, address(0), 30 days + 1),
            abi.encodeWithSelector(reason, START, START + 30 days + 1)
        );
    }

    function test_RevertGiven_TheLastPauseBeganWithinSixtyDays() external {
        decide(act(ActionKind.PauseOpening, address(0), 1 days));
        vm.warp(START + 60 days - 1);

        _refuses(
            act(ActionKind.PauseOpening, address(0), 1 days),
            abi.encodeWithSelector(IOrganizations.Organizations_TooSoon.selector, START + 60 days)
        );
    }

    function test_GivenNoPauseBeganWithinSixtyDays() external {
        decide(act(ActionKind.PauseOpening, address(0), 30 days));
        vm.warp(START + 30 days - 1);
        vm.assertTrue(organizations.isOpeningPaused());
        vm.warp(START + 30 days);
        vm.assertFalse(organizations.isOpeningPaused());
        vm.warp(START + 60 days);
        decide(act(ActionKind.PauseOpening, address(0), 1 days));
        vm.assertTrue(organizations.isOpeningPaused());
    }

    function test_WhenItAdoptsAModule() external {
        address module = address(0x77);
        bytes32 id = proposed(act(ActionKind.AdoptModule, module, 0));
        Intent memory by = onProposal(SECOND, "Approve", id);

        vm.expectEmit(address(organizations));
        emit IOrganizations.ModuleAdopted(module, START + 7 days);
        organizations.approve(id, by);

        vm.assertFalse(organizations.isAdopted(module));
        vm.warp(START + 7 days - 1);
        vm.assertFalse(organizations.isAdopted(module));
        vm.warp(START + 7 days);
        vm.assertTrue(organizations.isAdopted(module));
        vm.assertFalse(organizations.isAdopted(address(0x78)));
    }

    function test_RevertGiven_TheModuleIsAdopted() external {
        address module = address(0x77);
        decide(act(ActionKind.AdoptModule, module, 0));
        _refuses(
            act(ActionKind.AdoptModule, module, 0),
            abi.encodeWithSelector(
                IOrganizations.Organizations_AlreadyExists.selector, bytes32(uint256(0x77))
            )
        );
    }

    function test_WhenItNamesThePlatform() external {
        vm.assertEq(address(0), organizations.platform());
        decide(act(ActionKind.SetPlatform, ORG, 0));

        vm.assertEq(ORG, organizations.platform());
        _refuses(act(ActionKind.SetPlatform, vm.addr(STRANGER), 0), _unknown(vm.addr(STRANGER)));
    }

    function _validator(address org, bytes32 key, uint256 power)
        private
        pure
        returns (Action memory)
    {
        return Action(ActionKind.SetValidator, org, power, key, address(0));
    }

    function _badValidator(bytes32 key, uint256 power) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(IOrganizations.Organizations_BadValidator.selector, key, power);
    }

    function test_WhenItSetsAValidator() external {
        bytes32 id = proposed(_validator(ORG, "key", 10));
        Intent memory by = onProposal(SECOND, "Approve", id);

        vm.expectEmit(address(organizations));
        emit IOrganizations.ValidatorSet(ORG, "key", 10);
        organizations.approve(id, by);

        Validator[] memory found = organizations.validators();
        vm.assertEq(1, found.length);
        vm.assertEq(abi.encode(Validator("key", ORG, 10)), abi.encode(found[0]));
    }

    function test_GivenTheValidatorIsKnown() external {
        decide(_validator(ORG, "first", 10));
        decide(_validator(vm.addr(CLINIC), "second", 7));
        decide(_validator(ORG, "first", 0));

        Validator[] memory found = organizations.validators();
        vm.assertEq(2, found.length);
        vm.assertEq(abi.encode(Validator("first", ORG, 0)), abi.encode(found[0]));
        vm.assertEq(abi.encode(Validator("second", vm.addr(CLINIC), 7)), abi.encode(found[1]));
    }

    function test_RevertWhen_TheValidatorCannotBe() external {
        decide(_validator(ORG, "key", 1));

        _refuses(_validator(ORG, 0, 1), _badValidator(0, 1));
        _refuses(_validator(ORG, "other", 1_000_001), _badValidator("other", 1_000_001));
        _refuses(_validator(ORG, "key", 1_000_001), _badValidator("key", 1_000_001));
        _refuses(_validator(vm.addr(CLINIC), "key", 2), _badValidator("key", 2));
        _refuses(_validator(vm.addr(STRANGER), "new", 1), _unknown(vm.addr(STRANGER)));
    }

    function test_RevertGiven_ThereAre128Validators() external {
        for (uint256 i = 1; i <= 128; ++i) {
            decide(_validator(ORG, bytes32(i), 1));
        }
        decide(_validator(ORG, bytes32(uint256(128)), 0));

        _refuses(_validator(ORG, bytes32(uint256(129)), 1), _badValidator(bytes32(uint256(129)), 1));
    }

    function test_WhenItSetsTheRoleOfAShorthand() external {
        for (uint160 i; i < 12; ++i) {
            uint160 role = uint160(1 << i);
            decide(act(ActionKind.SetRoles, ORG, role));

            vm.assertEq(role == Roles.SOURCE, organizations.isSource(ORG));
            vm.assertEq(role == Roles.CUSTODIAN, organizations.isCustodian(ORG));
            vm.assertEq(role == Roles.HOSPITAL, organizations.isHospital(ORG));
            vm.assertEq(role == Roles.LICENSEE, organizations.isLicensee(ORG));
            vm.assertEq(role == Roles.LENDER, organizations.canLend(ORG));
            vm.assertEq(
                role == Roles.LENDER || role == Roles.LICENSEE, organizations.canAcquire(ORG)
            );
        }
        decide(act(ActionKind.Suspend, ORG, 0));
        vm.assertFalse(organizations.isSource(ORG));
    }
}
