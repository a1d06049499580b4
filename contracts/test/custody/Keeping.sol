// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Receipt} from "../../src/custody/ICustodyRegistry.sol";
import {Actor, Intent} from "../../src/identity/IIntentGuard.sol";
import {Consortium} from "../Consortium.sol";

/// The cheatcodes of forge that make blocks.
interface Blocks {
    function roll(uint256 number) external;
    function setBlockhash(uint256 number, bytes32 hash) external;
}

/// @title Sets, units and receipts, and who signs for them
abstract contract Keeping is Consortium {
    bytes32 internal constant SET = "set";
    bytes32 internal constant UNIT = "unit";
    bytes32 internal constant GRANT = "grant";
    Blocks internal constant blocks = Blocks(address(vm));

    /* SETS */

    function defined(bytes32 set, uint256 n, uint8 k) internal {
        address gateway = vm.addr(GATEWAY);
        custody.defineSet(
            set, custodians(n), gateway, k, 1, onSet(HOSPITAL, set, custodians(n), gateway, k, 1)
        );
    }

    function custodians(uint256 n) internal pure returns (address[] memory list) {
        list = new address[](n);
        for (uint256 i; i < n; ++i) {
            list[i] = vm.addr(CUSTODIAN + i);
        }
    }

    function onSet(
        uint256 key,
        bytes32 set,
        address[] memory members,
        address gateway,
        uint8 k,
        uint8 kEmergency
    ) internal returns (Actor memory) {
        bytes memory words;
        for (uint256 i; i < members.length; ++i) {
            words = bytes.concat(words, abi.encode(members[i]));
        }
        return actor(
            signed(
                key,
                address(custody),
                "DefineSet(bytes32 set,address[] custodians,address gateway,uint8 k,uint8 kEmergency",
                abi.encode(set, keccak256(words), gateway, k, kEmergency)
            )
        );
    }

    function onAssignment(uint256 key, uint128 record, bytes32 set)
        internal
        returns (Actor memory)
    {
        return actor(
            signed(
                key, address(custody), "Assign(uint128 record,bytes32 set", abi.encode(record, set)
            )
        );
    }

    /* UNITS */

    /// @param verb Bump or EraseUnit
    function onUnit(uint256 key, string memory verb, uint128 record, bytes32 unit)
        internal
        returns (Intent memory)
    {
        return signed(
            key,
            address(custody),
            string.concat(verb, "(uint128 record,bytes32 unit"),
            abi.encode(record, unit)
        );
    }

    function bumped(uint256 key, bytes32 unit) internal {
        custody.bump(RECORD, unit, actor(onUnit(key, "Bump", RECORD, unit)));
    }

    function erased(bytes32 unit) internal {
        custody.eraseUnit(RECORD, unit, onUnit(PATIENT, "EraseUnit", RECORD, unit));
    }

    function erasedRecord() internal {
        authority.erase(
            RECORD, signed(PATIENT, address(authority), "Erase(uint128 record", abi.encode(RECORD))
        );
    }

    /* RECEIPTS */

    /// Of a release on the grant at the present block, in which nothing is wrong.
    function receiptOf(bytes32 grant) internal view returns (Receipt memory receipt) {
        receipt.requestDigest = "request";
        receipt.basisId = grant;
        receipt.unitId = UNIT;
        (receipt.index, receipt.blockNumber) = (1, uint64(block.number));
        (receipt.blockTime, receipt.ownTime) = (uint64(block.timestamp), uint64(block.timestamp));
    }

    function digestOf(Receipt memory receipt) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("Salus Custody"),
                keccak256("1"),
                block.chainid,
                address(custody)
            )
        );
        bytes32 kind = keccak256(
            "Receipt(bytes32 requestDigest,bytes32 basisId,bytes32 unitId,uint32 epoch,"
            "uint8 role,uint8 index,uint64 blockNumber,bytes32 blockHash,uint64 blockTime,"
            "uint64 ownTime,uint64 logSize,bytes32 logRoot)"
        );
        bytes32 inner = keccak256(bytes.concat(kind, abi.encode(receipt)));
        return keccak256(bytes.concat("\x19\x01", domain, inner));
    }

    function signatureOf(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function granted(bytes32 grant) internal {
        consents.propose(termsOf(grant), onTerms(PATIENT, termsOf(grant)));
    }

    function revoked(bytes32 grant) internal {
        consents.revoke(grant, onGrant(PATIENT, "Revoke", grant));
    }
}
