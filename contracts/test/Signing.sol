// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Actor, IIntentGuard, Intent, Membership} from "../src/identity/IIntentGuard.sol";
import {Base} from "./Base.sol";

/// @title Signs verbs as EIP-712 says, from type strings that the tests write out again
abstract contract Signing is Base {
    mapping(address target => string) private _names;
    /// To derive an address anew for each intent would take a tenth of the time of invariants.
    mapping(uint256 key => address) private _addresses;
    uint256 private _nonce;

    /// Tells under which name a contract has its domain.
    function named(address target, string memory name) internal {
        _names[target] = name;
    }

    /// @param verb the type string of the verb, without nonce, deadline and referenced types
    /// @param referenced the type strings of the structs that it names
    /// @param members its members, encoded as EIP-712 says
    function signed(
        uint256 key,
        address target,
        string memory verb,
        string memory referenced,
        bytes memory members
    ) internal returns (Intent memory by) {
        if (_addresses[key] == address(0)) _addresses[key] = vm.addr(key);
        by = Intent(_addresses[key], ++_nonce, uint64(block.timestamp) + 1 hours, "");
        by.signature = signature(key, target, verb, referenced, members, by);
    }

    function signed(uint256 key, address target, string memory verb, bytes memory members)
        internal
        returns (Intent memory)
    {
        return signed(key, target, verb, "", members);
    }

    function signature(
        uint256 key,
        address target,
        string memory verb,
        string memory referenced,
        bytes memory members,
        Intent memory by
    ) internal view returns (bytes memory) {
        bytes32 kind = keccak256(
            bytes.concat(bytes(verb), ",uint256 nonce,uint64 deadline)", bytes(referenced))
        );
        bytes32 structHash =
            keccak256(bytes.concat(kind, members, abi.encode(by.nonce, by.deadline)));
        bytes32 digest = keccak256(bytes.concat("\x19\x01", domainOf(target), structHash));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function domainOf(address target) internal view returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256(bytes(_names[target])),
                keccak256("1"),
                block.chainid,
                target
            )
        );
    }

    /// Draws the numbers that follow as a node does: one after another, of a word drawn at random.
    function drawing() internal {
        _nonce = uint256(keccak256("word")) >> 9 << 8;
    }

    /// As {drawing}, where an account has used a number of the word before.
    function drawingOn(address target, address account) internal {
        drawing();
        vm.prank(account);
        IIntentGuard(target).cancelNonces(uint248(_nonce >> 8), 1);
    }

    /// A registered key of an organization acts: it opens no leaf.
    function actor(Intent memory by) internal pure returns (Actor memory) {
        return Actor(by, Membership(0, 0, 0, 0, new bytes32[](0)));
    }
}
