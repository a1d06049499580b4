// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Action, ActionKind} from "../../src/identity/IOrganizations.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Base, Selectors} from "../Base.sol";
import {Governing} from "./Governance.t.sol";

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
