// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IReferrals, ReferralState, Sending} from "../../src/care/IReferrals.sol";
import {Referrals} from "../../src/care/Referrals.sol";
import {IIntentGuard, Intent} from "../../src/identity/IIntentGuard.sol";
import {Signing} from "../Signing.sol";

/// @title A referrer, a specialist and a patient with fresh keys, and the intents they sign
abstract contract Referring is Signing {
    uint64 internal constant START = 1_800_000_000;
    uint64 internal constant DAY = 1 days;
    uint64 internal constant TODAY = START / DAY * DAY;
    uint64 internal constant DEADLINE = TODAY + 14 * DAY;
    uint32 internal constant GRACE = 14 days;

    uint256 internal constant SENDER = 0xa1;
    uint256 internal constant ACCEPTOR = 0xa2;
    uint256 internal constant PATIENT = 0xa3;
    uint256 internal constant STRANGER = 0xa4;

    bytes32 internal constant ID = "referral";
    bytes32 internal constant REASON = "reason";
    bytes32 internal constant SUMMARY = "summary";
    string private constant SENDING = "Sending(bytes32 id,bytes32 commitment,address sender,"
        "address acceptor,address patient,uint64 deadline,uint32 grace)";

    Referrals internal referrals;

    constructor() {
        vm.warp(START);
        referrals = Referrals(vm.deployCode("Referrals.sol:Referrals", ""));
        named(address(referrals), "Referrals");
    }

    /* WHAT IS SIGNED */

    function sendingOf(bytes32 id) internal pure returns (Sending memory) {
        return Sending(
            id, "commitment", vm.addr(SENDER), vm.addr(ACCEPTOR), vm.addr(PATIENT), DEADLINE, GRACE
        );
    }

    function onSending(uint256 key, Sending memory sending) internal returns (Intent memory) {
        return _onSending(key, "SendReferral(Sending sending", sending);
    }

    function onAgreement(uint256 key, Sending memory sending) internal returns (Intent memory) {
        return _onSending(key, "AgreeReferral(Sending sending", sending);
    }

    function _onSending(uint256 key, string memory verb, Sending memory sending)
        private
        returns (Intent memory)
    {
        bytes32 inner = keccak256(bytes.concat(keccak256(bytes(SENDING)), abi.encode(sending)));
        return signed(key, address(referrals), verb, SENDING, abi.encode(inner));
    }

    /// @param verb AcceptReferral, CloseReferral or CancelReferral
    function on(uint256 key, string memory verb, bytes32 id) internal returns (Intent memory) {
        return signed(key, address(referrals), string.concat(verb, "(bytes32 id"), abi.encode(id));
    }

    function onReturn(uint256 key, bytes32 id) internal returns (Intent memory) {
        return signed(
            key,
            address(referrals),
            "ReturnReferral(bytes32 id,bytes32 reason",
            abi.encode(id, REASON)
        );
    }

    function onHandDown(uint256 key, bytes32 id) internal returns (Intent memory) {
        return signed(
            key, address(referrals), "HandDown(bytes32 id,bytes32 summary", abi.encode(id, SUMMARY)
        );
    }

    /* THE WAY OF ONE REFERRAL */

    function sent(Sending memory sending) internal {
        referrals.sendReferral(sending, onAgreement(PATIENT, sending), onSending(SENDER, sending));
    }

    function accepted() internal {
        sent(sendingOf(ID));
        referrals.acceptReferral(ID, on(ACCEPTOR, "AcceptReferral", ID));
    }

    function handedDown() internal {
        accepted();
        referrals.handDown(ID, SUMMARY, onHandDown(ACCEPTOR, ID));
    }

    function closed() internal {
        handedDown();
        referrals.closeReferral(ID, on(SENDER, "CloseReferral", ID));
    }

    function returned() internal {
        sent(sendingOf(ID));
        referrals.returnReferral(ID, REASON, onReturn(ACCEPTOR, ID));
    }

    function cancelled() internal {
        sent(sendingOf(ID));
        referrals.cancelReferral(ID, on(SENDER, "CancelReferral", ID));
    }

    function isIn(ReferralState state) internal view returns (bool) {
        return referrals.referralState(ID).state == state;
    }

    /* REFUSALS */

    function refuses(bytes4 error, uint256 key) internal {
        vm.expectRevert(abi.encodeWithSelector(error, ID, vm.addr(key)));
    }

    function refusesAsUnknown() internal {
        vm.expectRevert(abi.encodeWithSelector(IReferrals.Referrals_UnknownReferral.selector, ID));
    }

    function refusesIn(ReferralState state) internal {
        vm.expectRevert(abi.encodeWithSelector(IReferrals.Referrals_BadState.selector, ID, state));
    }

    function refusesSignatureOf(uint256 key) internal {
        vm.expectRevert(
            abi.encodeWithSelector(IIntentGuard.IntentGuard_BadSignature.selector, vm.addr(key))
        );
    }
}
