// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IAuthority} from "../consent/IAuthority.sol";
import {Grant, IConsentRegistry} from "../consent/IConsentRegistry.sol";
import {IOrganizations, KeyUse} from "../identity/IOrganizations.sol";
import {Fault, ICustodyRegistry, Receipt} from "./ICustodyRegistry.sol";

/// @title The part of CustodyRegistry that judges receipts
/// @dev `messages.py` signs the same digest and `evidence.py` judges alike; tests compare both.
abstract contract Evidence is ICustodyRegistry {
    uint64 private constant LONGEST_AGE = 150 seconds;
    bytes32 private constant DOMAIN = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant RECEIPT = keccak256(
        "Receipt(bytes32 requestDigest,bytes32 basisId,bytes32 unitId,uint32 epoch,"
        "uint8 role,uint8 index,uint64 blockNumber,bytes32 blockHash,uint64 blockTime,"
        "uint64 ownTime,uint64 logSize,bytes32 logRoot)"
    );

    IOrganizations internal immutable ORGANIZATIONS;
    IAuthority internal immutable AUTHORITY;
    IConsentRegistry internal immutable CONSENTS;
    mapping(address holder => mapping(bytes32 receiptDigest => Fault)) private _convictions;

    constructor(IOrganizations organizations, IAuthority authority, IConsentRegistry consents) {
        ORGANIZATIONS = organizations;
        AUTHORITY = authority;
        CONSENTS = consents;
    }

    /// @inheritdoc ICustodyRegistry
    function reportMisbehavior(Receipt calldata receipt, bytes calldata signature) external {
        bytes32 digest = receiptDigest(receipt);
        address holder = _holder(receipt, digest, signature);
        if (_convictions[holder][digest] != Fault.None) {
            revert CustodyRegistry_AlreadyReported(holder, digest);
        }
        (Fault fault, uint128 record) = faultOf(receipt);
        if (fault == Fault.None) revert CustodyRegistry_NoFault(digest);

        _convictions[holder][digest] = fault;
        emit Misbehaved(holder, digest, record, fault);
    }

    /// The organization whose key signed, as of the time that it says itself.
    function _holder(Receipt calldata receipt, bytes32 digest, bytes calldata signature)
        private
        view
        returns (address holder)
    {
        (address signer,,) = ECDSA.tryRecoverCalldata(digest, signature);
        KeyUse use = receipt.role == 0 ? KeyUse.Custody : KeyUse.Gateway;
        bytes32 key = bytes32(uint256(uint160(signer)));
        if (receipt.role <= 1) holder = ORGANIZATIONS.orgOf(key, use, receipt.ownTime);
        if (holder == address(0)) revert CustodyRegistry_NotHolder(signer);
    }

    /// @inheritdoc ICustodyRegistry
    function faultOf(Receipt calldata receipt) public view returns (Fault fault, uint128 record) {
        uint64 grantEndedAt;
        if (receipt.basisId != 0) {
            Grant memory grant = CONSENTS.grantState(receipt.basisId);
            (record, grantEndedAt) = (grant.record, grant.endedAt);
        }
        if (_isStale(receipt)) return (Fault.StaleHead, record);
        if (_isWrongBlock(receipt)) return (Fault.WrongBlock, record);
        if (record == 0) return (Fault.None, record);
        if (_isAfter(receipt, AUTHORITY.erasedAt(record))) return (Fault.RecordErased, record);
        (, uint64 erasedAt) = unitState(record, receipt.unitId);
        if (_isAfter(receipt, erasedAt)) return (Fault.UnitErased, record);
        if (_isAfter(receipt, grantEndedAt)) return (Fault.GrantEnded, record);
    }

    function _isStale(Receipt calldata receipt) private pure returns (bool) {
        return
            receipt.ownTime > receipt.blockTime && receipt.ownTime - receipt.blockTime > LONGEST_AGE;
    }

    function _isWrongBlock(Receipt calldata receipt) private view returns (bool) {
        if (receipt.blockNumber > block.number || receipt.blockTime > block.timestamp) return true;
        bytes32 known = blockhash(receipt.blockNumber);
        return known != 0 && known != receipt.blockHash && !_isInvented(receipt.blockNumber, known);
    }

    /// The embedded engine (revm without a store of blocks) answers with the hash of the number in
    /// decimal digits, which is the hash of no block of a network.
    function _isInvented(uint256 number, bytes32 known) private pure returns (bool) {
        return known == keccak256(bytes(Strings.toString(number)));
    }

    function _isAfter(Receipt calldata receipt, uint64 end) private pure returns (bool) {
        return end != 0 && receipt.blockTime > end;
    }

    /// @inheritdoc ICustodyRegistry
    function convictionOf(address holder, bytes32 digest) external view returns (Fault) {
        return _convictions[holder][digest];
    }

    /// @inheritdoc ICustodyRegistry
    function receiptDigest(Receipt calldata receipt) public view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(DOMAIN, keccak256("Salus Custody"), keccak256("1"), block.chainid, this)
        );
        bytes32 structHash = keccak256(abi.encode(RECEIPT, receipt));
        return MessageHashUtils.toTypedDataHash(domain, structHash);
    }

    /// @inheritdoc ICustodyRegistry
    function unitState(uint128 record, bytes32 unit)
        public
        view
        virtual
        returns (uint8 bumps, uint64 erasedAt);
}
