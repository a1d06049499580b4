// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Fault, ICustodyRegistry, Receipt} from "../../src/custody/ICustodyRegistry.sol";
import {KeyUse} from "../../src/identity/IOrganizations.sol";
import {Keeping} from "./Keeping.sol";

abstract contract Judging is Keeping {
    constructor() {
        registered(RECORD);
        granted(GRANT);
        blocks.roll(1000);
        vm.warp(START + 1000);
    }

    function isFault(Fault expected, uint128 record, Receipt memory receipt) internal view {
        (Fault fault, uint128 found) = custody.faultOf(receipt);

        vm.assertEq(uint256(expected), uint256(fault));
        vm.assertEq(record, found);
    }

    function stale() internal view returns (Receipt memory receipt) {
        receipt = receiptOf(GRANT);
        receipt.blockTime -= 151;
    }
}

contract CustodyRegistry_faultOf_Test is Judging {
    function test_WhenTheBlockWasTooOld() external view {
        Receipt memory receipt = receiptOf(GRANT);
        receipt.blockTime -= 150;
        isFault(Fault.None, RECORD, receipt);
        isFault(Fault.StaleHead, RECORD, stale());
        receipt.ownTime = 0;
        isFault(Fault.None, RECORD, receipt);
        (receipt.blockTime, receipt.ownTime) = (0, type(uint64).max);
        isFault(Fault.StaleHead, RECORD, receipt);
    }

    function test_WhenTheBlockIsStillToCome() external view {
        Receipt memory receipt = receiptOf(GRANT);
        receipt.blockNumber = 1001;
        isFault(Fault.WrongBlock, RECORD, receipt);
        receipt.blockNumber = 1000;
        receipt.blockTime += 1;
        isFault(Fault.WrongBlock, RECORD, receipt);
    }

    function test_WhenTheHashIsNotThatOfTheBlock() external {
        blocks.setBlockhash(900, "hash");
        Receipt memory receipt = receiptOf(GRANT);
        (receipt.blockNumber, receipt.blockHash) = (900, "other");
        isFault(Fault.WrongBlock, RECORD, receipt);
        receipt.blockHash = "hash";
        isFault(Fault.None, RECORD, receipt);
    }

    function test_WhenTheBlockIsTooFarBackToBeKnown() external view {
        Receipt memory receipt = receiptOf(GRANT);
        (receipt.blockNumber, receipt.blockHash) = (743, "other");

        isFault(Fault.None, RECORD, receipt);
    }

    function test_WhenTheEngineInventsHashes() external view {
        Receipt memory receipt = receiptOf(GRANT);
        (receipt.blockNumber, receipt.blockHash) = (999, "other");

        vm.assertEq(keccak256("999"), blockhash(999));
        isFault(Fault.None, RECORD, receipt);
    }

    function test_WhenTheGrantHadEnded() external {
        revoked(GRANT);
        Receipt memory receipt = receiptOf(GRANT);
        vm.warp(START + 2000);

        isFault(Fault.None, RECORD, receipt);
        receipt.blockTime += 1;
        isFault(Fault.GrantEnded, RECORD, receipt);
    }

    function test_WhenTheRecordWasErased() external {
        vm.warp(START + 1500);
        erasedRecord();
        Receipt memory receipt = receiptOf(GRANT);
        vm.warp(START + 2000);

        isFault(Fault.None, RECORD, receipt);
        receipt.blockTime += 1;
        isFault(Fault.RecordErased, RECORD, receipt);
    }

    function test_WhenTheUnitWasErased() external {
        erased(UNIT);
        Receipt memory receipt = receiptOf(GRANT);
        vm.warp(START + 2000);

        isFault(Fault.None, RECORD, receipt);
        receipt.blockTime += 1;
        isFault(Fault.UnitErased, RECORD, receipt);
    }

    function test_WhenAnotherUnitWasErased() external {
        erased("other");
        registered(RECORD + 1);
        custody.eraseUnit(RECORD + 1, UNIT, onUnit(PATIENT, "EraseUnit", RECORD + 1, UNIT));
        vm.warp(START + 2000);

        isFault(Fault.None, RECORD, receiptOf(GRANT));
    }

    function test_WhenItNamesNoGrant() external {
        erased(UNIT);
        vm.warp(START + 2000);

        isFault(Fault.None, 0, receiptOf(0));
        isFault(Fault.None, 0, receiptOf("unknown"));
    }

    function test_WhenItIsInOrder() external view {
        isFault(Fault.None, RECORD, receiptOf(GRANT));
    }
}

contract CustodyRegistry_reportMisbehavior_Test is Judging {
    uint256 private constant KEY = 0x77;

    function _refusesAsNoHolder(uint256 key, Receipt memory receipt) private {
        bytes memory signature = signatureOf(key, digestOf(receipt));

        vm.expectRevert(_reason(ICustodyRegistry.CustodyRegistry_NotHolder.selector, key));
        custody.reportMisbehavior(receipt, signature);
    }

    function _reason(bytes4 reason, uint256 key) private pure returns (bytes memory) {
        return abi.encodeWithSelector(reason, vm.addr(key));
    }

    function _report(uint256 key, Receipt memory receipt) private {
        custody.reportMisbehavior(receipt, signatureOf(key, digestOf(receipt)));
    }

    function _isConvicted(uint256 holder, Receipt memory receipt, Fault fault) private view {
        Fault found = custody.convictionOf(vm.addr(holder), digestOf(receipt));

        vm.assertEq(uint256(fault), uint256(found));
    }

    function test_RevertWhen_NobodySigned() external {
        bytes4 reason = ICustodyRegistry.CustodyRegistry_NotHolder.selector;
        Receipt memory receipt = stale();
        vm.expectRevert(abi.encodeWithSelector(reason, address(0)));
        custody.reportMisbehavior(receipt, "");
        bytes memory short = new bytes(64);
        vm.expectRevert(abi.encodeWithSelector(reason, address(0)));
        custody.reportMisbehavior(receipt, short);
    }

    function test_RevertWhen_TheSignerHasNoKeyInThatRole() external {
        _refusesAsNoHolder(STRANGER, stale());
        addKey(CLINIC, KEY, KeyUse.Act, START, FOREVER);
        _refusesAsNoHolder(KEY, stale());
    }

    function test_RevertWhen_TheRoleIsUnknown() external {
        Receipt memory receipt = stale();
        receipt.role = 2;
        _refusesAsNoHolder(CUSTODIAN, receipt);
    }

    function test_RevertGiven_TheKeyHadEndedWhenItSigned() external {
        retireKey(CUSTODIAN, CUSTODIAN, KeyUse.Custody, START + 1000);
        _refusesAsNoHolder(CUSTODIAN, stale());
    }

    function test_RevertWhen_TheSignatureHasItsSecondForm() external {
        Receipt memory receipt = stale();
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(CUSTODIAN, digestOf(receipt));
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        bytes memory second = abi.encodePacked(r, order - uint256(s), v ^ 7);

        vm.expectRevert(
            abi.encodeWithSelector(ICustodyRegistry.CustodyRegistry_NotHolder.selector, address(0))
        );
        custody.reportMisbehavior(receipt, second);
    }

    function test_RevertWhen_TheReceiptIsInOrder() external {
        Receipt memory receipt = receiptOf(GRANT);
        bytes32 digest = digestOf(receipt);
        bytes memory signature = signatureOf(CUSTODIAN, digest);

        vm.expectRevert(
            abi.encodeWithSelector(ICustodyRegistry.CustodyRegistry_NoFault.selector, digest)
        );
        custody.reportMisbehavior(receipt, signature);
    }

    function test_RevertGiven_TheReceiptWasReported() external {
        Receipt memory receipt = stale();
        bytes32 digest = digestOf(receipt);
        bytes memory signature = signatureOf(CUSTODIAN, digest);
        custody.reportMisbehavior(receipt, signature);

        vm.expectRevert(
            abi.encodeWithSelector(
                ICustodyRegistry.CustodyRegistry_AlreadyReported.selector,
                vm.addr(CUSTODIAN),
                digest
            )
        );
        custody.reportMisbehavior(receipt, signature);
    }

    function test_GivenAnotherHolderSignedTheSameReceipt() external {
        Receipt memory receipt = stale();
        _report(STRANGER_IN_CUSTODY, receipt);
        _report(CUSTODIAN, receipt);

        _isConvicted(STRANGER_IN_CUSTODY, receipt, Fault.StaleHead);
        _isConvicted(CUSTODIAN, receipt, Fault.StaleHead);
        _isConvicted(CUSTODIAN + 2, receipt, Fault.None);
    }

    uint256 private constant STRANGER_IN_CUSTODY = CUSTODIAN + 1;

    function test_GivenTheKeyWasRetiredAfterItSigned() external {
        addKey(CUSTODIAN, KEY, KeyUse.Custody, START, FOREVER);
        vm.warp(START + 1200);
        Receipt memory receipt = stale();
        vm.warp(START + 1300);
        retireKey(CUSTODIAN, KEY, KeyUse.Custody, START + 1300);
        _report(KEY, receipt);

        _isConvicted(CUSTODIAN, receipt, Fault.StaleHead);
    }

    function test_WhenTheReceiptIsAFault() external {
        Receipt memory receipt = stale();
        receipt.role = 1;
        bytes32 digest = digestOf(receipt);
        bytes memory signature = signatureOf(GATEWAY, digest);

        vm.expectEmit(address(custody));
        emit ICustodyRegistry.Misbehaved(vm.addr(GATEWAY), digest, RECORD, Fault.StaleHead);
        vm.prank(vm.addr(STRANGER));
        custody.reportMisbehavior(receipt, signature);

        _isConvicted(GATEWAY, receipt, Fault.StaleHead);
    }

    function testFuzz_TheDigestIsThatOfTheType(Receipt calldata receipt) external view {
        vm.assertEq(digestOf(receipt), custody.receiptDigest(receipt));
    }

    /// Whoever decides at a block that is on the chain, fresh, and before any end, is safe.
    function testFuzz_AnHonestHolderIsNeverConvicted(uint64 age, uint64 ended, uint16 back)
        external
    {
        uint64 end = uint64(bound(ended, 1000, 2000));
        vm.warp(START + end);
        revoked(GRANT);
        vm.warp(START + 2000);
        Receipt memory receipt = receiptOf(GRANT);
        receipt.blockNumber -= uint64(bound(back, 0, 999));
        receipt.blockTime = START + uint64(bound(age, 900, end));
        receipt.ownTime = receipt.blockTime + uint64(bound(age, 0, 150));

        isFault(Fault.None, RECORD, receipt);
    }
}
