// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOrganizations, KeyUse} from "../identity/IOrganizations.sol";
import {Intent} from "../identity/IIntentGuard.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {Roles} from "../identity/Roles.sol";
import {IAuthority} from "./IAuthority.sol";
import {
    BreakGlass,
    EmergencyPolicy,
    IEmergencyAccess,
    Scope,
    Verdict
} from "./IEmergencyAccess.sol";
import {OpeningLog} from "./Openings.sol";

/// @title See {IEmergencyAccess}
contract EmergencyAccess is IEmergencyAccess, IntentGuard {
    uint40 private constant OPEN_TIME = 4 hours;
    uint160 private constant CLINICAL = Roles.HOSPITAL | Roles.EMERGENCY;

    bytes32 private constant SET_EMERGENCY_POLICY =
        keccak256("SetEmergencyPolicy(uint128 record,uint8 policy,uint256 nonce,uint64 deadline)");
    bytes32 private constant BREAK_GLASS = keccak256(
        "BreakGlass(bytes32 id,uint128 record,address site,bytes32 reason,uint256 nonce,"
        "uint64 deadline)"
    );
    bytes32 private constant WIDEN_BREAK_GLASS =
        keccak256("WidenBreakGlass(bytes32 id,uint256 nonce,uint64 deadline)");
    bytes32 private constant CLOSE_BREAK_GLASS =
        keccak256("CloseBreakGlass(bytes32 id,uint256 nonce,uint64 deadline)");
    bytes32 private constant REVIEW_BREAK_GLASS = keccak256(
        "ReviewBreakGlass(bytes32 id,uint8 verdict,bytes32 finding,uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant RECORD_OFFLINE_CARD = keccak256(
        "RecordOfflineCard(bytes32 id,uint128 record,address site,uint64 usedAt,"
        "uint256 nonce,uint64 deadline)"
    );

    /// One word: who opened stands in the id, and for which site, in Organizations.
    struct Opening {
        uint128 record;
        uint40 openedAt;
        uint40 expiresAt;
        uint40 reviewedAt;
        Scope scope;
    }

    IOrganizations private immutable ORGANIZATIONS;
    IAuthority private immutable AUTHORITY;
    mapping(uint128 record => EmergencyPolicy) private _policies;
    mapping(bytes32 id => Opening) private _openings;
    mapping(bytes32 id => address) private _seconds;
    mapping(address clinician => OpeningLog) private _logs;

    constructor(IOrganizations organizations, IAuthority authority) IntentGuard("EmergencyAccess") {
        ORGANIZATIONS = organizations;
        AUTHORITY = authority;
    }

    /* POLICY */

    /// @inheritdoc IEmergencyAccess
    function setEmergencyPolicy(uint128 record, EmergencyPolicy policy, Intent calldata by)
        external
    {
        address signer = _accept(
            by, keccak256(abi.encode(SET_EMERGENCY_POLICY, record, policy, by.nonce, by.deadline))
        );
        _checkRecord(record);
        if (signer != AUTHORITY.controllerOf(record)) {
            revert EmergencyAccess_NotController(record, signer);
        }
        _policies[record] = policy;
        emit EmergencyPolicySet(record, policy);
    }

    /* OPENING */

    /// @inheritdoc IEmergencyAccess
    function breakGlass(
        bytes32 id,
        uint128 record,
        address site,
        bytes32 reason,
        Intent calldata by
    ) external {
        address signer = _verify(
            by, keccak256(abi.encode(BREAK_GLASS, id, record, site, reason, by.nonce, by.deadline))
        );
        _checkNew(id, record, site, signer);
        if (_policies[record] == EmergencyPolicy.Forbid) {
            revert EmergencyAccess_EmergencyForbidden(record);
        }
        OpeningLog log = _logs[signer];
        uint40 at = uint40(block.timestamp);
        Scope scope = log.needsSecond(at) ? Scope.Nothing : Scope.Summary;

        _openings[id] = Opening(record, at, at + OPEN_TIME, 0, scope);
        _logs[signer] = log.opened(at);
        emit BreakGlassOpened(id, record, site, reason, scope, at + OPEN_TIME);
    }

    /// @inheritdoc IEmergencyAccess
    function widenBreakGlass(bytes32 id, Intent calldata by) external {
        address signer =
            _accept(by, keccak256(abi.encode(WIDEN_BREAK_GLASS, id, by.nonce, by.deadline)));
        Opening storage opening = _open(id);
        uint128 record = opening.record;
        if (signer == _clinicianOf(id)) revert EmergencyAccess_SameSigner(signer);
        _checkClinician(_siteOf(id, opening), signer);
        _checkRecord(record);
        if (opening.scope == Scope.Record) revert EmergencyAccess_AlreadyWide(id);
        Scope wider = Scope(uint8(opening.scope) + 1);
        if (_limit(record, wider) != wider) revert EmergencyAccess_EmergencyForbidden(record);

        opening.scope = wider;
        _seconds[id] = signer;
        emit BreakGlassWidened(id, record, signer, wider);
    }

    /// @inheritdoc IEmergencyAccess
    function closeBreakGlass(bytes32 id, Intent calldata by) external {
        address signer =
            _accept(by, keccak256(abi.encode(CLOSE_BREAK_GLASS, id, by.nonce, by.deadline)));
        Opening storage opening = _open(id);
        if (signer != AUTHORITY.controllerOf(opening.record)) {
            _checkClinician(_siteOf(id, opening), signer);
        }
        opening.expiresAt = uint40(block.timestamp);
        emit BreakGlassClosed(id, opening.record, signer);
    }

    /* REVIEW */

    /// @inheritdoc IEmergencyAccess
    function reviewBreakGlass(bytes32 id, Verdict verdict, bytes32 finding, Intent calldata by)
        external
    {
        address signer = _accept(
            by,
            keccak256(abi.encode(REVIEW_BREAK_GLASS, id, verdict, finding, by.nonce, by.deadline))
        );
        Opening storage opening = _known(id);
        address site = _siteOf(id, opening);
        address office = ORGANIZATIONS.actingFor(signer, KeyUse.Act, Roles.PRIVACY);
        if (office == address(0) || !ORGANIZATIONS.areLinked(office, site)) {
            revert EmergencyAccess_NotPrivacyOfficer(site, signer);
        }
        if (opening.reviewedAt != 0) revert EmergencyAccess_AlreadyReviewed(id);

        opening.reviewedAt = uint40(block.timestamp);
        address clinician = _clinicianOf(id);
        _logs[clinician] = _logs[clinician].reviewed(opening.openedAt);
        emit BreakGlassReviewed(id, opening.record, office, verdict, finding);
    }

    /// @inheritdoc IEmergencyAccess
    function recordOfflineCard(
        bytes32 id,
        uint128 record,
        address site,
        uint64 usedAt,
        Intent calldata by
    ) external {
        address signer = _verify(
            by,
            keccak256(
                abi.encode(RECORD_OFFLINE_CARD, id, record, site, usedAt, by.nonce, by.deadline)
            )
        );
        _checkNew(id, record, site, signer);
        if (usedAt > block.timestamp) revert EmergencyAccess_BadTime(usedAt);

        // It releases nothing and has nothing to review: it only takes its id.
        uint40 at = uint40(block.timestamp);
        _openings[id] = Opening(record, at, at, at, Scope.Nothing);
        emit OfflineCardUsed(id, record, site, usedAt);
    }

    /* CHECKS */

    function _checkNew(bytes32 id, uint128 record, address site, address signer) private view {
        if (_clinicianOf(id) != signer) revert EmergencyAccess_ForeignId(id, signer);
        if (_openings[id].openedAt != 0) revert EmergencyAccess_AlreadyExists(id);
        _checkClinician(site, signer);
        _checkRecord(record);
    }

    function _checkClinician(address site, address signer) private view {
        if (site == address(0) || ORGANIZATIONS.actingFor(signer, KeyUse.Act, CLINICAL) != site) {
            revert EmergencyAccess_NotClinician(site, signer);
        }
    }

    function _checkRecord(uint128 record) private view {
        if (AUTHORITY.controllerOf(record) == address(0)) {
            revert EmergencyAccess_UnknownRecord(record);
        }
        if (AUTHORITY.erasedAt(record) != 0) revert EmergencyAccess_Erased(record);
    }

    function _known(bytes32 id) private view returns (Opening storage opening) {
        opening = _openings[id];
        if (opening.openedAt == 0) revert EmergencyAccess_UnknownOpening(id);
    }

    function _open(bytes32 id) private view returns (Opening storage opening) {
        opening = _known(id);
        if (block.timestamp >= opening.expiresAt) revert EmergencyAccess_OpeningEnded(id);
    }

    function _clinicianOf(bytes32 id) private pure returns (address) {
        return address(bytes20(id));
    }

    /// Retiring a key never rewrites the past, so the answer stays.
    function _siteOf(bytes32 id, Opening storage opening) private view returns (address) {
        bytes32 key = bytes32(uint256(uint160(_clinicianOf(id))));
        return ORGANIZATIONS.orgOf(key, KeyUse.Act, opening.openedAt);
    }

    function _limit(uint128 record, Scope scope) private view returns (Scope) {
        EmergencyPolicy policy = _policies[record];
        if (policy == EmergencyPolicy.Forbid) return Scope.Nothing;
        if (policy == EmergencyPolicy.SummaryOnly && scope == Scope.Record) return Scope.Summary;
        return scope;
    }

    /* VIEWS */

    /// @inheritdoc IEmergencyAccess
    function breakGlassState(bytes32 id) external view returns (BreakGlass memory state) {
        Opening storage opening = _openings[id];
        if (opening.openedAt == 0) return state;
        return BreakGlass(
            opening.record,
            _siteOf(id, opening),
            _clinicianOf(id),
            _seconds[id],
            opening.scope,
            opening.openedAt,
            opening.expiresAt,
            opening.reviewedAt
        );
    }

    /// @inheritdoc IEmergencyAccess
    function scopeOf(bytes32 id) external view returns (Scope) {
        Opening storage opening = _openings[id];
        if (block.timestamp >= opening.expiresAt) return Scope.Nothing;
        address site = ORGANIZATIONS.actingFor(_clinicianOf(id), KeyUse.Act, CLINICAL);
        bool isGood = site == _siteOf(id, opening) && AUTHORITY.erasedAt(opening.record) == 0;
        return isGood ? _limit(opening.record, opening.scope) : Scope.Nothing;
    }

    /// @inheritdoc IEmergencyAccess
    function emergencyPolicyOf(uint128 record) external view returns (EmergencyPolicy) {
        return _policies[record];
    }

    /// @inheritdoc IEmergencyAccess
    function isReviewOverdue(address clinician) external view returns (bool) {
        return _logs[clinician].isOverdue(uint64(block.timestamp));
    }

    /// @inheritdoc IEmergencyAccess
    function needsSecond(address clinician) external view returns (bool) {
        return _logs[clinician].needsSecond(uint64(block.timestamp));
    }
}
