// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Action, ActionKind, IOrganizations, KeyUse} from "../../src/identity/IOrganizations.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Roles} from "../../src/identity/Roles.sol";
import {Base, Selectors} from "../Base.sol";
import {Consortium} from "../Consortium.sol";

abstract contract Governing is Consortium {
    function refuses(bytes4 reason, bytes32 id) internal {
        vm.expectRevert(abi.encodeWithSelector(reason, id));
    }

    function refusesAsStranger(uint256 key) internal {
        vm.expectRevert(
            abi.encodeWithSelector(IOrganizations.Organizations_NotGovernor.selector, vm.addr(key))
        );
    }

    function joining() internal pure returns (Action memory) {
        return act(ActionKind.Admit, vm.addr(STRANGER), Roles.READER);
    }

    function onJoining(uint256 key, bytes32 id) internal returns (Intent memory) {
        return onAction(key, id, joining());
    }

    function hasJoined() internal view returns (bool) {
        return organizations.isActive(vm.addr(STRANGER));
    }
}

contract Organizations_propose_Test is Governing {
    function test_RevertWhen_TheSignerGovernsNothing() external {
        Intent memory by = onJoining(HOSPITAL, "id");

        refusesAsStranger(HOSPITAL);
        organizations.propose("id", joining(), by);
    }

    function test_RevertGiven_TheGovernorRetiredItsAddress() external {
        admit(GOVERNOR, 0);
        retireKey(GOVERNOR, GOVERNOR, KeyUse.Admin, uint64(block.timestamp));
        Intent memory by = onJoining(GOVERNOR, "id");

        refusesAsStranger(GOVERNOR);
        organizations.propose("id", joining(), by);
    }

    function test_GivenSomebodyNamedAFounderAsHisKey() external {
        addKey(CLINIC, GOVERNOR, KeyUse.Admin, START, FOREVER);
        Intent memory by = onJoining(GOVERNOR, "id");

        vm.expectEmit(address(organizations));
        emit IOrganizations.Proposed("id", vm.addr(GOVERNOR), joining());
        organizations.propose("id", joining(), by);
    }

    function test_WhenAnAdminKeyOfTheGovernorSigns() external {
        admit(GOVERNOR, 0);
        addKey(GOVERNOR, STRANGER, KeyUse.Admin, START, FOREVER);
        Intent memory by = onJoining(STRANGER, "id");

        vm.expectEmit(address(organizations));
        emit IOrganizations.Proposed("id", vm.addr(GOVERNOR), joining());
        organizations.propose("id", joining(), by);
    }

    function test_RevertGiven_TheIdExists() external {
        bytes32 id = proposed(joining());
        Intent memory by = onJoining(SECOND, id);

        refuses(IOrganizations.Organizations_AlreadyExists.selector, id);
        organizations.propose(id, joining(), by);
    }

    function test_GivenTheThresholdIsOne() external {
        decide(act(ActionKind.SetThreshold, address(0), 1));
        proposed(joining());

        vm.assertTrue(hasJoined());
    }

    function test_GivenTheThresholdIsHigher() external {
        Intent memory by = onJoining(GOVERNOR, "id");

        vm.expectEmit(address(organizations));
        emit IOrganizations.Proposed("id", by.signer, joining());
        vm.expectEmit(address(organizations));
        emit IOrganizations.Approved("id", by.signer);
        organizations.propose("id", joining(), by);

        vm.assertFalse(hasJoined());
    }
}

contract Organizations_approve_Test is Governing {
    function test_RevertWhen_TheSignerGovernsNothing() external {
        bytes32 id = proposed(joining());
        Intent memory by = onProposal(STRANGER, "Approve", id);

        refusesAsStranger(STRANGER);
        organizations.approve(id, by);
    }

    function test_RevertWhen_TheIdIsUnknown() external {
        Intent memory by = onProposal(SECOND, "Approve", "unknown");

        refuses(IOrganizations.Organizations_UnknownProposal.selector, "unknown");
        organizations.approve("unknown", by);
    }

    function test_RevertGiven_TheGovernorApprovedAlready() external {
        bytes32 id = proposed(joining());
        Intent memory by = onProposal(GOVERNOR, "Approve", id);

        vm.expectRevert(
            abi.encodeWithSelector(
                IOrganizations.Organizations_AlreadyApproved.selector, id, by.signer
            )
        );
        organizations.approve(id, by);
    }

    function test_RevertGiven_TheActionRan() external {
        bytes32 id = decide(joining());
        Intent memory by = onProposal(THIRD, "Approve", id);

        refuses(IOrganizations.Organizations_ProposalExpired.selector, id);
        organizations.approve(id, by);
    }

    function test_RevertWhen_FourteenDaysHavePassed() external {
        bytes32 id = proposed(joining());
        vm.warp(START + 14 days + 1);
        Intent memory by = onProposal(SECOND, "Approve", id);

        refuses(IOrganizations.Organizations_ProposalExpired.selector, id);
        organizations.approve(id, by);
    }

    function test_GivenTheProposerGovernsNoLonger() external {
        bytes32 id = proposed(joining());
        decide(act(ActionKind.DropGovernor, vm.addr(GOVERNOR), 0));
        organizations.approve(id, onProposal(SECOND, "Approve", id));

        vm.assertFalse(hasJoined());
    }

    function test_WhenItMeetsTheThresholdOnTheLastSecond() external {
        bytes32 id = proposed(joining());
        vm.warp(START + 14 days);
        organizations.approve(id, onProposal(SECOND, "Approve", id));

        vm.assertTrue(hasJoined());
    }
}

contract Organizations_withdraw_Test is Governing {
    function test_RevertWhen_TheSignerGovernsNothing() external {
        bytes32 id = proposed(joining());
        Intent memory by = onProposal(STRANGER, "Withdraw", id);

        refusesAsStranger(STRANGER);
        organizations.withdraw(id, by);
    }

    function test_RevertWhen_TheIdIsUnknown() external {
        Intent memory by = onProposal(SECOND, "Withdraw", "unknown");

        refuses(IOrganizations.Organizations_UnknownProposal.selector, "unknown");
        organizations.withdraw("unknown", by);
    }

    function test_RevertGiven_TheGovernorDidNotApprove() external {
        bytes32 id = proposed(joining());
        Intent memory by = onProposal(SECOND, "Withdraw", id);

        vm.expectRevert(
            abi.encodeWithSelector(IOrganizations.Organizations_NotApproved.selector, id, by.signer)
        );
        organizations.withdraw(id, by);
    }

    function test_RevertGiven_TheActionRan() external {
        bytes32 id = decide(joining());
        Intent memory by = onProposal(GOVERNOR, "Withdraw", id);

        refuses(IOrganizations.Organizations_ProposalExpired.selector, id);
        organizations.withdraw(id, by);
    }

    function test_GivenTheGovernorApproved() external {
        bytes32 id = proposed(joining());
        Intent memory by = onProposal(GOVERNOR, "Withdraw", id);

        vm.expectEmit(address(organizations));
        emit IOrganizations.Withdrawn(id, by.signer);
        organizations.withdraw(id, by);

        organizations.approve(id, onProposal(SECOND, "Approve", id));
        vm.assertFalse(hasJoined());
        organizations.approve(id, onProposal(THIRD, "Approve", id));
        vm.assertTrue(hasJoined());
    }
}

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
}

/// Lets the governors decide anything about four parties, in any order.
contract GovernanceHandler is Governing {
    uint256 private _asked;

    function decideAnything(uint8 kind, uint8 whom, uint8 value) external {
        ActionKind chosen = ActionKind(bound(kind, 0, uint8(type(ActionKind).max)));
        _decideTogether(act(chosen, vm.addr(GOVERNOR + whom % 4), value % 5));
    }

    /// Whether all governors together can still decide something.
    function canDecide(uint256 salt) external returns (bool) {
        address org = vm.addr(STRANGER + salt);
        _decideTogether(act(ActionKind.Admit, org, 0));
        return organizations.isActive(org);
    }

    function _decideTogether(Action memory action) private {
        bytes32 id;
        for (uint256 i; i < 4; ++i) {
            if (!organizations.isGovernor(vm.addr(GOVERNOR + i))) continue;
            if (id == 0) {
                id = keccak256(abi.encode(++_asked));
                Intent memory first = onAction(GOVERNOR + i, id, action);
                try organizations.propose(id, action, first) {}
                catch {
                    return;
                }
            } else {
                Intent memory next = onProposal(GOVERNOR + i, "Approve", id);
                try organizations.approve(id, next) {} catch {}
            }
        }
    }
}

contract Organizations_Governance_Invariants is Base {
    GovernanceHandler private _handler = new GovernanceHandler();
    uint256 private _salt;

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (Selectors[] memory targets) {
        targets = new Selectors[](1);
        targets[0] = Selectors(address(_handler), new bytes4[](1));
        targets[0].selectors[0] = GovernanceHandler.decideAnything.selector;
    }

    function invariant_TheGovernorsTogetherCanAlwaysDecide() external {
        vm.assertTrue(_handler.canDecide(++_salt));
    }
}
