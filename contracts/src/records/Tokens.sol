// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IOrganizations, KeyUse} from "../identity/IOrganizations.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {IERC5192} from "./IERC5192.sol";
import {IOwnershipHook} from "./IOwnershipHook.sol";
import {IRecordRegistry, Payees, Record, RekeyState, TokenState} from "./IRecordRegistry.sol";

/// @title The part of RecordRegistry that knows what a token is, whose, and in which state
abstract contract Tokens is IRecordRegistry, IERC4906, IERC5192, IntentGuard, ERC721 {
    IOrganizations internal immutable ORGANIZATIONS;
    IOwnershipHook internal immutable HOOK;
    address internal immutable EXCHANGE;
    address internal immutable LENDING;

    /// `keyEpoch` and `pendingEpoch` stay zero here: those of `_tokens` hold.
    mapping(uint128 recordId => Record) internal _records;
    /// `pendingEpoch` is the highest that was ever asked for, so that none is used twice; views show
    /// it only while it is pending. A section keeps its state when it is recombined: then it is the
    /// epoch that makes the record's keys hold for it.
    mapping(uint256 tokenId => TokenState) internal _tokens;
    mapping(uint256 tokenId => address buyer) internal _buyers;
    mapping(uint256 tokenId => address from) internal _escrowed;

    constructor(
        IOrganizations organizations,
        IOwnershipHook hook,
        address exchange,
        address lending
    ) ERC721("Salus Record", "SALUS") {
        ORGANIZATIONS = organizations;
        HOOK = hook;
        EXCHANGE = exchange;
        LENDING = lending;
    }

    /* VIEWS */

    /// @inheritdoc IRecordRegistry
    function recordOf(uint128 recordId) public view returns (Record memory record) {
        record = _records[recordId];
        TokenState memory state = _shown(_tokenOf(recordId));
        (record.keyEpoch, record.pendingEpoch) = (state.keyEpoch, state.pendingEpoch);
    }

    /// @inheritdoc IRecordRegistry
    function subjectOf(uint128 recordId) external view returns (address) {
        return _records[recordId].subject;
    }

    /// @inheritdoc IRecordRegistry
    function sourceOf(uint128 recordId) external view returns (address) {
        return _records[recordId].source;
    }

    /// @inheritdoc IRecordRegistry
    function hostOf(uint128 recordId) external view returns (address) {
        return _records[recordId].host;
    }

    /// @inheritdoc IRecordRegistry
    function payeesOf(uint128 recordId) external view returns (Payees memory payees) {
        Record storage record = _records[recordId];
        (payees.subject, payees.source, payees.host) = (record.subject, record.source, record.host);
        payees.subjectBps = record.subjectBps;
        payees.sourceBps = record.sourceBps;
        payees.hostBps = record.hostBps;
    }

    /// @inheritdoc IRecordRegistry
    function keyEpochOf(uint256 tokenId) external view returns (uint24) {
        uint256 controller = controllerOf(tokenId);
        uint24 epoch = _tokens[controller].keyEpoch;
        TokenState storage own = _tokens[tokenId];
        return controller != tokenId && epoch < own.pendingEpoch ? own.keyEpoch : epoch;
    }

    /// @inheritdoc IRecordRegistry
    function tokenStateOf(uint256 tokenId) public view returns (TokenState memory) {
        _requireOwned(tokenId);
        return _shown(tokenId);
    }

    /// @inheritdoc IRecordRegistry
    function controllerOf(uint256 sectionId) public view returns (uint256 tokenId) {
        uint128 recordId = _recordIdOf(sectionId);
        bool isDetached = _records[recordId].detached & _bitOf(sectionId) != 0;
        return isDetached ? sectionId : _tokenOf(recordId);
    }

    /// @inheritdoc IRecordRegistry
    function sectionsOf(uint256 tokenId) public view returns (uint16 mask) {
        Record storage record = _records[_recordIdOf(tokenId)];
        if (uint8(tokenId) == 0) return record.sections & ~record.detached;
        return record.detached & _bitOf(tokenId);
    }

    /// @inheritdoc IRecordRegistry
    function isLocked(uint256 tokenId) public view returns (bool) {
        _requireOwned(tokenId);
        TokenState storage state = _tokens[tokenId];
        return state.locker != address(0) || state.rekey != RekeyState.None;
    }

    /// @inheritdoc IERC5192
    function locked(uint256 tokenId) external view returns (bool) {
        return isLocked(tokenId);
    }

    /// @inheritdoc IRecordRegistry
    function isRekeying(uint256 tokenId) external view returns (bool) {
        return _tokens[tokenId].rekey != RekeyState.None;
    }

    /// @inheritdoc IRecordRegistry
    function escrowedFrom(uint256 tokenId) external view returns (address) {
        return _escrowed[tokenId];
    }

    /// @inheritdoc IRecordRegistry
    function beneficiaryOf(uint256 tokenId) public view returns (address) {
        address from = _escrowed[tokenId];
        return from == address(0) ? _requireOwned(tokenId) : from;
    }

    /// @inheritdoc IRecordRegistry
    function receiverOf(uint256 tokenId) public view returns (address) {
        address buyer = _buyers[tokenId];
        return buyer == address(0) ? beneficiaryOf(tokenId) : buyer;
    }

    /* CHECKS */

    modifier onlyModule(address module) {
        if (msg.sender != module) revert RecordRegistry_NotModule(msg.sender);
        _;
    }

    function _known(uint128 recordId) internal view returns (Record storage record) {
        record = _records[recordId];
        if (record.source == address(0)) revert RecordRegistry_UnknownRecord(recordId);
    }

    function _checkFree(uint256 tokenId) internal view {
        _requireOwned(tokenId);
        TokenState storage state = _tokens[tokenId];
        if (state.locker != address(0)) revert RecordRegistry_Locked(tokenId);
        if (state.rekey != RekeyState.None) revert RecordRegistry_RekeyPending(tokenId);
    }

    function _checkOwner(uint256 tokenId, address signer) internal view returns (address owner) {
        owner = _requireOwned(tokenId);
        if (!_actsFor(signer, owner)) revert RecordRegistry_NotOwner(tokenId, signer);
    }

    /// Contracts of Salus could not do anything with a token that is sent to them.
    function _checkHolder(address to) internal view {
        bool isOurs = to == address(this) || to == address(HOOK) || to == EXCHANGE || to == LENDING;
        if (isOurs || to == address(0)) revert ERC721InvalidReceiver(to);
    }

    /// Whether it is the party itself, or an acting key of the organization that the party is.
    function _actsFor(address signer, address party) internal view returns (bool) {
        return signer == party
            || (party != address(0) && ORGANIZATIONS.actingFor(signer, KeyUse.Act, 0) == party);
    }

    /* INTERNAL */

    /// Divides what the sections of a token have earned until now.
    function _settle(uint256 tokenId) internal {
        HOOK.beforeOwnerChange(tokenId);
    }

    /// Divides what a record earned under all of its tokens, of which there are at most 15.
    function _settleAll(uint128 recordId) internal {
        _settle(_tokenOf(recordId));
        uint16 detached = _records[recordId].detached;
        for (uint256 code = 1; code < 16; ++code) {
            if (detached & 1 << code != 0) _settle(_tokenOf(recordId) | code);
        }
    }

    function _shown(uint256 tokenId) private view returns (TokenState memory state) {
        state = _tokens[tokenId];
        if (state.rekey == RekeyState.None) state.pendingEpoch = 0;
    }

    function _tokenOf(uint128 recordId) internal pure returns (uint256) {
        return uint256(recordId) << 8;
    }

    function _recordIdOf(uint256 tokenId) internal pure returns (uint128) {
        return uint128(tokenId >> 8);
    }

    /// The bit of a section in a mask; zero when there is no such code.
    function _bitOf(uint256 sectionId) internal pure returns (uint16) {
        return uint16(1 << (sectionId & 0xff));
    }
}
