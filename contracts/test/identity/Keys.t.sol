// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOrganizations, KeyUse} from "../../src/identity/IOrganizations.sol";
import {IIntentGuard, Intent} from "../../src/identity/IIntentGuard.sol";
import {Roles} from "../../src/identity/Roles.sol";
import {Base} from "../Base.sol";
import {Consortium} from "../Consortium.sol";

abstract contract KeyKeeping is Consortium {
    uint256 internal constant KEY = 0x77;

    function orgAt(uint256 key, KeyUse use, uint256 at) internal view returns (address) {
        return organizations.orgOf(keyOf(key), use, uint64(at));
    }

    function refusesAsNoAdmin(uint256 org, uint256 signer) internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                IOrganizations.Organizations_NotAdmin.selector, vm.addr(org), vm.addr(signer)
            )
        );
    }

    function refusesAsBadWindow(uint64 from, uint64 until) internal {
        vm.expectRevert(
            abi.encodeWithSelector(IOrganizations.Organizations_BadWindow.selector, from, until)
        );
    }
}

contract Organizations_addKey_Test is KeyKeeping {
    function _add(uint256 signer, uint256 org, uint256 key, uint64 from, uint64 until)
        private
        returns (Intent memory)
    {
        return onNewKey(
            signer, abi.encode(vm.addr(org), keyOf(key), KeyUse.Act, bytes32(0), from, until)
        );
    }

    function _refusesAsTaken(uint256 key) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IOrganizations.Organizations_KeyTaken.selector, keyOf(key), KeyUse.Act
            )
        );
    }

    function _send(uint256 org, uint256 key, uint64 from, uint64 until, Intent memory by) private {
        bytes memory members =
            abi.encode(vm.addr(org), keyOf(key), KeyUse.Act, bytes32(0), from, until);
        Intent memory owner = onAcceptedKey(key, members);
        organizations.addKey(vm.addr(org), keyOf(key), KeyUse.Act, 0, from, until, owner, by);
    }

    /// A key to seal to, known by its hash.
    function _addSealing(string memory key, uint64 from, uint64 until) private {
        (address org, bytes32 hash) = (vm.addr(CLINIC), sha256(bytes(key)));
        Intent memory nobody;
        Intent memory by = onNewKey(CLINIC, abi.encode(org, hash, KeyUse.Reader, hash, from, until));
        organizations.addKey(org, hash, KeyUse.Reader, hash, from, until, nobody, by);
    }

    function _retireSealing(string memory key, uint64 at) private {
        bytes32 hash = sha256(bytes(key));
        Intent memory by = onOldKey(CLINIC, CLINIC, hash, KeyUse.Reader, at);
        organizations.retireKey(vm.addr(CLINIC), hash, KeyUse.Reader, at, by);
    }

    function _isSealedTo(bytes32 hash) private view {
        vm.assertEq(hash, organizations.keyHashOf(vm.addr(CLINIC), KeyUse.Reader));
    }

    function test_RevertWhen_TheSignerIsNoAdminKeyOfTheOrganization() external {
        Intent memory by = _add(CLINIC, HOSPITAL, KEY, START, FOREVER);

        refusesAsNoAdmin(HOSPITAL, CLINIC);
        _send(HOSPITAL, KEY, START, FOREVER, by);
    }

    function test_RevertWhen_TheOrganizationIsUnknown() external {
        Intent memory by = _add(STRANGER, STRANGER, KEY, START, FOREVER);

        refusesAsNoAdmin(STRANGER, STRANGER);
        _send(STRANGER, KEY, START, FOREVER, by);
    }

    function test_RevertWhen_TheWindowIsEmpty() external {
        Intent memory by = _add(HOSPITAL, HOSPITAL, KEY, START + 5, START + 5);

        refusesAsBadWindow(START + 5, START + 5);
        _send(HOSPITAL, KEY, START + 5, START + 5, by);
    }

    function test_RevertWhen_TheWindowHasEnded() external {
        Intent memory by = _add(HOSPITAL, HOSPITAL, KEY, 1, START);

        refusesAsBadWindow(START, START);
        _send(HOSPITAL, KEY, 1, START, by);
    }

    function test_RevertGiven_TheKeyIsKnownForThatUse() external {
        addKey(CLINIC, KEY, KeyUse.Act, START, START + 1);
        vm.warp(START + 10);
        Intent memory by = _add(HOSPITAL, HOSPITAL, KEY, START + 10, FOREVER);

        _refusesAsTaken(KEY);
        _send(HOSPITAL, KEY, START + 10, FOREVER, by);
    }

    function test_RevertGiven_TheKeyIsTheAddressOfAnOrganization() external {
        Intent memory other = _add(HOSPITAL, HOSPITAL, CLINIC, START, FOREVER);
        bytes memory members =
            abi.encode(vm.addr(HOSPITAL), keyOf(CLINIC), KeyUse.Act, bytes32(0), START, FOREVER);
        Intent memory owner = onAcceptedKey(CLINIC, members);
        _refusesAsTaken(CLINIC);
        organizations.addKey(
            vm.addr(HOSPITAL), keyOf(CLINIC), KeyUse.Act, 0, START, FOREVER, owner, other
        );
    }

    function test_RevertWhen_TheKeyDidNotAgree() external {
        address org = vm.addr(HOSPITAL);
        bytes memory members = abi.encode(org, keyOf(KEY), KeyUse.Act, bytes32(0), START, FOREVER);
        Intent memory by = onNewKey(HOSPITAL, members);
        Intent memory owner = onAcceptedKey(HOSPITAL, members);

        vm.expectRevert(
            abi.encodeWithSelector(
                IOrganizations.Organizations_KeyUnproven.selector, keyOf(KEY), org
            )
        );
        organizations.addKey(org, keyOf(KEY), KeyUse.Act, 0, START, FOREVER, owner, by);
    }

    function test_RevertWhen_TheKeyAgreedToSomethingElse() external {
        address org = vm.addr(HOSPITAL);
        bytes memory members = abi.encode(org, keyOf(KEY), KeyUse.Act, bytes32(0), START, FOREVER);
        Intent memory by = onNewKey(HOSPITAL, members);
        Intent memory owner = onAcceptedKey(
            KEY, abi.encode(vm.addr(CLINIC), keyOf(KEY), KeyUse.Act, bytes32(0), START, FOREVER)
        );

        vm.expectRevert(
            abi.encodeWithSelector(IIntentGuard.IntentGuard_BadSignature.selector, vm.addr(KEY))
        );
        organizations.addKey(org, keyOf(KEY), KeyUse.Act, 0, START, FOREVER, owner, by);
    }

    function test_GivenTheOwnerOfTheKeyJoinsLater() external {
        addKey(CLINIC, STRANGER, KeyUse.Act, START, FOREVER);
        admit(STRANGER, Roles.SOURCE);

        vm.assertEq(vm.addr(STRANGER), orgAt(STRANGER, KeyUse.Act, START));

        retireKey(STRANGER, STRANGER, KeyUse.Act, START + 10);
        vm.assertEq(vm.addr(STRANGER), orgAt(STRANGER, KeyUse.Act, START + 9));
        vm.assertEq(address(0), orgAt(STRANGER, KeyUse.Act, START + 10));
    }

    function test_WhenTheStartLiesInThePast() external {
        addKey(HOSPITAL, KEY, KeyUse.Act, 1, FOREVER);

        vm.assertEq(address(0), orgAt(KEY, KeyUse.Act, START - 1));
        vm.assertEq(vm.addr(HOSPITAL), orgAt(KEY, KeyUse.Act, START));
    }

    function test_WhenItHasTheHashOfAPublicKey() external {
        _addSealing("key", START, FOREVER);

        _isSealedTo(sha256("key"));
        vm.assertEq(bytes32(0), organizations.keyHashOf(vm.addr(CLINIC), KeyUse.Custody));
        vm.assertEq(vm.addr(CLINIC), organizations.orgOf(sha256("key"), KeyUse.Reader, START));
    }

    function test_GivenAKeyToSealToWasRetired() external {
        _addSealing("old", START, FOREVER);
        _addSealing("new", START, FOREVER);
        _retireSealing("new", START + 10);

        _isSealedTo(sha256("new"));
        vm.warp(START + 10);
        _isSealedTo(sha256("old"));
        _retireSealing("old", START + 20);
        vm.warp(START + 20);
        _isSealedTo(0);
    }

    function test_GivenAKeyToSealToHasEndedOrNotBegun() external {
        _addSealing("old", START, START + 10);
        _addSealing("new", START + 20, FOREVER);

        _isSealedTo(sha256("old"));
        vm.warp(START + 10);
        _isSealedTo(0);
        vm.warp(START + 20);
        _isSealedTo(sha256("new"));
    }

    function test_GivenMoreKeysToSealToThanAreLookedAt() external {
        _addSealing("old", START, FOREVER);
        for (uint256 i; i < 7; ++i) {
            _addSealing(string(abi.encode(i)), START + 10, FOREVER);
        }
        _isSealedTo(sha256("old"));
        _addSealing("last", START + 10, FOREVER);

        _isSealedTo(0);
        vm.warp(START + 10);
        _isSealedTo(sha256("last"));
    }

    function test_WhenTheKeyIsNew() external {
        Intent memory by = _add(HOSPITAL, HOSPITAL, KEY, START + 10, START + 20);

        vm.expectEmit(address(organizations));
        emit IOrganizations.KeyAdded(
            vm.addr(HOSPITAL), keyOf(KEY), KeyUse.Act, 0, START + 10, START + 20
        );
        _send(HOSPITAL, KEY, START + 10, START + 20, by);

        vm.assertEq(address(0), orgAt(KEY, KeyUse.Act, START + 9));
        vm.assertEq(vm.addr(HOSPITAL), orgAt(KEY, KeyUse.Act, START + 10));
        vm.assertEq(vm.addr(HOSPITAL), orgAt(KEY, KeyUse.Act, START + 19));
        vm.assertEq(address(0), orgAt(KEY, KeyUse.Act, START + 20));
        vm.assertEq(address(0), orgAt(KEY, KeyUse.Attest, START + 10));
    }
}

contract Organizations_retireKey_Test is KeyKeeping {
    function _retire(uint256 signer, uint64 at) private returns (Intent memory) {
        return onOldKey(signer, HOSPITAL, keyOf(KEY), KeyUse.Act, at);
    }

    function _send(uint64 at, Intent memory by) private {
        organizations.retireKey(vm.addr(HOSPITAL), keyOf(KEY), KeyUse.Act, at, by);
    }

    function test_RevertWhen_TheSignerIsNoAdminKeyOfTheOrganization() external {
        addKey(HOSPITAL, KEY, KeyUse.Act, START, FOREVER);
        Intent memory by = _retire(KEY, START);

        refusesAsNoAdmin(HOSPITAL, KEY);
        _send(START, by);
    }

    function test_RevertWhen_TheKeyIsNotOfTheOrganization() external {
        addKey(CLINIC, KEY, KeyUse.Act, START, FOREVER);
        Intent memory by = _retire(HOSPITAL, START);

        vm.expectRevert(
            abi.encodeWithSelector(
                IOrganizations.Organizations_KeyUnknown.selector, keyOf(KEY), KeyUse.Act
            )
        );
        _send(START, by);
    }

    function test_RevertWhen_TheTimeLiesInThePast() external {
        addKey(HOSPITAL, KEY, KeyUse.Act, START, FOREVER);
        Intent memory by = _retire(HOSPITAL, START - 1);

        refusesAsBadWindow(START, START - 1);
        _send(START - 1, by);
    }

    function test_RevertWhen_TheTimeLiesAfterItsEnd() external {
        addKey(HOSPITAL, KEY, KeyUse.Act, START, START + 10);
        vm.warp(START + 20);
        Intent memory by = _retire(HOSPITAL, START + 30);

        refusesAsBadWindow(START + 20, START + 30);
        _send(START + 30, by);
    }

    function test_GivenTheKeyIsTheAddressOfTheOrganization() external {
        retireKey(HOSPITAL, HOSPITAL, KeyUse.Act, START + 10);

        vm.assertEq(vm.addr(HOSPITAL), orgAt(HOSPITAL, KeyUse.Act, START + 9));
        vm.assertEq(address(0), orgAt(HOSPITAL, KeyUse.Act, START + 10));
        vm.assertEq(vm.addr(HOSPITAL), orgAt(HOSPITAL, KeyUse.Attest, START + 10));
    }

    function test_GivenTheKeyWasAdded() external {
        addKey(HOSPITAL, KEY, KeyUse.Act, START, FOREVER);
        vm.warp(START + 10);
        Intent memory by = _retire(HOSPITAL, START + 10);

        vm.expectEmit(address(organizations));
        emit IOrganizations.KeyRetired(vm.addr(HOSPITAL), keyOf(KEY), KeyUse.Act, START + 10);
        _send(START + 10, by);

        vm.assertEq(vm.addr(HOSPITAL), orgAt(KEY, KeyUse.Act, START + 9));
        vm.assertEq(address(0), orgAt(KEY, KeyUse.Act, START + 10));
    }
}

/// Adds and retires one key at random times, and asks in between whose it is.
contract KeyHandler is KeyKeeping {
    uint64 public earlier;
    address public answer;

    /// Asks about now, for the invariant to ask again later.
    function ask() external {
        earlier = uint64(block.timestamp);
        vm.warp(block.timestamp + 1);
        answer = orgAt(KEY, KeyUse.Act, earlier);
    }

    function add(uint64 from, uint64 until) external {
        uint64 start = uint64(bound(from, START - 100, block.timestamp + 50));
        uint64 end = uint64(bound(until, START - 100, block.timestamp + 100));
        bytes memory members =
            abi.encode(vm.addr(CLINIC), keyOf(KEY), KeyUse.Act, bytes32(0), start, end);
        Intent memory owner = onAcceptedKey(KEY, members);
        Intent memory by = onNewKey(CLINIC, members);
        try organizations.addKey(
            vm.addr(CLINIC), keyOf(KEY), KeyUse.Act, 0, start, end, owner, by
        ) {}
            catch {}
    }

    function retire(uint64 at) external {
        uint64 end = uint64(bound(at, START - 100, block.timestamp + 100));
        Intent memory by = onOldKey(CLINIC, CLINIC, keyOf(KEY), KeyUse.Act, end);
        try organizations.retireKey(vm.addr(CLINIC), keyOf(KEY), KeyUse.Act, end, by) {} catch {}
    }

    function wait_(uint64 time) external {
        vm.warp(block.timestamp + time % 50);
    }

    function answerNow() external view returns (address) {
        return orgAt(KEY, KeyUse.Act, earlier);
    }
}

contract Organizations_Invariants is Base {
    KeyHandler private _handler = new KeyHandler();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_WhoseKeyItWasNeverChanges() external view {
        vm.assertEq(_handler.answer(), _handler.answerNow());
    }
}
