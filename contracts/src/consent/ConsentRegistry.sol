// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOrganizations, KeyUse} from "../identity/IOrganizations.sol";
import {Intent} from "../identity/IIntentGuard.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {Dependencies} from "./Dependencies.sol";
import {IAuthority, Powers} from "./IAuthority.sol";
import {
    Cause,
    Effect,
    Grant,
    GrantState,
    IConsentRegistry,
    Proposal,
    TriggerEffect
} from "./IConsentRegistry.sol";
import {Lists} from "./Lists.sol";
import {Proposals} from "./Proposals.sol";
import {Rules} from "./Rules.sol";

/// @title See {IConsentRegistry}
contract ConsentRegistry is Rules, Dependencies {
    using Lists for bytes32[];
    using Proposals for Proposal;

    /// Two words of a plain grant. `time`: the consent epoch, or when an event of its own ended it.
    struct Kept {
        uint128 record;
        GrantState state;
        uint8 flags;
        uint8 approvals;
        uint16 purposes;
        uint24 firstDay;
        uint24 lastDay;
        uint40 time;
        bytes32 commitment;
    }

    uint256 private constant DAY = 1 days;
    uint256 private constant MAX_DENIALS = 32;
    uint8 private constant DENY = 1;
    uint8 private constant ON_RULE = 2;
    uint8 private constant BOUND = 4;
    uint8 private constant UNSTARTED = 8;
    uint8 private constant REPLACES = 16;

    bytes32 private constant PROPOSE = keccak256(
        "Propose(Proposal proposal,uint256 nonce,uint64 deadline)Proposal(bytes32 grant,"
        "uint128 record,uint8 effect,bytes32 commitment,bytes32 rule,bytes32 wording,"
        "uint16 purposes,uint24 ownerEpoch,uint64 notBefore,uint64 notAfter,"
        "address condition,bytes32 conditionKey,Trigger[] triggers,"
        "bytes32[] replaces)Trigger(bytes32 id,address reporter,uint8 effect)"
    );
    bytes32 private constant APPROVE =
        keccak256("Approve(bytes32 grant,uint256 nonce,uint64 deadline)");
    bytes32 private constant DECLINE =
        keccak256("Decline(bytes32 grant,uint256 nonce,uint64 deadline)");
    bytes32 private constant REVOKE =
        keccak256("Revoke(bytes32 grant,uint256 nonce,uint64 deadline)");
    bytes32 private constant END_ALL =
        keccak256("EndAll(uint128 record,uint256 nonce,uint64 deadline)");
    bytes32 private constant LIFT = keccak256("Lift(bytes32 denial,uint256 nonce,uint64 deadline)");
    bytes32 private constant REPORT = keccak256(
        "Report(bytes32 grant,bytes32 trigger,bytes32 evidence,uint256 nonce,uint64 deadline)"
    );
    mapping(bytes32 grant => Kept) private _grants;
    mapping(bytes32 grant => bytes32 rule) private _ruleOf;
    mapping(bytes32 grant => bytes32[]) private _replaces;
    mapping(uint128 record => bytes32[]) private _denials;
    /// When each consent epoch of a record ended; as many as have ended.
    mapping(uint128 record => uint40[]) private _ends;

    constructor(IOrganizations organizations, IAuthority authority, IRecordRegistry records)
        IntentGuard("ConsentRegistry")
        Rules(authority)
        Dependencies(organizations, records)
    {}

    /* PROPOSE */

    /// @inheritdoc IConsentRegistry
    function propose(Proposal calldata proposal, Intent calldata by) external {
        address signer =
            _verify(by, keccak256(abi.encode(PROPOSE, proposal.hash(), by.nonce, by.deadline)));
        bool isOwn = AUTHORITY.mayAct(proposal.record, signer, Powers.GRANT);
        if (!isOwn) _checkMember(proposal.record, signer);
        Kept storage kept = _grants[proposal.grant];
        if (kept.state != GrantState.None) revert ConsentRegistry_AlreadyExists(proposal.grant);
        proposal.check();

        uint8 flags = _keepExtras(proposal);
        bool isPlain = isOwn && flags & ON_RULE == 0;
        _keep(kept, proposal, isPlain ? _onceApproved(flags) : GrantState.Proposed, flags);
        emit GrantProposed(proposal.grant, proposal.record, proposal, signer);
        if (isPlain) {
            _announce(proposal.grant, proposal.record, flags);
        } else if (_isApprover(proposal.record, proposal.rule, signer)) {
            _approve(proposal.grant, kept, signer);
        }
    }

    /// Writes the first word at once; Solidity would write it in six pieces.
    function _keep(Kept storage kept, Proposal calldata proposal, GrantState state, uint8 flags)
        private
    {
        uint256 word = proposal.record | uint256(state) << 128 | uint256(flags) << 136
            | uint256(proposal.purposes) << 152 | proposal.notBefore / DAY << 168
            | proposal.notAfter / DAY << 192 | _ends[proposal.record].length << 216;
        assembly ("memory-safe") {
            sstore(kept.slot, word)
        }
        kept.commitment = proposal.commitment;
    }

    /// An organization may propose for a record that is there.
    function _checkMember(uint128 record, address signer) private view {
        _checkRecord(record);
        if (ORGANIZATIONS.actingFor(signer, KeyUse.Act, 0) == address(0)) {
            revert ConsentRegistry_NotController(record, signer);
        }
    }

    /// What a plain grant does not have.
    function _keepExtras(Proposal calldata proposal) private returns (uint8 flags) {
        bytes32 grant = proposal.grant;
        if (proposal.effect == Effect.Deny) flags |= DENY;
        if (proposal.rule != 0) {
            _checkKnown(proposal.record, proposal.rule);
            _ruleOf[grant] = proposal.rule;
            flags |= ON_RULE;
        }
        if (_bind(proposal)) flags |= BOUND;
        if (_arm(grant, proposal.triggers)) flags |= UNSTARTED;
        for (uint256 i; i < proposal.replaces.length; ++i) {
            bytes32 replaced = proposal.replaces[i];
            Kept storage kept = _grants[replaced];
            if (kept.state == GrantState.None || kept.record != proposal.record) {
                revert ConsentRegistry_UnknownGrant(replaced);
            }
            if (kept.flags & DENY != 0) revert ConsentRegistry_WrongEffect(replaced);
        }
        if (proposal.replaces.length != 0) {
            _replaces[grant] = proposal.replaces;
            flags |= REPLACES;
        }
    }

    /* APPROVE, DECLINE, REVOKE, LIFT */

    /// @inheritdoc IConsentRegistry
    function approve(bytes32 grant, Intent calldata by) external {
        address signer = _accept(by, _hash(APPROVE, grant, by));
        Kept storage kept = _in(grant, GrantState.Proposed);
        if (kept.flags & ON_RULE != 0) return _approve(grant, kept, signer);
        _checkMay(kept.record, signer, Powers.APPROVE);
        _live(grant, kept);
    }

    function _approve(bytes32 grant, Kept storage kept, address signer) private {
        (uint8 count, bool isEnough) = _agree(kept.record, _ruleOf[grant], grant, APPROVE, signer);
        kept.approvals = count;
        emit GrantApproved(grant, kept.record, signer, count);
        if (isEnough) _live(grant, kept);
    }

    /// @inheritdoc IConsentRegistry
    function decline(bytes32 grant, Intent calldata by) external {
        address signer = _verify(by, _hash(DECLINE, grant, by));
        Kept storage kept = _in(grant, GrantState.Proposed);
        if (!_isApprover(kept.record, _ruleOf[grant], signer)) {
            _checkMay(kept.record, signer, Powers.APPROVE);
        }
        emit GrantDeclined(grant, kept.record, signer);
        _end(grant, kept, Cause.Declined);
    }

    /// @inheritdoc IConsentRegistry
    function revoke(bytes32 grant, Intent calldata by) external {
        address signer = _verify(by, _hash(REVOKE, grant, by));
        Kept storage kept = _permit(grant);
        bytes32 rule = kept.flags & ON_RULE == 0 ? bytes32(0) : _ruleOf[grant];
        if (!_isApprover(kept.record, rule, signer)) {
            _checkMay(kept.record, signer, Powers.REVOKE);
        }
        _end(grant, kept, Cause.Revoked);
    }

    /// @inheritdoc IConsentRegistry
    function endAll(uint128 record, Intent calldata by) external {
        address signer = _accept(by, keccak256(abi.encode(END_ALL, record, by.nonce, by.deadline)));
        _checkRecord(record);
        _checkMay(record, signer, Powers.REVOKE);

        _ends[record].push(uint40(block.timestamp));
        emit AllEnded(record, uint32(_ends[record].length));
    }

    /// @inheritdoc IConsentRegistry
    function lift(bytes32 denial, Intent calldata by) external {
        address signer = _accept(by, _hash(LIFT, denial, by));
        Kept storage kept = _in(denial, GrantState.Live);
        if (kept.flags & DENY == 0) revert ConsentRegistry_WrongEffect(denial);
        if (kept.flags & ON_RULE == 0) {
            _checkMay(kept.record, signer, Powers.GRANT);
        } else {
            (, bool isEnough) = _agree(kept.record, _ruleOf[denial], denial, LIFT, signer);
            emit LooseningApproved(kept.record, denial, signer);
            if (!isEnough) return;
        }
        _denials[kept.record].remove(denial);
        emit DenialLifted(denial, kept.record);
        _end(denial, kept, Cause.Lifted);
    }

    /* REPORT */

    /// @inheritdoc IConsentRegistry
    function report(bytes32 grant, bytes32 trigger, bytes32 evidence, Intent calldata by) external {
        address signer = _accept(
            by, keccak256(abi.encode(REPORT, grant, trigger, evidence, by.nonce, by.deadline))
        );
        Kept storage kept = _permit(grant);
        TriggerEffect effect = _effectOf(grant, trigger, signer);
        emit Triggered(grant, trigger, evidence);
        _apply(grant, kept, effect);
    }

    function _apply(bytes32 grant, Kept storage kept, TriggerEffect effect) private {
        bool isUnstarted = kept.flags & UNSTARTED != 0;
        if (effect == TriggerEffect.End) {
            _end(grant, kept, Cause.Triggered);
        } else if (effect == TriggerEffect.Suspend && kept.state == GrantState.Live) {
            kept.state = GrantState.Suspended;
            emit GrantSuspended(grant, kept.record);
        } else if (effect == TriggerEffect.Start && isUnstarted) {
            kept.flags ^= UNSTARTED;
            kept.state = GrantState.Live;
            emit GrantLive(grant, kept.record);
        } else if (
            effect == TriggerEffect.Resume && kept.state == GrantState.Suspended && !isUnstarted
        ) {
            kept.state = GrantState.Live;
            emit GrantResumed(grant, kept.record);
        } else {
            revert ConsentRegistry_BadState(grant, kept.state);
        }
    }

    /* LIVE AND ENDED */

    function _live(bytes32 grant, Kept storage kept) private {
        kept.state = _onceApproved(kept.flags);
        _announce(grant, kept.record, kept.flags);
    }

    /// What waits for its start is suspended until then.
    function _onceApproved(uint8 flags) private pure returns (GrantState) {
        return flags & UNSTARTED == 0 ? GrantState.Live : GrantState.Suspended;
    }

    /// What follows once a grant is approved: it is listed if a denial, and ends what it replaces.
    function _announce(bytes32 grant, uint128 record, uint8 flags) private {
        if (flags & UNSTARTED == 0) emit GrantLive(grant, record);
        else emit GrantSuspended(grant, record);
        if (flags & DENY != 0) _remember(record, grant);
        if (flags & REPLACES == 0) return;
        bytes32[] storage replaced = _replaces[grant];
        for (uint256 i; i < replaced.length; ++i) {
            Kept storage other = _grants[replaced[i]];
            if (_stateOf(other) != GrantState.Ended) _end(replaced[i], other, Cause.Replaced);
        }
    }

    function _end(bytes32 grant, Kept storage kept, Cause cause) private {
        kept.state = GrantState.Ended;
        kept.time = uint40(block.timestamp);
        emit GrantEnded(grant, kept.record, cause);
    }

    /// Puts a denial on the list of its record; those whose window has ended make room.
    function _remember(uint128 record, bytes32 denial) private {
        bytes32[] storage list = _denials[record];
        for (uint256 i = list.length; i > 0 && list.length >= MAX_DENIALS; --i) {
            if (_grants[list[i - 1]].lastDay * DAY <= block.timestamp) list.drop(i - 1);
        }
        if (list.length >= MAX_DENIALS) {
            revert ConsentRegistry_TooMany(list.length + 1, MAX_DENIALS);
        }
        list.push(denial);
    }

    /* CHECKS */

    function _hash(bytes32 verb, bytes32 grant, Intent calldata by) private pure returns (bytes32) {
        return keccak256(abi.encode(verb, grant, by.nonce, by.deadline));
    }

    function _checkMay(uint128 record, address signer, uint16 power) private view {
        if (!AUTHORITY.mayAct(record, signer, power)) {
            revert ConsentRegistry_NotController(record, signer);
        }
    }

    /// A grant of a record that is not erased, in that state.
    function _in(bytes32 grant, GrantState state) private view returns (Kept storage kept) {
        kept = _known(grant);
        GrantState present = _stateOf(kept);
        if (present != state) revert ConsentRegistry_BadState(grant, present);
    }

    /// A live or suspended permit of a record that is not erased.
    function _permit(bytes32 grant) private view returns (Kept storage kept) {
        kept = _known(grant);
        if (kept.flags & DENY != 0) revert ConsentRegistry_WrongEffect(grant);
        GrantState present = _stateOf(kept);
        if (present != GrantState.Live && present != GrantState.Suspended) {
            revert ConsentRegistry_BadState(grant, present);
        }
    }

    function _known(bytes32 grant) private view returns (Kept storage kept) {
        kept = _grants[grant];
        if (kept.state == GrantState.None) revert ConsentRegistry_UnknownGrant(grant);
        if (AUTHORITY.erasedAt(kept.record) != 0) revert ConsentRegistry_Erased(kept.record);
    }

    /// The state, with what `endAll` ended: every permit of an earlier epoch.
    function _stateOf(Kept storage kept) private view returns (GrantState state) {
        state = kept.state;
        if (state == GrantState.None || state == GrantState.Ended || kept.flags & DENY != 0) {
            return state;
        }
        if (kept.time < _ends[kept.record].length) return GrantState.Ended;
    }

    /* VIEWS */

    /// @inheritdoc IConsentRegistry
    function isLive(bytes32 grant) external view returns (bool) {
        Kept storage kept = _grants[grant];
        return _stateOf(kept) == GrantState.Live && _isNow(kept)
            && AUTHORITY.erasedAt(kept.record) == 0
            && (kept.flags & BOUND == 0 || _holds(kept.record, _bonds[grant]));
    }

    function _isNow(Kept storage kept) private view returns (bool) {
        return kept.firstDay * DAY <= block.timestamp && block.timestamp < kept.lastDay * DAY;
    }

    /// @inheritdoc IConsentRegistry
    function grantState(bytes32 id) external view returns (Grant memory grant) {
        Kept storage kept = _grants[id];
        Bond memory bond = _bonds[id];
        grant.record = kept.record;
        grant.effect = kept.flags & DENY == 0 ? Effect.Permit : Effect.Deny;
        grant.commitment = kept.commitment;
        grant.rule = _ruleOf[id];
        grant.purposes = kept.purposes;
        (grant.condition, grant.ownerEpoch) = (bond.condition, bond.ownerEpoch);
        grant.conditionKey = bond.conditionKey;
        grant.notBefore = uint64(kept.firstDay * DAY);
        grant.notAfter = uint64(kept.lastDay * DAY);
        grant.approvals = kept.approvals;
        grant.state = _stateOf(kept);
        (grant.epoch, grant.endedAt) = _timesOf(kept);
        uint64 erasedAt = AUTHORITY.erasedAt(kept.record);
        if (erasedAt != 0 && grant.state != GrantState.Ended && grant.state != GrantState.None) {
            (grant.state, grant.endedAt) = (GrantState.Ended, erasedAt);
        }
    }

    /// The epoch is no longer known of what ended by an event of its own.
    function _timesOf(Kept storage kept) private view returns (uint32 epoch, uint64 endedAt) {
        if (kept.state == GrantState.Ended) return (0, kept.time);
        epoch = uint32(kept.time);
        if (_stateOf(kept) == GrantState.Ended) endedAt = _ends[kept.record][epoch];
    }

    /// @inheritdoc IConsentRegistry
    function liveDenials(uint128 record) external view returns (bytes32[] memory live) {
        bytes32[] storage list = _denials[record];
        if (AUTHORITY.erasedAt(record) != 0) return live;
        live = new bytes32[](list.length);
        uint256 count;
        for (uint256 i; i < list.length; ++i) {
            if (_isNow(_grants[list[i]])) live[count++] = list[i];
        }
        assembly ("memory-safe") {
            mstore(live, count)
        }
    }

    /// @inheritdoc IConsentRegistry
    function consentEpochOf(uint128 record) external view returns (uint32) {
        return uint32(_ends[record].length);
    }
}
