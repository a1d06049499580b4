// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {IRecordRegistry, Payee, Rekey, Version} from "../../src/records/IRecordRegistry.sol";
import {Settled} from "../Settled.sol";
import {Rekeying} from "./Rekey.t.sol";

/// A record of five sections whose subject owns it, and those around it: a buyer, and a hook that
/// tells that it was asked.
abstract contract Owning is Rekeying {
    uint16 internal constant LABORATORY = 1 << 7;
    uint16 internal constant GENOMICS = 1 << 12;
    uint16 internal constant EMERGENCY = 1 << 14;
    uint16 internal constant SECTIONS = 6 | LABORATORY | GENOMICS | EMERGENCY;
    uint256 internal constant LAB = TOKEN | 7;
    uint256 internal constant GENES = TOKEN | 12;
    uint256 internal constant BUYER = 0xf9;
    uint40 internal constant SALE_ENDS = uint40(START) + 3 days;

    Settled internal hook;
    address internal immutable OWNER;
    address internal immutable EXCHANGER = vm.addr(EXCHANGE);
    address internal immutable LENDER = vm.addr(LENDING);

    constructor() {
        advance(Version(RECORD, 2, "one", "two", SECTIONS, 0));
        OWNER = records.subjectOf(RECORD);
    }

    function modules() internal override returns (address, address, address) {
        hook = new Settled();
        return (address(hook), vm.addr(EXCHANGE), vm.addr(LENDING));
    }

    /* INTENTS */

    /// @param verb Detach or Attach
    function onMask(uint256 key, string memory verb, uint16 mask) internal returns (Intent memory) {
        return signed(
            key,
            address(records),
            string.concat(verb, "(uint128 recordId,uint16 mask"),
            abi.encode(RECORD, mask)
        );
    }

    function onTransfer(uint256 key, uint256 token, address to) internal returns (Intent memory) {
        return
            signed(
                key, address(records), "Transfer(uint256 tokenId,address to", abi.encode(token, to)
            );
    }

    function onShare(uint256 key, Payee payee, uint16 bps) internal returns (Intent memory) {
        return signed(
            key,
            address(records),
            "LowerShare(uint128 recordId,uint8 payee,uint16 bps",
            abi.encode(RECORD, payee, bps)
        );
    }

    function onHost(uint256 key, address host) internal returns (Intent memory) {
        return signed(
            key, address(records), "SetHost(uint128 recordId,address host", abi.encode(RECORD, host)
        );
    }

    /// The patient signs for the account that is the subject.
    function ofSubject(Intent memory by) internal view returns (Intent memory) {
        by.signer = OWNER;
        return by;
    }

    /* DEEDS */

    function detached(uint16 mask) internal {
        records.detach(RECORD, mask, ofSubject(onMask(PATIENT, "Detach", mask)));
    }

    function attached(uint16 mask) internal {
        records.attach(RECORD, mask, ofSubject(onMask(PATIENT, "Attach", mask)));
    }

    function given(uint256 token, address to) internal {
        records.transfer(token, to, ofSubject(onTransfer(PATIENT, token, to)));
    }

    function selling(uint256 token) internal {
        vm.prank(EXCHANGER);
        records.beginRekey(token, vm.addr(BUYER), SALE_ENDS);
    }

    function pledged(uint256 token) internal {
        vm.prank(LENDER);
        records.pledge(token);
    }

    /// New keys of any token in its pending epoch, for whom the ledger says.
    function renewalOf(uint256 token, bytes32 newRoot) internal view returns (Rekey memory) {
        return Rekey({
            tokenId: token,
            epoch: records.tokenStateOf(token).pendingEpoch,
            oldRoot: records.recordOf(RECORD).root,
            newRoot: newRoot,
            receiver: records.receiverOf(token),
            receiverKeyHash: 0,
            sealedKeyHash: "keys",
            deadline: uint64(block.timestamp) + 1 days
        });
    }

    function renewed(uint256 token, bytes32 newRoot) internal {
        Rekey memory rekey = renewalOf(token, newRoot);
        records.completeRekey(rekey, signedBy(rekey, 3));
    }

    function sold(uint256 token, bytes32 newRoot) internal {
        Rekey memory rekey = renewalOf(token, newRoot);
        bytes[] memory signatures = signedBy(rekey, 3);
        vm.prank(EXCHANGER);
        records.completeSale(rekey, signatures);
    }

    /* REFUSALS */

    function refusesLocked(uint256 token) internal {
        vm.expectRevert(
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_Locked.selector, token)
        );
    }

    function refusesPending(uint256 token) internal {
        vm.expectRevert(
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_RekeyPending.selector, token)
        );
    }

    function refusesOwner(uint256 token, address signer) internal {
        vm.expectRevert(
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_NotOwner.selector, token, signer)
        );
    }

    function refusesModule(address caller) internal {
        vm.expectRevert(
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_NotModule.selector, caller)
        );
    }

    function refusesMissing(uint16 sections) internal {
        vm.expectRevert(
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_SectionMissing.selector, sections)
        );
    }

    function refusesHolder(address to) internal {
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, to));
    }

    function refusesNoRekey(uint256 token) internal {
        vm.expectRevert(
            abi.encodeWithSelector(IRecordRegistry.RecordRegistry_NoRekey.selector, token)
        );
    }

    function refusesNoToken(uint256 token) internal {
        vm.expectRevert(
            abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, token)
        );
    }
}
