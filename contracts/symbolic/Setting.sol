// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../src/identity/IIntentGuard.sol";
import {Actor, Membership} from "../src/identity/IIntentGuard.sol";
import {IConsentRegistry} from "../src/consent/IConsentRegistry.sol";
import {KeyUse} from "../src/identity/IOrganizations.sol";
import {IRecordRegistry} from "../src/records/IRecordRegistry.sol";

address constant ACCOUNT = address(1);

/// The cheatcodes that halmos knows.
interface Vm {
    function warp(uint256 time) external;
    function assume(bool condition) external pure;
    function getCode(string calldata artifact) external view returns (bytes memory);
}

/// @title What proofs share: the contract that proves is who signs, by sending
/// @dev `assert` is what halmos looks for: a Panic with code 1 on any path is a counterexample.
abstract contract Setting {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 internal constant NOW = 1_800_000_000;
    uint128 internal constant RECORD = 7;
    uint256 private _nonce;

    /// Who sends a verb himself need not sign it.
    function own() internal returns (Intent memory) {
        return Intent(address(this), ++_nonce, type(uint64).max, "");
    }

    function newConsents() internal returns (IConsentRegistry) {
        address organizations = address(new EverybodyActs());
        bytes memory arguments = abi.encode(organizations, new DeployerControls(), organizations);
        return IConsentRegistry(_deployed("ConsentRegistry", arguments));
    }

    /// It asks nobody above it.
    function newRecords() internal returns (IRecordRegistry) {
        bytes memory arguments =
            abi.encode(new EverybodyActs(), address(0), address(0), address(0), address(0));
        return IRecordRegistry(_deployed("RecordRegistry", arguments));
    }

    /// From its artifact: it has compiler settings of its own.
    function _deployed(string memory name, bytes memory arguments)
        private
        returns (address target)
    {
        string memory artifact = string.concat("../build/symbolic/", name, ".sol/", name, ".json");
        bytes memory code = bytes.concat(vm.getCode(artifact), arguments);
        assembly ("memory-safe") {
            target := create(0, add(code, 32), mload(code))
        }
        assert(target != address(0));
    }

    function actor(Intent memory by) internal pure returns (Actor memory) {
        return Actor(by, Membership(0, 0, 0, 0, new bytes32[](0)));
    }
}

/// Everybody is active, in every role, and acts for himself.
contract EverybodyActs {
    function actingFor(address signer, KeyUse, uint160) external pure returns (address) {
        return signer;
    }

    function hasRole(address, uint160, uint64) external pure returns (bool) {
        return true;
    }

    function isOpeningPaused() external pure returns (bool) {
        return false;
    }

    function sourceOf(uint128) external pure returns (address) {
        return address(0);
    }
}

/// Who deployed it controls every record, and nothing is erased.
contract DeployerControls {
    address private immutable DEPLOYER = msg.sender;

    function controllerOf(uint128) external view returns (address) {
        return DEPLOYER;
    }

    function accountOf(uint128) external pure returns (address) {
        return ACCOUNT;
    }

    function mayAct(uint128, address key, uint16) external view returns (bool) {
        return key == DEPLOYER;
    }

    function epochOf(uint128) external pure returns (uint32) {
        return 0;
    }

    function erasedAt(uint128) external pure returns (uint64) {
        return 0;
    }
}
