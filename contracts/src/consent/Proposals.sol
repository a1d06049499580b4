// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Effect, IConsentRegistry, Proposal} from "./IConsentRegistry.sol";

/// @title The typed hash of a proposal, and what is wrong with it by itself
library Proposals {
    uint64 private constant DAY = 1 days;
    /// Ten years and the rounding of both ends.
    uint64 private constant LONGEST = 3_655 days;
    uint256 private constant MAX_TRIGGERS = 4;
    uint256 private constant MAX_REPLACED = 8;
    uint16 private constant BREAK_GLASS = 1 << 11;
    uint16 private constant EVERY_PURPOSE = (1 << 12) - 1;

    // Whole, since a concatenation would be hashed anew at each use.
    bytes32 private constant TRIGGER =
        keccak256("Trigger(bytes32 id,address reporter,uint8 effect)");
    bytes32 private constant PROPOSAL = keccak256(
        "Proposal(bytes32 grant,uint128 record,uint8 effect,bytes32 commitment,bytes32 rule,"
        "bytes32 wording,uint16 purposes,uint24 ownerEpoch,uint64 notBefore,uint64 notAfter,"
        "address condition,bytes32 conditionKey,Trigger[] triggers,"
        "bytes32[] replaces)Trigger(bytes32 id,address reporter,uint8 effect)"
    );

    /// EIP-712 `hashStruct`.
    function hash(Proposal calldata p) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                PROPOSAL,
                p.grant,
                p.record,
                p.effect,
                p.commitment,
                p.rule,
                p.wording,
                p.purposes,
                p.ownerEpoch,
                p.notBefore,
                p.notAfter,
                p.condition,
                p.conditionKey,
                _hashTriggers(p),
                keccak256(abi.encodePacked(p.replaces))
            )
        );
    }

    function _hashTriggers(Proposal calldata p) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](p.triggers.length);
        for (uint256 i; i < hashes.length; ++i) {
            hashes[i] = keccak256(abi.encode(TRIGGER, p.triggers[i]));
        }
        return keccak256(abi.encodePacked(hashes));
    }

    /// Window, purposes, sizes, and what a denial cannot have: anything that ends it early.
    function check(Proposal calldata p) internal view {
        bool isGood = p.notBefore < p.notAfter && p.notBefore % DAY == 0 && p.notAfter % DAY == 0
            && p.notAfter > block.timestamp && p.notAfter <= block.timestamp + LONGEST;
        if (!isGood) revert IConsentRegistry.ConsentRegistry_BadWindow(p.notBefore, p.notAfter);
        if (p.triggers.length > MAX_TRIGGERS) {
            revert IConsentRegistry.ConsentRegistry_TooMany(p.triggers.length, MAX_TRIGGERS);
        }
        if (p.replaces.length > MAX_REPLACED) {
            revert IConsentRegistry.ConsentRegistry_TooMany(p.replaces.length, MAX_REPLACED);
        }
        bool isDeny = p.effect == Effect.Deny;
        uint16 most = isDeny ? EVERY_PURPOSE : EVERY_PURPOSE ^ BREAK_GLASS;
        if (p.purposes & ~most != 0 || (p.purposes == 0 && !isDeny)) {
            revert IConsentRegistry.ConsentRegistry_BadPurposes(p.purposes);
        }
        if (isDeny && (p.condition != address(0) || p.triggers.length != 0 || p.ownerEpoch != 0)) {
            revert IConsentRegistry.ConsentRegistry_WrongEffect(p.grant);
        }
    }
}
