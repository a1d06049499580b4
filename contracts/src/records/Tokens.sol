// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IOrganizations, KeyUse} from "../identity/IOrganizations.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {IERC5192} from "./IERC5192.sol";
import {IOwnershipHook} from "./IOwnershipHook.sol";
import {IRecordRegistry, Payees, Record, RekeyState, TokenState} from "./IRecordRegistry.sol";

/// @title The part of RecordRegistry that knows what a token is, whose, and in which state
abstract contract Tokens is IRecordRegistry, IERC4906, IERC5192, IntentGuard, ERC721 {
    /// What is shown as {Record} without the epochs, which are those of its token.
    /// @param used has a bit for each section that ever had an exclusive user
    struct Kept {
        address subject;
        uint32 version;
        uint16 sections;
        uint16 detached;
        uint16 used;
        address source;
        uint16 sourceBps;
        uint16 hostBps;
        uint16 subjectBps;
        uint40 anchoredAt;
        address host;
        bytes32 root;
    }

    /// Why a token cannot be moved. Of a pledged one new keys may be asked for as well.
    enum Hold {
        Free,
        Rekeying,
        Selling,
        Pledged,
        PledgedRekeying
    }

    /// One word: what is shown as {TokenState}.
    /// @param buyer of a token that is being sold
    struct Token {
        address buyer;
        uint24 keyEpoch;
        uint24 pendingEpoch;
        Hold hold;
        uint40 rekeyDeadline;
    }

    IOrganizations internal immutable ORGANIZATIONS;
    IOwnershipHook internal immutable HOOK;
    address internal immutable EXCHANGE;
    address internal immutable LENDING;

    mapping(uint128 recordId => Kept) internal _records;
    /// `pendingEpoch` is the highest that was ever asked for, so that none is used twice; views show
    /// it only while it is pending. A section keeps its state when it is recombined: then it is the
    /// epoch that makes the record's keys hold for it.
    mapping(uint256 tokenId => Token) internal _tokens;

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
    function recordOf(uint128 recordId) public view returns (Record memory) {
        Kept storage kept = _records[recordId];
        TokenState memory state = _shown(_tokenOf(recordId));
        return Record({
            subject: kept.subject,
            version: kept.version,
            sections: kept.sections,
            detached: kept.detached,
            keyEpoch: state.keyEpoch,
            pendingEpoch: state.pendingEpoch,
            source: kept.source,
            sourceBps: kept.sourceBps,
            hostBps: kept.hostBps,
            subjectBps: kept.subjectBps,
            anchoredAt: kept.anchoredAt,
            host: kept.host,
            root: kept.root
        });
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
        Kept storage record = _records[recordId];
        (payees.subject, payees.source) = (record.subject, record.source);
        payees.subjectBps = record.subjectBps;
        payees.sourceBps = record.sourceBps;
        payees.hostBps = record.hostBps;
        if (payees.hostBps != 0) payees.host = record.host;
    }

    /// @inheritdoc IRecordRegistry
    function keyEpochOf(uint256 tokenId) external view returns (uint24) {
        uint256 controller = controllerOf(tokenId);
        uint24 epoch = _tokens[controller].keyEpoch;
        Token storage own = _tokens[tokenId];
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
        Kept storage record = _records[_recordIdOf(tokenId)];
        if (uint8(tokenId) == 0) return record.sections & ~record.detached;
        return record.detached & _bitOf(tokenId);
    }

    /// @inheritdoc IRecordRegistry
    function isLocked(uint256 tokenId) public view returns (bool) {
        _requireOwned(tokenId);
        return _tokens[tokenId].hold != Hold.Free;
    }

    /// @inheritdoc IERC5192
    function locked(uint256 tokenId) external view returns (bool) {
        return isLocked(tokenId);
    }

    /// @inheritdoc IRecordRegistry
    function licensingOf(uint256 tokenId)
        external
        view
        returns (uint16 sections, uint16 used, bool rekeying)
    {
        return (sectionsOf(tokenId), _records[_recordIdOf(tokenId)].used, isRekeying(tokenId));
    }

    /// @inheritdoc IRecordRegistry
    function isRekeying(uint256 tokenId) public view returns (bool) {
        return _rekeyOf(_tokens[tokenId].hold) != RekeyState.None;
    }

    /// @inheritdoc IRecordRegistry
    function ownerOf(uint256 tokenId)
        public
        view
        override(IRecordRegistry, ERC721, IERC721)
        returns (address)
    {
        return _requireOwned(tokenId);
    }

    /// @inheritdoc IRecordRegistry
    function receiverOf(uint256 tokenId) public view returns (address) {
        Token storage token = _tokens[tokenId];
        return token.hold == Hold.Selling ? token.buyer : _requireOwned(tokenId);
    }

    /* CHECKS */

    modifier onlyModule(address module) {
        if (msg.sender != module) revert RecordRegistry_NotModule(msg.sender);
        _;
    }

    function _known(uint128 recordId) internal view returns (Kept storage record) {
        record = _records[recordId];
        if (record.source == address(0)) revert RecordRegistry_UnknownRecord(recordId);
    }

    function _checkFree(uint256 tokenId) internal view {
        _requireOwned(tokenId);
        Hold hold = _tokens[tokenId].hold;
        if (hold == Hold.Rekeying) revert RecordRegistry_RekeyPending(tokenId);
        if (hold != Hold.Free) revert RecordRegistry_Locked(tokenId);
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

    function _shown(uint256 tokenId) internal view returns (TokenState memory) {
        Token memory token = _tokens[tokenId];
        RekeyState rekey = _rekeyOf(token.hold);
        return TokenState({
            locker: _lockerOf(token.hold),
            keyEpoch: token.keyEpoch,
            pendingEpoch: rekey == RekeyState.None ? 0 : token.pendingEpoch,
            rekey: rekey,
            rekeyDeadline: token.rekeyDeadline
        });
    }

    function _lockerOf(Hold hold) private view returns (address) {
        if (hold == Hold.Selling) return EXCHANGE;
        return _isPledged(hold) ? LENDING : address(0);
    }

    function _rekeyOf(Hold hold) internal pure returns (RekeyState) {
        if (hold == Hold.Selling) return RekeyState.SalePending;
        bool isAsked = hold == Hold.Rekeying || hold == Hold.PledgedRekeying;
        return isAsked ? RekeyState.RekeyPending : RekeyState.None;
    }

    function _isPledged(Hold hold) internal pure returns (bool) {
        return hold == Hold.Pledged || hold == Hold.PledgedRekeying;
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
