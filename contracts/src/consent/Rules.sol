// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../identity/IIntentGuard.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {IAuthority, Powers} from "./IAuthority.sol";
import {IConsentRegistry, Rule} from "./IConsentRegistry.sol";

/// @title The rules of records: several keys for one unit, and who of them has agreed to what
abstract contract Rules is IConsentRegistry, IntentGuard {
    /// A rule as it is kept; each change of it makes a new version.
    struct KeptRule {
        uint8 threshold;
        bool eachUse;
        uint32 version;
        address[] approvers;
    }

    /// Who agreed to one thing: a bit for each approver, and whether the controller's side asked.
    struct Agreement {
        uint16 approvers;
        bool isAsked;
        uint64 openedAt;
    }

    uint256 internal constant MAX_APPROVERS = 16;
    uint64 private constant LOOSENING_TIME = 14 days;
    bytes32 private constant RULE = keccak256("Rule(uint8 threshold,uint8 approvers,bool eachUse)");
    bytes32 private constant SET_RULE = keccak256(
        "SetRule(uint128 record,bytes32 rule,Rule terms,address[] approvers,uint256 nonce,"
        "uint64 deadline)Rule(uint8 threshold,uint8 approvers,bool eachUse)"
    );
    bytes32 private constant ASSIGN =
        keccak256("Assign(uint128 record,bytes32 unit,bytes32 rule,uint256 nonce,uint64 deadline)");

    IAuthority internal immutable AUTHORITY;
    mapping(uint128 record => mapping(bytes32 rule => KeptRule)) private _rules;
    mapping(uint128 record => mapping(bytes32 unit => bytes32 rule)) private _assigned;
    mapping(bytes32 change => Agreement) private _agreements;

    constructor(IAuthority authority) {
        AUTHORITY = authority;
    }

    /* RULES */

    /// @inheritdoc IConsentRegistry
    function setRule(
        uint128 record,
        bytes32 rule,
        Rule calldata terms,
        address[] calldata approvers,
        Intent calldata by
    ) external {
        bytes32 list = keccak256(abi.encodePacked(approvers));
        bytes32 inner = keccak256(abi.encode(RULE, terms));
        address signer = _accept(
            by, keccak256(abi.encode(SET_RULE, record, rule, inner, list, by.nonce, by.deadline))
        );
        _checkRecord(record);
        _checkRule(record, terms, approvers);
        KeptRule storage kept = _rules[record][rule];
        bool isLooser = kept.version != 0 && _isLooser(kept, terms, approvers);
        bytes32 content = keccak256(abi.encode(inner, list));
        if (!_mayChange(record, isLooser ? rule : bytes32(0), content, signer)) return;

        kept.threshold = terms.threshold;
        kept.eachUse = terms.eachUse;
        kept.version += 1;
        kept.approvers = approvers;
        emit RuleSet(record, rule, terms, approvers);
    }

    function _checkRule(uint128 record, Rule calldata terms, address[] calldata approvers)
        private
        view
    {
        uint256 n = approvers.length;
        if (n > MAX_APPROVERS) revert ConsentRegistry_TooMany(n, MAX_APPROVERS);
        if (terms.threshold == 0 || terms.threshold > n || terms.approvers != n) {
            revert ConsentRegistry_BadThreshold(terms.threshold, n);
        }
        address controller = AUTHORITY.controllerOf(record);
        for (uint256 i; i < n; ++i) {
            address approver = approvers[i];
            bool isBad = approver == address(0) || approver == controller;
            for (uint256 j; j < i; ++j) {
                isBad = isBad || approvers[j] == approver;
            }
            if (isBad) revert ConsentRegistry_BadApprover(approver);
        }
    }

    /// Whether some keys that were not enough under the old rule would be under the new one.
    function _isLooser(KeptRule storage kept, Rule calldata terms, address[] calldata approvers)
        private
        view
        returns (bool)
    {
        if (terms.threshold < kept.threshold || (kept.eachUse && !terms.eachUse)) return true;
        for (uint256 i; i < approvers.length; ++i) {
            if (_indexOf(kept.approvers, approvers[i]) == MAX_APPROVERS) return true;
        }
        return false;
    }

    /// @inheritdoc IConsentRegistry
    function assign(uint128 record, bytes32 unit, bytes32 rule, Intent calldata by) external {
        address signer =
            _accept(by, keccak256(abi.encode(ASSIGN, record, unit, rule, by.nonce, by.deadline)));
        _checkRecord(record);
        bytes32 before = _assigned[record][unit];
        if (rule == before) revert ConsentRegistry_AlreadyExists(unit);
        if (rule != 0) _checkKnown(record, rule);
        if (!_mayChange(record, before, keccak256(abi.encode(unit, rule)), signer)) return;

        _assigned[record][unit] = rule;
        emit UnitAssigned(record, unit, rule);
    }

    /// Whether a change may happen now. What loosens `rule` waits until the controller, or a delegate
    /// with Grant, and enough approvers have signed it; without a rule the controller is enough.
    function _mayChange(uint128 record, bytes32 rule, bytes32 content, address signer)
        private
        returns (bool)
    {
        bool asks = AUTHORITY.mayAct(record, signer, Powers.GRANT);
        if (rule == 0) {
            if (!asks) revert ConsentRegistry_NotController(record, signer);
            return true;
        }
        uint256 seat = _seatOf(record, rule, signer);
        if (!asks && seat == MAX_APPROVERS) revert ConsentRegistry_NotApprover(rule, signer);
        bytes32 change = _changeOf(record, rule, content);
        Agreement memory agreed = _agreements[change];
        if (agreed.openedAt + LOOSENING_TIME < block.timestamp) {
            agreed = Agreement(0, false, uint64(block.timestamp));
        }
        uint16 bit = seat == MAX_APPROVERS ? 0 : uint16(1 << seat);
        if ((bit == 0 || agreed.approvers & bit != 0) && (!asks || agreed.isAsked)) {
            revert ConsentRegistry_AlreadyApproved(change, signer);
        }
        agreed.approvers |= bit;
        agreed.isAsked = agreed.isAsked || asks;
        emit LooseningApproved(record, change, signer);
        bool mayNow = agreed.isAsked && _count(agreed.approvers) >= _rules[record][rule].threshold;
        if (mayNow) delete _agreements[change];
        else _agreements[change] = agreed;
        return mayNow;
    }

    /* APPROVERS */

    /// Counts an approver of a rule for a grant, once. Reverts with NotApprover and AlreadyApproved.
    /// @param purpose to make it live, or to lift it
    /// @return count how many have agreed
    /// @return isEnough whether the rule asks for no more
    function _agree(uint128 record, bytes32 rule, bytes32 grant, bytes32 purpose, address signer)
        internal
        returns (uint8 count, bool isEnough)
    {
        uint256 seat = _seatOf(record, rule, signer);
        if (seat == MAX_APPROVERS) revert ConsentRegistry_NotApprover(rule, signer);
        bytes32 change = _changeOf(record, rule, keccak256(abi.encode(grant, purpose)));
        Agreement storage agreed = _agreements[change];
        uint16 bit = uint16(1 << seat);
        if (agreed.approvers & bit != 0) revert ConsentRegistry_AlreadyApproved(grant, signer);
        agreed.approvers |= bit;
        count = _count(agreed.approvers);
        isEnough = count >= _rules[record][rule].threshold;
    }

    function _isApprover(uint128 record, bytes32 rule, address signer)
        internal
        view
        returns (bool)
    {
        return rule != 0 && _seatOf(record, rule, signer) != MAX_APPROVERS;
    }

    /// Where a key sits among the approvers; `MAX_APPROVERS` for one that does not. A key with a
    /// seat of its own does not sit on the controller's.
    function _seatOf(uint128 record, bytes32 rule, address signer) private view returns (uint256) {
        address[] storage approvers = _rules[record][rule].approvers;
        uint256 seat = _indexOf(approvers, signer);
        if (seat != MAX_APPROVERS) return seat;
        seat = _indexOf(approvers, AUTHORITY.accountOf(record));
        bool sits = seat != MAX_APPROVERS && AUTHORITY.mayAct(record, signer, Powers.APPROVE);
        return sits ? seat : MAX_APPROVERS;
    }

    function _indexOf(address[] storage approvers, address one) private view returns (uint256) {
        uint256 n = approvers.length;
        for (uint256 i; i < n; ++i) {
            if (approvers[i] == one) return i;
        }
        return MAX_APPROVERS;
    }

    /// What was agreed to under an earlier version of the rule, or under an earlier controller of
    /// the record, is another change.
    function _changeOf(uint128 record, bytes32 rule, bytes32 content)
        private
        view
        returns (bytes32)
    {
        uint32 version = _rules[record][rule].version;
        return keccak256(abi.encode(record, rule, version, AUTHORITY.epochOf(record), content));
    }

    function _count(uint16 bits) private pure returns (uint8 count) {
        for (; bits != 0; bits &= bits - 1) {
            ++count;
        }
    }

    /* CHECKS */

    function _checkKnown(uint128 record, bytes32 rule) internal view {
        if (_rules[record][rule].version == 0) revert ConsentRegistry_UnknownRule(record, rule);
    }

    function _checkRecord(uint128 record) internal view {
        if (AUTHORITY.controllerOf(record) == address(0)) {
            revert ConsentRegistry_UnknownRecord(record);
        }
        if (AUTHORITY.erasedAt(record) != 0) revert ConsentRegistry_Erased(record);
    }

    /* VIEWS */

    /// @inheritdoc IConsentRegistry
    function ruleOf(uint128 record, bytes32 unit)
        external
        view
        returns (bytes32 rule, Rule memory terms, address[] memory approvers)
    {
        rule = _assigned[record][unit];
        (terms, approvers) = ruleById(record, rule);
    }

    /// @inheritdoc IConsentRegistry
    function ruleById(uint128 record, bytes32 rule)
        public
        view
        returns (Rule memory terms, address[] memory approvers)
    {
        KeptRule storage kept = _rules[record][rule];
        approvers = kept.approvers;
        terms = Rule(kept.threshold, uint8(approvers.length), kept.eachUse);
    }
}
