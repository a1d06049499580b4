// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../identity/IIntentGuard.sol";
import {IRecordRegistry, Payee, Registration} from "./IRecordRegistry.sol";
import {Tokens} from "./Tokens.sol";

/// @title The part of RecordRegistry that knows who has which share of what a record earns
abstract contract Shares is Tokens {
    uint16 private constant MIN_SUBJECT_BPS = 500;
    uint16 private constant MAX_SOURCE_BPS = 2_000;
    uint16 private constant MAX_HOST_BPS = 500;
    uint16 private constant MAX_SUM_BPS = 4_000;
    bytes32 private constant LOWER_SHARE = keccak256(
        "LowerShare(uint128 recordId,uint8 payee,uint16 bps,uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant SET_HOST =
        keccak256("SetHost(uint128 recordId,address host,uint256 nonce,uint64 deadline)");

    /* SHARES */

    /// @inheritdoc IRecordRegistry
    function lowerShare(uint128 recordId, Payee payee, uint16 bps, Intent calldata by) external {
        bytes32 structHash =
            keccak256(abi.encode(LOWER_SHARE, recordId, payee, bps, by.nonce, by.deadline));
        address signer = _accept(by, structHash);
        Kept storage record = _known(recordId);
        (address account, uint16 current) = _payeeOf(record, payee);
        if (!_actsFor(signer, account)) revert RecordRegistry_NotPayee(recordId, signer);
        if (bps >= current) revert RecordRegistry_ShareRaised(bps, current);
        if (payee == Payee.Subject && bps < MIN_SUBJECT_BPS) revert RecordRegistry_BadShares(bps);
        _settleAll(recordId);

        if (payee == Payee.Subject) record.subjectBps = bps;
        else if (payee == Payee.Source) record.sourceBps = bps;
        else record.hostBps = bps;
        emit ShareLowered(recordId, payee, bps);
    }

    /// @inheritdoc IRecordRegistry
    function setHost(uint128 recordId, address host, Intent calldata by) external {
        address signer =
            _accept(by, keccak256(abi.encode(SET_HOST, recordId, host, by.nonce, by.deadline)));
        Kept storage record = _known(recordId);
        if (signer != record.subject) revert RecordRegistry_NotSubject(signer);
        _settleAll(recordId);

        record.host = host;
        emit HostChanged(recordId, host);
    }

    /* INTERNAL */

    function _payeeOf(Kept storage record, Payee payee)
        private
        view
        returns (address account, uint16 bps)
    {
        if (payee == Payee.Subject) return (record.subject, record.subjectBps);
        if (payee == Payee.Source) return (record.source, record.sourceBps);
        return (record.host, record.hostBps);
    }

    function _checkShares(Registration calldata registration) internal pure {
        uint256 sum =
            uint256(registration.sourceBps) + registration.hostBps + registration.subjectBps;
        bool isGood = registration.subjectBps >= MIN_SUBJECT_BPS
            && registration.sourceBps <= MAX_SOURCE_BPS && registration.hostBps <= MAX_HOST_BPS
            && sum <= MAX_SUM_BPS;
        if (!isGood) revert RecordRegistry_BadShares(sum);
    }
}
