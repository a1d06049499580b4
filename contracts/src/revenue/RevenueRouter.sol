// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ILicensingPolicy, Policy} from "../consent/ILicensingPolicy.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {IOrganizations} from "../identity/IOrganizations.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {Credits} from "./Credits.sol";
import {IRevenueRouter} from "./IRevenueRouter.sol";
import {Liens} from "./Liens.sol";
import {Prepayments} from "./Prepayments.sol";
import {Streams} from "./Streams.sol";
import {Waterfall} from "./Waterfall.sol";

/// @title See {IRevenueRouter}
contract RevenueRouter is Prepayments, Liens {
    ILicensingPolicy private immutable POLICY;

    constructor(
        IERC20 token,
        IOrganizations organizations,
        ILicensingPolicy policy,
        IRecordRegistry records,
        address exchange,
        address lending
    )
        IntentGuard("RevenueRouter")
        Streams(policy)
        Credits(token, organizations, exchange, lending)
        Waterfall(records)
    {
        POLICY = policy;
    }

    /* VIEWS */

    /// @inheritdoc IRevenueRouter
    function collateralFingerprint(uint256 token) external view returns (bytes32 fingerprint) {
        (bytes32 earning,) = RECORDS.collateralOf(token);
        (,,,, uint32 seq) = POLICY.policy(uint128(token >> 8));
        fingerprint = keccak256(abi.encode(earning, _termsSeqOf(token), seq));
    }

    /// @inheritdoc IRevenueRouter
    function collateralOf(uint256 token) external view returns (bytes32 fingerprint, uint256 rate) {
        (bytes32 earning, uint16 sections) = RECORDS.collateralOf(token);
        Gates memory gates;
        Policy memory terms;
        (terms, gates.generations, gates.open) = POLICY.termsOf(uint128(token >> 8));
        fingerprint = keccak256(abi.encode(earning, _termsSeqOf(token), terms.seq));
        (, rate) = _sumIn(token, _busyOf(token, sections), gates);
    }
}
