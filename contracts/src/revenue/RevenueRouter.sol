// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ILicensingPolicy} from "../consent/ILicensingPolicy.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {IOrganizations} from "../identity/IOrganizations.sol";
import {IERC4907} from "../records/IERC4907.sol";
import {IRecordRegistry, Record, TokenState} from "../records/IRecordRegistry.sol";
import {Credits} from "./Credits.sol";
import {IRevenueRouter} from "./IRevenueRouter.sol";
import {Prepayments} from "./Prepayments.sol";
import {Streams} from "./Streams.sol";
import {Waterfall} from "./Waterfall.sol";

/// @title See {IRevenueRouter}
contract RevenueRouter is Prepayments, Waterfall {
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
    function collateralFingerprint(uint256 token) external view returns (bytes32) {
        uint128 recordId = uint128(token >> 8);
        Record memory record = RECORDS.recordOf(recordId);
        bytes32 earning = keccak256(
            abi.encode(
                RECORDS.beneficiaryOf(token),
                record.sections,
                record.detached,
                record.subjectBps,
                record.sourceBps,
                record.hostBps
            )
        );
        return keccak256(
            abi.encode(
                earning, _keysOf(token), _usersOf(token), _termsSeqOf(token), _policyOf(recordId)
            )
        );
    }

    function _keysOf(uint256 token) private view returns (bytes32) {
        TokenState memory state = RECORDS.tokenStateOf(token);
        return keccak256(abi.encode(state.keyEpoch, state.pendingEpoch, state.rekey));
    }

    /// The exclusive users of the sections that a token controls.
    function _usersOf(uint256 token) private view returns (bytes32 users) {
        uint256 mask = RECORDS.sectionsOf(token);
        IERC4907 registry = IERC4907(address(RECORDS));
        for (uint256 code = 1; mask >> code != 0; ++code) {
            if (mask >> code & 1 == 0) continue;
            uint256 sectionId = _sectionOf(token, code);
            users = keccak256(
                abi.encode(users, registry.userOf(sectionId), registry.userExpires(sectionId))
            );
        }
    }

    function _policyOf(uint128 recordId) private view returns (uint32 seq) {
        (,,,, seq) = POLICY.policy(recordId);
    }
}
