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

    /// The gates of all sections of a record in one word: the present generation of each, eight bits
    /// for each code from 0 on, and a bit for each that is closed.
    struct Gates {
        uint128 generations;
        uint16 closed;
    }

    IAuthority private immutable AUTHORITY;
    mapping(uint128 record => Policy) private _policies;
    mapping(uint128 record => Standing) private _standings;
    mapping(uint128 record => Gates) private _gates;
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

        Policy memory set = Policy(mask, duo, uses, regions, _policies[record].seq + 1);
        _policies[record] = set;
        emit LicensingPolicySet(record, set);
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
        Gates memory gates = _gates[record];
        if (_isClosed(gates, sectionId)) return;

        uint8 generation = _generation(gates, sectionId);
        _gates[record].closed = gates.closed | _bitOf(sectionId);
        _closedAt[sectionId][generation] = uint64(block.timestamp);
        emit SectionClosed(sectionId, generation);
    }

    /// @inheritdoc ILicensingPolicy
    function reopen(uint136 sectionId, Intent calldata by) external {
        address signer =
            _accept(by, keccak256(abi.encode(REOPEN, sectionId, by.nonce, by.deadline)));
        uint128 record = _recordOf(sectionId);
        _checkPower(record, signer, Powers.GRANT);
        Gates memory gates = _gates[record];
        uint8 generation = _generation(gates, sectionId);
        if (!_isClosed(gates, sectionId)) revert LicensingPolicy_NotClosed(sectionId);
        if (generation == type(uint8).max) revert LicensingPolicy_TooOften(sectionId);

        gates.generations += uint128(1) << 8 * uint8(sectionId);
        gates.closed ^= _bitOf(sectionId);
        _gates[record] = gates;
        emit SectionReopened(sectionId, generation + 1);
    }

    /// The record of a section that can be licensed.
    function _recordOf(uint136 sectionId) private pure returns (uint128) {
        uint8 code = uint8(sectionId);
        if (code > 15 || LICENSABLE & (1 << code) == 0) {
            revert LicensingPolicy_NotLicensable(1 << code);
        }
        return uint128(sectionId >> 8);
    }

    function _generation(Gates memory gates, uint136 sectionId) private pure returns (uint8) {
        return uint8(gates.generations >> 8 * uint8(sectionId));
    }

    function _isClosed(Gates memory gates, uint136 sectionId) private pure returns (bool) {
        return gates.closed & _bitOf(sectionId) != 0;
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
        if (AUTHORITY.erasedAt(record) != 0) revert LicensingPolicy_Erased(record);
        revert LicensingPolicy_PowerMissing(record, signer, power);
    }

    /* VIEWS */

    /// @inheritdoc ILicensingPolicy
    function sectionGate(uint136 sectionId) external view returns (uint8 generation, bool open) {
        uint128 record = uint128(sectionId >> 8);
        Gates memory gates = _gates[record];
        generation = _generation(gates, sectionId);
        open = !_isClosed(gates, sectionId) && AUTHORITY.erasedAt(record) == 0;
    }

    /// @inheritdoc ILicensingPolicy
    function gatesOf(uint128 record) public view returns (uint120 generations, uint16 open) {
        Gates memory gates = _gates[record];
        generations = uint120(gates.generations >> 8);
        open = AUTHORITY.erasedAt(record) == 0 ? ~gates.closed : 0;
    }

    /// @inheritdoc ILicensingPolicy
    function closedAt(uint136 sectionId, uint8 generation) external view returns (uint64) {
        uint128 record = uint128(sectionId >> 8);
        Gates memory gates = _gates[record];
        if (generation == _generation(gates, sectionId) && !_isClosed(gates, sectionId)) {
            return AUTHORITY.erasedAt(record);
        }
        return _closedAt[sectionId][generation];
    }

    /// @inheritdoc ILicensingPolicy
    function termsOf(uint128 record)
        external
        view
        returns (Policy memory terms, uint120 generations, uint16 open)
    {
        terms = _policies[record];
        (generations, open) = gatesOf(record);
    }

    /// @inheritdoc ILicensingPolicy
    function policy(uint128 record)
        external
        view
        returns (uint16 mask, uint64 duo, uint16 uses, uint16 regions, uint32 seq)
    {
        Policy storage set = _policies[record];
        return (set.mask, set.duo, set.uses, set.regions, set.seq);
    }

    /// @inheritdoc ILicensingPolicy
    function standingOf(uint128 record) external view returns (bytes32 commitment, uint32 seq) {
        Standing storage standing = _standings[record];
        return (standing.commitment, standing.seq);
    }
}
