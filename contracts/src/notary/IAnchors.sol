// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Actor} from "../identity/IIntentGuard.sol";

/// One batch of commitments: an RFC 6962 root and how many leaves it has.
struct Batch {
    bytes32 root;
    uint64 size;
    uint64 anchoredAt;
}

/// @title Roots of batches of salted commitments, in the order in which they came
interface IAnchors {
    event BatchAnchored(uint64 indexed batch, bytes32 root, uint64 size, address indexed by);

    error Anchors_NotMember(address signer);
    error Anchors_BadSize(uint64 size);

    /// Anchors one batch; by an active organization.
    /// @param root the RFC 6962 SHA-256 root over the leaves
    /// @param size the number of leaves, 1 to 65,536
    function anchor(bytes32 root, uint64 size, Actor calldata by) external returns (uint64 batch);

    /// How many batches there are; they count from zero.
    function batches() external view returns (uint64);

    function batchOf(uint64 batch) external view returns (Batch memory);
}
