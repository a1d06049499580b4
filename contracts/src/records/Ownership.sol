// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Intent} from "../identity/IIntentGuard.sol";
import {IRecordRegistry} from "./IRecordRegistry.sol";
import {Rekeying} from "./Rekeying.sol";

/// @title The part of RecordRegistry that moves tokens: divides, recombines, gives and pledges them
abstract contract Ownership is Rekeying {
    /// All codes but 14: the emergency summary stays with its record.
    uint16 private constant DIVISIBLE = 0xbffe;
    bytes32 private constant DETACH =
        keccak256("Detach(uint128 recordId,uint16 mask,uint256 nonce,uint64 deadline)");
    bytes32 private constant ATTACH =
        keccak256("Attach(uint128 recordId,uint16 mask,uint256 nonce,uint64 deadline)");
    bytes32 private constant TRANSFER =
        keccak256("Transfer(uint256 tokenId,address to,uint256 nonce,uint64 deadline)");

    /* DIVIDE AND RECOMBINE */

    /// @inheritdoc IRecordRegistry
    function detach(uint128 recordId, uint16 mask, Intent calldata by) external {
        (uint256 tokenId, address owner) = _ownedBy(DETACH, recordId, mask, by);
        uint16 whole = sectionsOf(tokenId) & DIVISIBLE;
        if (mask == 0 || mask & ~whole != 0) revert RecordRegistry_SectionMissing(mask);
        _settle(tokenId);

        _records[recordId].detached |= mask;
        emit SectionsDetached(recordId, mask);
        Token memory state = _tokens[tokenId];
        for (uint256 code = 1; code < 16; ++code) {
            if (mask & 1 << code != 0) _divide(tokenId | code, owner, state);
        }
    }

    function _divide(uint256 sectionId, address owner, Token memory state) private {
        _tokens[sectionId] = state;
        _mint(owner, sectionId);
        emit Unlocked(sectionId);
    }

    /// @inheritdoc IRecordRegistry
    function attach(uint128 recordId, uint16 mask, Intent calldata by) external {
        (uint256 tokenId, address owner) = _ownedBy(ATTACH, recordId, mask, by);
        Kept storage record = _records[recordId];
        if (mask == 0 || mask & ~record.detached != 0) revert RecordRegistry_NotDetached(mask);
        uint24 highest = _tokens[tokenId].pendingEpoch;
        for (uint256 code = 1; code < 16; ++code) {
            if (mask & 1 << code == 0) continue;
            uint24 epoch = _checkSection(tokenId | code, owner, by.signer);
            if (epoch > highest) highest = epoch;
            _settle(tokenId | code);
        }

        record.detached ^= mask;
        emit SectionsAttached(recordId, mask);
        for (uint256 code = 1; code < 16; ++code) {
            if (mask & 1 << code != 0) _recombine(tokenId | code, highest + 1);
        }
        _tokens[tokenId].pendingEpoch = highest;
        _ask(tokenId, Hold.Rekeying, owner, 0);
    }

    function _checkSection(uint256 sectionId, address owner, address signer)
        private
        view
        returns (uint24 highestEpoch)
    {
        _checkFree(sectionId);
        if (_ownerOf(sectionId) != owner) revert RecordRegistry_NotOwner(sectionId, signer);
        return _tokens[sectionId].pendingEpoch;
    }

    /// The keys of the section are its own until the record has those of `epoch`.
    function _recombine(uint256 sectionId, uint24 epoch) private {
        _tokens[sectionId].pendingEpoch = epoch;
        _burn(sectionId);
    }

    function _ownedBy(bytes32 verb, uint128 recordId, uint16 mask, Intent calldata by)
        private
        returns (uint256 tokenId, address owner)
    {
        address signer =
            _accept(by, keccak256(abi.encode(verb, recordId, mask, by.nonce, by.deadline)));
        _known(recordId);
        tokenId = _tokenOf(recordId);
        _checkFree(tokenId);
        owner = _checkOwner(tokenId, signer);
    }

    /* TRANSFER */

    /// @inheritdoc IRecordRegistry
    function transfer(uint256 tokenId, address to, Intent calldata by) external {
        address signer =
            _accept(by, keccak256(abi.encode(TRANSFER, tokenId, to, by.nonce, by.deadline)));
        _checkFree(tokenId);
        _give(_checkOwner(tokenId, signer), to, tokenId);
    }

    /// The form of ERC-721, with the same effects as {transfer}.
    function transferFrom(address from, address to, uint256 tokenId)
        public
        override(ERC721, IERC721)
    {
        _checkFree(tokenId);
        address owner = _ownerOf(tokenId);
        if (owner != from) revert ERC721IncorrectOwner(from, tokenId, owner);
        _checkAuthorized(owner, msg.sender, tokenId);
        _give(from, to, tokenId);
    }

    /// The form of ERC-721; not while the token is locked.
    function approve(address to, uint256 tokenId) public override(ERC721, IERC721) {
        _checkFree(tokenId);
        super.approve(to, tokenId);
    }

    /// Income until now is the giver's, and what he could read he cannot under the new keys.
    function _give(address from, address to, uint256 tokenId) private {
        _checkHolder(to);
        _settle(tokenId);

        _transfer(from, to, tokenId);
        _ask(tokenId, Hold.Rekeying, to, 0);
    }

    /* PLEDGES */

    /// @inheritdoc IRecordRegistry
    function pledge(uint256 tokenId) external onlyModule(LENDING) {
        _checkFree(tokenId);

        _tokens[tokenId].hold = Hold.Pledged;
        emit Locked(tokenId);
    }

    /// @inheritdoc IRecordRegistry
    function release(uint256 tokenId, address to) external onlyModule(LENDING) {
        Hold hold = _tokens[tokenId].hold;
        if (!_isPledged(hold)) revert RecordRegistry_NotPledged(tokenId);
        address owner = _ownerOf(tokenId);
        if (to == owner) return _free(tokenId, hold == Hold.Pledged);
        _checkHolder(to);

        _transfer(owner, to, tokenId);
        _ask(tokenId, Hold.Rekeying, to, 0);
    }

    /// Keys that were asked for meanwhile are still asked for.
    function _free(uint256 tokenId, bool isFree) private {
        _tokens[tokenId].hold = isFree ? Hold.Free : Hold.Rekeying;
        if (isFree) emit Unlocked(tokenId);
    }
}
