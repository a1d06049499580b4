// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOrganizations, KeyUse} from "../identity/IOrganizations.sol";
import {Intent} from "../identity/IIntentGuard.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {IAuthority} from "./IAuthority.sol";
import {Cause, Grant, GrantState, IConsentRegistry, Proposal} from "./IConsentRegistry.sol";

/// @title See {IConsentRegistry}
contract ConsentRegistry is IConsentRegistry, IntentGuard {
    uint64 private constant DAY = 1 days;
    /// Ten years and the rounding of both ends.
    uint64 private constant LONGEST = 3_655 days;

    string private constant PROPOSAL_TYPE =
        "Proposal(bytes32 grant,uint128 record,bytes32 commitment,bytes32 wording,uint16 purposes,uint64 notBefore,uint64 notAfter)";
    bytes32 private constant PROPOSAL = keccak256(bytes(PROPOSAL_TYPE));
    bytes32 private constant PROPOSE = keccak256(
        bytes.concat(
            "Propose(Proposal proposal,uint256 nonce,uint64 deadline)", bytes(PROPOSAL_TYPE)
        )
    );
    bytes32 private constant APPROVE =
        keccak256("Approve(bytes32 grant,uint256 nonce,uint64 deadline)");
    bytes32 private constant DECLINE =
        keccak256("Decline(bytes32 grant,uint256 nonce,uint64 deadline)");
    bytes32 private constant REVOKE =
        keccak256("Revoke(bytes32 grant,uint256 nonce,uint64 deadline)");

    IOrganizations private immutable ORGANIZATIONS;
    IAuthority private immutable AUTHORITY;
    mapping(bytes32 grant => Grant) private _grants;

    constructor(IOrganizations organizations, IAuthority authority) IntentGuard("ConsentRegistry") {
        ORGANIZATIONS = organizations;
        AUTHORITY = authority;
    }

    /* PROPOSE */

    /// @inheritdoc IConsentRegistry
    function propose(Proposal calldata proposal, Intent calldata by) external {
        bytes32 inner = keccak256(abi.encode(PROPOSAL, proposal));
        address signer = _accept(by, keccak256(abi.encode(PROPOSE, inner, by.nonce, by.deadline)));
        address controller = AUTHORITY.controllerOf(proposal.record);
        if (controller == address(0)) revert ConsentRegistry_UnknownRecord(proposal.record);
        if (signer != controller && ORGANIZATIONS.actingFor(signer, KeyUse.Act, 0) == address(0)) {
            revert ConsentRegistry_NotController(proposal.record, signer);
        }
        Grant storage grant = _grants[proposal.grant];
        if (grant.state != GrantState.None) revert ConsentRegistry_AlreadyExists(proposal.grant);
        _checkWindow(proposal.notBefore, proposal.notAfter);

        grant.terms = proposal;
        grant.state = GrantState.Proposed;
        emit GrantProposed(proposal.grant, proposal.record, proposal, signer);
        if (signer == controller) _live(proposal.grant, grant);
    }

    function _checkWindow(uint64 notBefore, uint64 notAfter) private view {
        bool isGood = notBefore < notAfter && notBefore % DAY == 0 && notAfter % DAY == 0
            && notAfter > block.timestamp && notAfter <= block.timestamp + LONGEST;
        if (!isGood) revert ConsentRegistry_BadWindow(notBefore, notAfter);
    }

    /* APPROVE, DECLINE, REVOKE */

    /// @inheritdoc IConsentRegistry
    function approve(bytes32 grant, Intent calldata by) external {
        _live(grant, _controlled(grant, APPROVE, GrantState.Proposed, by));
    }

    /// @inheritdoc IConsentRegistry
    function decline(bytes32 grant, Intent calldata by) external {
        _end(grant, _controlled(grant, DECLINE, GrantState.Proposed, by), Cause.Declined);
    }

    /// @inheritdoc IConsentRegistry
    function revoke(bytes32 grant, Intent calldata by) external {
        _end(grant, _controlled(grant, REVOKE, GrantState.Live, by), Cause.Revoked);
    }

    /// The grant, when it is in that state and its record's controller signed the verb.
    function _controlled(bytes32 id, bytes32 verb, GrantState state, Intent calldata by)
        private
        returns (Grant storage grant)
    {
        address signer = _accept(by, keccak256(abi.encode(verb, id, by.nonce, by.deadline)));
        grant = _grants[id];
        uint128 record = grant.terms.record;
        if (grant.state == GrantState.None) revert ConsentRegistry_UnknownGrant(id);
        if (signer != AUTHORITY.controllerOf(record)) {
            revert ConsentRegistry_NotController(record, signer);
        }
        if (grant.state != state) revert ConsentRegistry_BadState(id, grant.state);
    }

    function _live(bytes32 id, Grant storage grant) private {
        grant.state = GrantState.Live;
        emit GrantLive(id, grant.terms.record);
    }

    function _end(bytes32 id, Grant storage grant, Cause cause) private {
        grant.state = GrantState.Ended;
        grant.endedAt = uint64(block.timestamp);
        emit GrantEnded(id, grant.terms.record, cause);
    }

    /* VIEWS */

    /// @inheritdoc IConsentRegistry
    function isLive(bytes32 id) external view returns (bool) {
        Grant storage grant = _grants[id];
        return grant.state == GrantState.Live && grant.terms.notBefore <= block.timestamp
            && block.timestamp < grant.terms.notAfter;
    }

    /// @inheritdoc IConsentRegistry
    function grantState(bytes32 id) external view returns (Grant memory) {
        return _grants[id];
    }
}
