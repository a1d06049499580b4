// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Effect, Proposal} from "../../src/consent/IConsentRegistry.sol";
import {Intent} from "../../src/identity/IIntentGuard.sol";
import {Consenting} from "./Consenting.sol";

/// What whole transactions cost when nothing is warm but the contract, with random ids and nonces,
/// whose bytes are dearer than those of small numbers.
contract ConsentRegistryGas_Test is Consenting {
    uint128 private constant HANDLE = uint128(uint256(keccak256("record")));

    constructor() {
        _enroll(HANDLE);
        _send(_proposing("live", Effect.Permit));
    }

    function test_AGrantCostsAtMost110000() external {
        uint256 gas = _send(_proposing("plain", Effect.Permit));
        vm.snapshotValue("ConsentRegistry", "propose a plain grant that is live at once", gas);

        vm.assertTrue(consents.isLive(keccak256("plain")));
        vm.assertTrue(gas <= 110_000);
    }

    function test_ARevocationCostsAtMost60000() external {
        bytes32 grant = keccak256("live");
        uint256 nonce = uint256(keccak256("nonce"));
        Intent memory by = Intent(vm.addr(PATIENT), nonce, uint64(block.timestamp) + 600, "");
        by.signature = signature(
            PATIENT, address(consents), "Revoke(bytes32 grant", "", abi.encode(grant), by
        );
        uint256 gas = _send(abi.encodeCall(consents.revoke, (grant, by)));
        vm.snapshotValue("ConsentRegistry", "revoke a plain grant", gas);

        vm.assertFalse(consents.isLive(grant));
        vm.assertTrue(gas <= 60_000);
    }

    function test_ADenialIsMeasured() external {
        uint256 gas = _send(_proposing("denial", Effect.Deny));
        vm.snapshotValue("ConsentRegistry", "propose a denial that is live at once", gas);

        vm.assertEq(1, consents.liveDenials(HANDLE).length);
    }

    function _proposing(string memory name, Effect effect) private view returns (bytes memory) {
        Proposal memory terms = termsOf(keccak256(bytes(name)));
        (terms.record, terms.effect) = (HANDLE, effect);
        (terms.commitment, terms.wording) = (keccak256("commitment"), keccak256("wording"));
        uint256 nonce = uint256(keccak256(bytes(name))) >> 1;
        Intent memory by = Intent(vm.addr(PATIENT), nonce, uint64(block.timestamp) + 600, "");
        by.signature = signature(
            PATIENT,
            address(consents),
            "Propose(Proposal proposal",
            string.concat(PROPOSAL_TYPE, TRIGGER_TYPE),
            abi.encode(hashOf(terms)),
            by
        );
        return abi.encodeCall(consents.propose, (terms, by));
    }

    /// The gas of a transaction: its base, its bytes, and what it runs.
    function _send(bytes memory call) private returns (uint256 gas) {
        gas = gasleft();
        (bool isDone,) = address(consents).call(call);
        gas = gas - gasleft() + 21_000;
        for (uint256 i; i < call.length; ++i) {
            gas += call[i] == 0 ? 4 : 16;
        }
        vm.assertTrue(isDone);
    }
}
