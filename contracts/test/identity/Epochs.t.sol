// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ActionKind, IOrganizations, KeyUse} from "../../src/identity/IOrganizations.sol";
import {Actor, Intent, Membership} from "../../src/identity/IIntentGuard.sol";
import {Roles} from "../../src/identity/Roles.sol";
import {KeyKeeping} from "./Keys.t.sol";

abstract contract EpochKeeping is KeyKeeping {
    function onEpoch(uint256 key, bytes32 role, bytes32 root, uint64 from)
        internal
        returns (Intent memory)
    {
        return signed(
            key,
            address(organizations),
            "PublishEpoch(bytes32 role,uint64 epoch,bytes32 root,uint64 from",
            abi.encode(role, 1, root, from)
        );
    }
}

contract Organizations_publishEpoch_Test is EpochKeeping {
    function test_RevertWhen_TheSignerIsNoRegistrar() external {
        Intent memory by = onEpoch(HOSPITAL, "doctor", "root", START);

        vm.expectRevert(
            abi.encodeWithSelector(IOrganizations.Organizations_NotRegistrar.selector, by.signer)
        );
        organizations.publishEpoch("doctor", 1, "root", START, by);
    }

    function test_RevertGiven_TheEpochExists() external {
        organizations.publishEpoch(
            "doctor", 1, "root", START, onEpoch(REGISTRAR, "doctor", "root", START)
        );
        Intent memory by = onEpoch(REGISTRAR, "doctor", "other", START);

        vm.expectRevert(
            abi.encodeWithSelector(
                IOrganizations.Organizations_AlreadyExists.selector, bytes32("doctor")
            )
        );
        organizations.publishEpoch("doctor", 1, "other", START, by);
    }

    function test_GivenTheEpochIsNew() external {
        Intent memory by = onEpoch(REGISTRAR, "doctor", "root", START);

        vm.expectEmit(address(organizations));
        emit IOrganizations.EpochPublished("doctor", 1, "root", START);
        organizations.publishEpoch("doctor", 1, "root", START, by);
    }
}

contract Organizations_standingOf_Test is EpochKeeping {
    function _is(address org, bytes32 role, bytes32 attributes, Actor memory asked) private view {
        (address foundOrg, bytes32 foundRole, bytes32 found) = organizations.standingOf(asked);

        vm.assertEq(org, foundOrg);
        vm.assertEq(role, foundRole);
        vm.assertEq(attributes, found);
    }

    function _signer(uint256 key) private pure returns (Actor memory) {
        return actor(Intent(vm.addr(key), 0, 0, ""));
    }

    /// An epoch of two leaves, and the actor that opens the first.
    function _member(uint64 from) private returns (Actor memory opened) {
        opened = _signer(STRANGER);
        opened.membership = Membership("doctor", 1, "salt", "attributes", new bytes32[](1));
        bytes32 leaf = keccak256(
            bytes.concat(
                keccak256(abi.encode(vm.addr(STRANGER), bytes32("salt"), bytes32("attributes")))
            )
        );
        bytes32 other = keccak256("other");
        opened.membership.path[0] = other;
        bytes32 root = leaf < other
            ? keccak256(bytes.concat(leaf, other))
            : keccak256(bytes.concat(other, leaf));
        organizations.publishEpoch(
            "doctor", 1, root, from, onEpoch(REGISTRAR, "doctor", root, from)
        );
    }

    function test_WhenTheSignerIsAStranger() external view {
        _is(address(0), 0, 0, _signer(STRANGER));
    }

    function test_WhenTheSignerIsAKeyOfASuspendedOrganization() external {
        decide(act(ActionKind.Suspend, vm.addr(HOSPITAL), 0));

        _is(address(0), 0, 0, _signer(HOSPITAL));
    }

    function test_WhenTheSignerIsAKeyOfAnActiveOrganization() external {
        addKey(HOSPITAL, KEY, KeyUse.Act, START, FOREVER);

        _is(vm.addr(HOSPITAL), bytes32(uint256(Roles.SOURCE)), bytes32(HOSPITAL), _signer(KEY));
    }

    function test_WhenTheLeafIsOfAnotherKey() external {
        Actor memory asked = _member(START);
        asked.intent.signer = vm.addr(PATIENT);

        _is(address(0), 0, 0, asked);
    }

    function test_GivenTheEpochHasNotBegun() external {
        _is(address(0), 0, 0, _member(START + 1));
    }

    function test_WhenTheLeafIsInTheEpoch() external {
        _is(address(0), "doctor", "attributes", _member(START));
    }
}
