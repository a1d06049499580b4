// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Actor, Intent} from "../identity/IIntentGuard.sol";
import {KeyUse} from "../identity/IOrganizations.sol";
import {Roles} from "../identity/Roles.sol";
import {IQuorum} from "./IQuorum.sol";
import {IRecordRegistry, Rekey} from "./IRecordRegistry.sol";
import {Shares} from "./Shares.sol";

/// @title The part of RecordRegistry that changes keys: on request, and for the buyer of a sale
abstract contract Rekeying is Shares {
    bytes32 private constant ROTATE =
        keccak256("Rotate(uint256 tokenId,uint256 nonce,uint64 deadline)");
    bytes32 private constant REKEY = keccak256(
        "Rekey(uint256 tokenId,uint24 epoch,bytes32 oldRoot,bytes32 newRoot,address receiver,"
        "bytes32 receiverKeyHash,bytes32 sealedKeyHash,uint64 deadline)"
    );

    IQuorum private immutable QUORUM;

    constructor(IQuorum quorum) {
        QUORUM = quorum;
    }

    /* KEYS */

    /// @inheritdoc IRecordRegistry
    function rotate(uint256 tokenId, Actor calldata by) external {
        Intent calldata intent = by.intent;
        address signer =
            _accept(intent, keccak256(abi.encode(ROTATE, tokenId, intent.nonce, intent.deadline)));
        Kept storage record = _known(_recordIdOf(tokenId));
        _requireOwned(tokenId);
        if (
            signer != record.subject
                && ORGANIZATIONS.actingFor(signer, KeyUse.Attest, Roles.SOURCE) != record.source
        ) revert RecordRegistry_NotSource(signer);
        Hold hold = _tokens[tokenId].hold;
        if (hold != Hold.Free && hold != Hold.Pledged) {
            revert RecordRegistry_RekeyPending(tokenId);
        }

        hold = hold == Hold.Pledged ? Hold.PledgedRekeying : Hold.Rekeying;
        _ask(tokenId, hold, ownerOf(tokenId), 0);
    }

    /// @inheritdoc IRecordRegistry
    function completeRekey(Rekey calldata rekey, bytes[] calldata signatures) external {
        _requireOwned(rekey.tokenId);
        bool isPledged = _tokens[rekey.tokenId].hold == Hold.PledgedRekeying;
        _check(rekey, signatures, isPledged ? Hold.PledgedRekeying : Hold.Rekeying);
        _renew(rekey, isPledged ? Hold.Pledged : Hold.Free);
    }

    /* SALES */

    /// @inheritdoc IRecordRegistry
    function beginRekey(uint256 tokenId, address receiver, uint40 deadline)
        external
        onlyModule(EXCHANGE)
    {
        _checkFree(tokenId);
        _checkHolder(receiver);

        _ask(tokenId, Hold.Selling, receiver, deadline);
    }

    /// @inheritdoc IRecordRegistry
    function abortRekey(uint256 tokenId) external onlyModule(EXCHANGE) {
        Token memory token = _tokens[tokenId];
        if (token.hold != Hold.Selling) revert RecordRegistry_NoRekey(tokenId);

        uint24 epoch = token.pendingEpoch;
        _tokens[tokenId] = Token(address(0), token.keyEpoch, epoch, Hold.Free, 0);
        emit RekeyAborted(tokenId, epoch);
        emit Unlocked(tokenId);
    }

    /// @inheritdoc IRecordRegistry
    function completeSale(Rekey calldata rekey, bytes[] calldata signatures)
        external
        onlyModule(EXCHANGE)
    {
        uint256 tokenId = rekey.tokenId;
        _check(rekey, signatures, Hold.Selling);
        uint40 deadline = _tokens[tokenId].rekeyDeadline;
        if (block.timestamp > deadline) revert RecordRegistry_RekeyLate(deadline);
        _settle(tokenId);

        _renew(rekey, Hold.Free);
        _transfer(_ownerOf(tokenId), rekey.receiver, tokenId);
    }

    /* INTERNAL */

    /// Asks for keys of an epoch that no token of the section ever had.
    function _ask(uint256 tokenId, Hold hold, address receiver, uint40 deadline) internal {
        Token memory token = _tokens[tokenId];
        bool wasFree = token.hold == Hold.Free;
        uint24 epoch = token.pendingEpoch + 1;
        address buyer = hold == Hold.Selling ? receiver : address(0);
        _tokens[tokenId] = Token(buyer, token.keyEpoch, epoch, hold, deadline);
        emit RekeyRequested(tokenId, epoch, receiver, deadline);
        if (wasFree) emit Locked(tokenId);
    }

    function _renew(Rekey calldata rekey, Hold hold) private {
        uint256 tokenId = rekey.tokenId;
        _tokens[tokenId] = Token(address(0), rekey.epoch, rekey.epoch, hold, 0);
        _records[_recordIdOf(tokenId)].root = rekey.newRoot;
        emit Rekeyed(tokenId, rekey.epoch, rekey.newRoot, rekey.sealedKeyHash);
        emit MetadataUpdate(tokenId);
        if (hold == Hold.Free) emit Unlocked(tokenId);
    }

    function _check(Rekey calldata rekey, bytes[] calldata signatures, Hold expected) private view {
        uint256 tokenId = rekey.tokenId;
        Token storage state = _tokens[tokenId];
        bytes32 root = _records[_recordIdOf(tokenId)].root;
        if (state.hold != expected) revert RecordRegistry_NoRekey(tokenId);
        if (block.timestamp > rekey.deadline) revert RecordRegistry_RekeyLate(rekey.deadline);
        if (rekey.epoch != state.pendingEpoch) {
            revert RecordRegistry_StaleEpoch(rekey.epoch, state.pendingEpoch);
        }
        if (rekey.oldRoot != root) revert RecordRegistry_StaleRoot(rekey.oldRoot, root);
        _checkReceiver(rekey);
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(REKEY, rekey)));
        if (!QUORUM.verify(tokenId, digest, signatures)) {
            revert RecordRegistry_TooFewSignatures(tokenId);
        }
    }

    function _checkReceiver(Rekey calldata rekey) private view {
        address receiver = receiverOf(rekey.tokenId);
        bool isKey = rekey.receiverKeyHash == ORGANIZATIONS.keyHashOf(rekey.receiver, KeyUse.Reader);
        if (rekey.receiver != receiver || !isKey) {
            revert RecordRegistry_NotReceiver(rekey.receiver, receiver);
        }
    }
}
