// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOrganizations, KeyUse} from "../identity/IOrganizations.sol";
import {Actor, Intent} from "../identity/IIntentGuard.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {Batch, IAnchors} from "./IAnchors.sol";

/// @title See {IAnchors}
contract Anchors is IAnchors, IntentGuard {
    uint64 private constant MAX_SIZE = 65_536;
    bytes32 private constant ANCHOR =
        keccak256("Anchor(bytes32 root,uint64 size,uint256 nonce,uint64 deadline)");

    IOrganizations private immutable ORGANIZATIONS;
    Batch[] private _batches;

    constructor(IOrganizations organizations) IntentGuard("Anchors") {
        ORGANIZATIONS = organizations;
    }

    /// @inheritdoc IAnchors
    function anchor(bytes32 root, uint64 size, Actor calldata by) external returns (uint64 batch) {
        Intent calldata intent = by.intent;
        address signer = _accept(
            intent, keccak256(abi.encode(ANCHOR, root, size, intent.nonce, intent.deadline))
        );
        address org = ORGANIZATIONS.actingFor(signer, KeyUse.Log, 0);
        if (org == address(0)) revert Anchors_NotMember(signer);
        if (size == 0 || size > MAX_SIZE) revert Anchors_BadSize(size);

        batch = uint64(_batches.length);
        _batches.push(Batch(root, size, uint64(block.timestamp)));
        emit BatchAnchored(batch, root, size, org);
    }

    /// @inheritdoc IAnchors
    function batches() external view returns (uint64) {
        return uint64(_batches.length);
    }

    /// @inheritdoc IAnchors
    function batchOf(uint64 batch) external view returns (Batch memory) {
        return _batches[batch];
    }
}
