// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Rekey} from "../../src/records/IRecordRegistry.sol";
import {Consortium} from "../Consortium.sol";
import {Keeping} from "../custody/Keeping.sol";
import {Earning} from "../revenue/Earning.sol";

/// What whole transactions cost with the real router, when nothing is warm but the contracts, with
/// random nonces, whose bytes are dearer than those of small numbers.
abstract contract Moving is Earning, Keeping {
    bytes32 private constant SET_OF_FIVE = keccak256("set");

    /// @param sections how many sections earn; each was paid and settled before
    constructor(uint8 sections) {
        defined(SET_OF_FIVE, 5, 3);
        custody.assign(RECORD, SET_OF_FIVE, onAssignment(HOSPITAL, RECORD, SET_OF_FIVE));
        uint256 license = 1;
        for (uint8 code = 1; code < 13 && license <= sections; ++code) {
            if (SECTIONS >> code & 1 == 0) continue;
            open(license++, uint136(TOKEN | code), 1_000, 90);
        }
        pass(20 days);
        router.settle(TOKEN);
        pass(1 days);
    }

    function modules()
        internal
        virtual
        override(Consortium, Earning)
        returns (address, address, address)
    {
        return Earning.modules();
    }

    /// By the account of the subject, with the key of the patient.
    function onVerb(string memory verb, bytes memory members)
        internal
        view
        returns (Intent memory by)
    {
        by = Intent(account, uint256(keccak256("nonce")) >> 1, uint64(block.timestamp) + 600, "");
        by.signature = signature(PATIENT, address(records), verb, "", members, by);
    }

    function rekeyFor(address receiver) internal view returns (Rekey memory) {
        bytes32 root = records.recordOf(RECORD).root;
        uint64 deadline = uint64(block.timestamp) + 600;
        return Rekey(TOKEN, 1, root, keccak256("new"), receiver, 0, keccak256("keys"), deadline);
    }

    function signedByThree(Rekey memory rekey) internal view returns (bytes[] memory signatures) {
        bytes32 kind = keccak256(
            "Rekey(uint256 tokenId,uint24 epoch,bytes32 oldRoot,bytes32 newRoot,address receiver,"
            "bytes32 receiverKeyHash,bytes32 sealedKeyHash,uint64 deadline)"
        );
        bytes32 inner = keccak256(bytes.concat(kind, abi.encode(rekey)));
        bytes32 digest = keccak256(bytes.concat("\x19\x01", domainOf(address(records)), inner));
        signatures = new bytes[](3);
        for (uint256 i; i < 3; ++i) {
            signatures[i] = signatureOf(CUSTODIAN + i, digest);
        }
    }

    function measured(string memory name, address sender, bytes memory call)
        internal
        returns (uint256 gas)
    {
        vm.prank(sender);
        gas = gasleft();
        (bool isDone,) = address(records).call(call);
        gas = wholeOf(gas - gasleft(), call);
        vm.assertTrue(isDone);
        vm.snapshotValue("RecordRegistry", name, gas);
    }
}

/// The same, where it was given away and its owner got new keys.
abstract contract Given is Moving {
    constructor() {
        owned();
        Rekey memory rekey = rekeyFor(vm.addr(OWNER));
        records.completeRekey(rekey, signedByThree(rekey));
        pass(1 days);
    }

    /// As ERC-721 has it.
    function transferred(string memory name) internal returns (uint256) {
        address to = vm.addr(STRANGER);
        bytes memory call = abi.encodeCall(records.transferFrom, (vm.addr(OWNER), to, TOKEN));
        return measured(name, vm.addr(OWNER), call);
    }
}

contract RecordRegistryGas_Test is Moving(1) {
    function test_DividingIsMeasured() external {
        uint16 mask = 1 << 7;
        Intent memory by = onVerb("Detach(uint128 recordId,uint16 mask", abi.encode(RECORD, mask));
        bytes memory call = abi.encodeCall(records.detach, (RECORD, mask, by));
        measured("detach one section", address(this), call);
    }

    function test_AGiftOfTheSubjectIsMeasured() external {
        address to = vm.addr(OWNER);
        Intent memory by = onVerb("Transfer(uint256 tokenId,address to", abi.encode(TOKEN, to));
        bytes memory call = abi.encodeCall(records.transfer, (TOKEN, to, by));
        measured("transfer, signed for the account of the subject", address(this), call);
    }

    /// With the change of keys and of the owner; the exchange adds what it does itself.
    function test_ACompletedSaleIsMeasured() external {
        address seller = vm.addr(EXCHANGE);
        vm.prank(seller);
        records.beginRekey(TOKEN, vm.addr(OWNER), uint40(block.timestamp) + 3 days);
        Rekey memory rekey = rekeyFor(vm.addr(OWNER));
        bytes memory call = abi.encodeCall(records.completeSale, (rekey, signedByThree(rekey)));
        measured("complete a sale, signed by 3 of 5, one active section", seller, call);
    }
}

contract RecordRegistryGasGiven_Test is Moving(1), Given {
    function test_ATransferCostsAtMost200000() external {
        vm.assertTrue(transferred("transfer a record with one active section") <= 200_000);
    }
}

contract RecordRegistryGasSections_Test is Moving(6), Given {
    function test_EachFurtherSectionCostsAtMost12000() external {
        uint256 gas = transferred("transfer a record with six active sections");
        vm.assertTrue(gas <= 200_000 + 5 * 12_000);
    }
}
