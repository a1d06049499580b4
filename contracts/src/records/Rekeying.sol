// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Actor, Intent} from "../identity/IIntentGuard.sol";
import {KeyUse} from "../identity/IOrganizations.sol";
import {Roles} from "../identity/Roles.sol";
import {IQuorum} from "./IQuorum.sol";
import {IRecordRegistry, Record, Rekey, RekeyState, TokenState} from "./IRecordRegistry.sol";
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
        Record storage record = _known(_recordIdOf(tokenId));
        _requireOwned(tokenId);
        if (
            signer != record.subject
                && ORGANIZATIONS.actingFor(signer, KeyUse.Attest, Roles.SOURCE) != record.source
        ) revert RecordRegistry_NotSource(signer);
        if (_tokens[tokenId].rekey != RekeyState.None) {
            revert RecordRegistry_RekeyPending(tokenId);
        }

        _ask(tokenId, RekeyState.RekeyPending, receiverOf(tokenId), 0);
    }

    /// @inheritdoc IRecordRegistry
    function completeRekey(Rekey calldata rekey, bytes[] calldata signatures) external {
        _requireOwned(rekey.tokenId);
        _check(rekey, signatures, RekeyState.RekeyPending);
        _renew(rekey, _tokens[rekey.tokenId].locker);
    }

    /* SALES */

    /// @inheritdoc IRecordRegistry
    function beginRekey(uint256 tokenId, address receiver, uint40 deadline)
        external
        onlyModule(EXCHANGE)
    {
        _checkFree(tokenId);
        _checkHolder(receiver);

        _buyers[tokenId] = receiver;
        _ask(tokenId, RekeyState.SalePending, receiver, deadline);
    }

    /// @inheritdoc IRecordRegistry
    function abortRekey(uint256 tokenId) external onlyModule(EXCHANGE) {
        TokenState memory state = _tokens[tokenId];
        if (state.rekey != RekeyState.SalePending) revert RecordRegistry_NoRekey(tokenId);

        delete _buyers[tokenId];
        uint24 epoch = state.pendingEpoch;
        _tokens[tokenId] = TokenState(address(0), state.keyEpoch, epoch, RekeyState.None, 0);
        emit RekeyAborted(tokenId, epoch);
        emit Unlocked(tokenId);
    }

    /// @inheritdoc IRecordRegistry
    function completeSale(Rekey calldata rekey, bytes[] calldata signatures)
        external
        onlyModule(EXCHANGE)
    {
        uint256 tokenId = rekey.tokenId;
        _check(rekey, signatures, RekeyState.SalePending);
        uint40 deadline = _tokens[tokenId].rekeyDeadline;
        if (block.timestamp > deadline) revert RecordRegistry_RekeyLate(deadline);
        _settle(tokenId);

        delete _buyers[tokenId];
        _renew(rekey, address(0));
        _transfer(_ownerOf(tokenId), rekey.receiver, tokenId);
    }

    /* INTERNAL */

    /// Asks for keys of an epoch that no token of the section ever had. Of a sale the exchange locks
    /// the token.
    function _ask(uint256 tokenId, RekeyState rekey, address receiver, uint40 deadline) internal {
        TokenState memory state = _tokens[tokenId];
        bool wasFree = state.locker == address(0) && state.rekey == RekeyState.None;
        uint24 epoch = state.pendingEpoch + 1;
        address locker = rekey == RekeyState.SalePending ? EXCHANGE : state.locker;
        _tokens[tokenId] = TokenState(locker, state.keyEpoch, epoch, rekey, deadline);
        emit RekeyRequested(tokenId, epoch, receiver, deadline);
        if (wasFree) emit Locked(tokenId);
    }

    function _renew(Rekey calldata rekey, address locker) private {
        uint256 tokenId = rekey.tokenId;
        _tokens[tokenId] = TokenState(locker, rekey.epoch, rekey.epoch, RekeyState.None, 0);
        _records[_recordIdOf(tokenId)].root = rekey.newRoot;
        emit Rekeyed(tokenId, rekey.epoch, rekey.newRoot, rekey.sealedKeyHash);
        emit MetadataUpdate(tokenId);
        if (locker == address(0)) emit Unlocked(tokenId);
    }

    function _check(Rekey calldata rekey, bytes[] calldata signatures, RekeyState expected)
        private
        view
    {
        uint256 tokenId = rekey.tokenId;
        TokenState storage state = _tokens[tokenId];
        bytes32 root = _records[_recordIdOf(tokenId)].root;
        if (state.rekey != expected) revert RecordRegistry_NoRekey(tokenId);
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
