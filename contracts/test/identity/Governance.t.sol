// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Action, ActionKind, IOrganizations, KeyUse} from "../../src/identity/IOrganizations.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Roles} from "../../src/identity/Roles.sol";
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
