// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../identity/IIntentGuard.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {IAuthority, Powers} from "./IAuthority.sol";
import {ILicensingPolicy, Policy} from "./ILicensingPolicy.sol";

/// @title See {ILicensingPolicy}
contract LicensingPolicy is ILicensingPolicy, IntentGuard {
    /// Every section code but 0, which is none, and 14, the emergency summary.
    uint16 private constant LICENSABLE = 0xbffe;

    bytes32 private constant SET_POLICY = keccak256(
        "SetPolicy(uint128 record,uint16 mask,uint64 duo,uint16 uses,uint16 regions,"
        "uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant SET_STANDING =
        keccak256("SetStanding(uint128 record,bytes32 commitment,uint256 nonce,uint64 deadline)");
    bytes32 private constant CLOSE =
        keccak256("Close(uint136 sectionId,uint256 nonce,uint64 deadline)");
    bytes32 private constant REOPEN =
        keccak256("Reopen(uint136 sectionId,uint256 nonce,uint64 deadline)");

    struct Standing {
        bytes32 commitment;
        uint32 seq;
    }

    /// All that buying asks for in one word: what is shown as {Policy}, a bit for each section that is
    /// closed, whether one ever reopened, and when the record was erased.
    struct Kept {
        uint16 mask;
        uint64 duo;
        uint16 uses;
        uint16 regions;
        uint32 seq;
        uint16 closed;
        bool isReopened;
        uint64 erasedAt;
    }

    IAuthority private immutable AUTHORITY;
    mapping(uint128 record => Kept) private _kept;
    /// The present generation of each section where one ever reopened, eight bits for each code from 0
    /// on.
    mapping(uint128 record => uint128) private _generations;
    mapping(uint128 record => Standing) private _standings;
    mapping(uint136 sectionId => mapping(uint8 generation => uint64)) private _closedAt;

    constructor(IAuthority authority) IntentGuard("LicensingPolicy") {
        AUTHORITY = authority;
    }

    /* POLICY AND STANDING */

    /// @inheritdoc ILicensingPolicy
    function setPolicy(
        uint128 record,
        uint16 mask,
        uint64 duo,
        uint16 uses,
        uint16 regions,
        Intent calldata by
    ) external {
        bytes32 hash = keccak256(
            abi.encode(SET_POLICY, record, mask, duo, uses, regions, by.nonce, by.deadline)
        );
        _checkPower(record, _accept(by, hash), Powers.GRANT);
        if (mask & ~LICENSABLE != 0) revert LicensingPolicy_NotLicensable(mask);

        Kept memory kept = _kept[record];
        (kept.mask, kept.duo, kept.uses, kept.regions) = (mask, duo, uses, regions);
        ++kept.seq;
        _kept[record] = kept;
        emit LicensingPolicySet(record, _shown(kept));
    }

    /// @inheritdoc ILicensingPolicy
    function setStanding(uint128 record, bytes32 commitment, Intent calldata by) external {
        bytes32 hash =
            keccak256(abi.encode(SET_STANDING, record, commitment, by.nonce, by.deadline));
        _checkPower(record, _accept(by, hash), Powers.GRANT);

        uint32 seq = _standings[record].seq + 1;
        _standings[record] = Standing(commitment, seq);
        emit StandingSet(record, commitment, seq);
    }

    /* GATES */

    /// @inheritdoc ILicensingPolicy
    function close(uint136 sectionId, Intent calldata by) external {
        address signer = _accept(by, keccak256(abi.encode(CLOSE, sectionId, by.nonce, by.deadline)));
        uint128 record = _recordOf(sectionId);
        if (!AUTHORITY.mayAct(record, signer, Powers.REVOKE)) {
            _checkPower(record, signer, Powers.GRANT);
        }
        Kept memory kept = _kept[record];
        if (_isClosed(kept, sectionId)) return;

        uint8 generation = _generation(_generationsOf(record, kept), sectionId);
        _kept[record].closed = kept.closed | _bitOf(sectionId);
        _closedAt[sectionId][generation] = uint64(block.timestamp);
        emit SectionClosed(sectionId, generation);
    }

    /// @inheritdoc ILicensingPolicy
    function reopen(uint136 sectionId, Intent calldata by) external {
        address signer =
            _accept(by, keccak256(abi.encode(REOPEN, sectionId, by.nonce, by.deadline)));
        uint128 record = _recordOf(sectionId);
        _checkPower(record, signer, Powers.GRANT);
        Kept memory kept = _kept[record];
        uint128 generations = _generationsOf(record, kept);
        uint8 generation = _generation(generations, sectionId);
        if (!_isClosed(kept, sectionId)) revert LicensingPolicy_NotClosed(sectionId);
        if (generation == type(uint8).max) revert LicensingPolicy_TooOften(sectionId);

        _generations[record] = generations + (uint128(1) << 8 * uint8(sectionId));
        kept.closed ^= _bitOf(sectionId);
        kept.isReopened = true;
        _kept[record] = kept;
        emit SectionReopened(sectionId, generation + 1);
    }

    /// @inheritdoc ILicensingPolicy
    function shut(uint128 record) external {
        if (msg.sender != address(AUTHORITY)) revert LicensingPolicy_NotAuthority(msg.sender);
        _kept[record].erasedAt = uint64(block.timestamp);
    }

    /// The record of a section that can be licensed.
    function _recordOf(uint136 sectionId) private pure returns (uint128) {
        uint8 code = uint8(sectionId);
        if (code > 15 || LICENSABLE & (1 << code) == 0) {
            revert LicensingPolicy_NotLicensable(1 << code);
        }
        return uint128(sectionId >> 8);
    }

    function _generationsOf(uint128 record, Kept memory kept) private view returns (uint128) {
        return kept.isReopened ? _generations[record] : 0;
    }

    function _generation(uint128 generations, uint136 sectionId) private pure returns (uint8) {
        return uint8(generations >> 8 * uint8(sectionId));
    }

    function _isClosed(Kept memory kept, uint136 sectionId) private pure returns (bool) {
        return kept.closed & _bitOf(sectionId) != 0;
    }

    /// None where there is no such code.
    function _bitOf(uint136 sectionId) private pure returns (uint16) {
        return uint16(1 << uint8(sectionId));
    }

    function _checkPower(uint128 record, address signer, uint16 power) private view {
        if (AUTHORITY.mayAct(record, signer, power)) return;
        if (AUTHORITY.controllerOf(record) == address(0)) {
            revert LicensingPolicy_UnknownRecord(record);
        }
        if (_kept[record].erasedAt != 0) revert LicensingPolicy_Erased(record);
        revert LicensingPolicy_PowerMissing(record, signer, power);
    }

    /* VIEWS */

    /// @inheritdoc ILicensingPolicy
    function sectionGate(uint136 sectionId) external view returns (uint8 generation, bool open) {
        uint128 record = uint128(sectionId >> 8);
        Kept memory kept = _kept[record];
        generation = _generation(_generationsOf(record, kept), sectionId);
        open = !_isClosed(kept, sectionId) && kept.erasedAt == 0;
    }

    /// @inheritdoc ILicensingPolicy
    function gatesOf(uint128 record) external view returns (uint120 generations, uint16 open) {
        return _gatesOf(record, _kept[record]);
    }

    function _gatesOf(uint128 record, Kept memory kept)
        private
        view
        returns (uint120 generations, uint16 open)
    {
        generations = uint120(_generationsOf(record, kept) >> 8);
        open = kept.erasedAt == 0 ? ~kept.closed : 0;
    }

    /// @inheritdoc ILicensingPolicy
    function closedAt(uint136 sectionId, uint8 generation) external view returns (uint64) {
        uint128 record = uint128(sectionId >> 8);
        Kept memory kept = _kept[record];
        bool isPresent = generation == _generation(_generationsOf(record, kept), sectionId);
        if (isPresent && !_isClosed(kept, sectionId)) return kept.erasedAt;
        return _closedAt[sectionId][generation];
    }

    /// @inheritdoc ILicensingPolicy
    function termsOf(uint128 record)
        external
        view
        returns (Policy memory terms, uint120 generations, uint16 open)
    {
        Kept memory kept = _kept[record];
        terms = _shown(kept);
        (generations, open) = _gatesOf(record, kept);
    }

    /// @inheritdoc ILicensingPolicy
    function policy(uint128 record)
        external
        view
        returns (uint16 mask, uint64 duo, uint16 uses, uint16 regions, uint32 seq)
    {
        Kept memory kept = _kept[record];
        return (kept.mask, kept.duo, kept.uses, kept.regions, kept.seq);
    }

    function _shown(Kept memory kept) private pure returns (Policy memory) {
        return Policy(kept.mask, kept.duo, kept.uses, kept.regions, kept.seq);
    }

    /// @inheritdoc ILicensingPolicy
    function standingOf(uint128 record) external view returns (bytes32 commitment, uint32 seq) {
        Standing storage standing = _standings[record];
        return (standing.commitment, standing.seq);
    }
}
