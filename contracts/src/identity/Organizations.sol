// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {Action, ActionKind, IOrganizations, KeyUse, Validator} from "./IOrganizations.sol";
import {Actor, Intent} from "./IIntentGuard.sol";
import {IntentGuard} from "./IntentGuard.sol";
import {Keys} from "./Keys.sol";
import {Roles} from "./Roles.sol";

/// @title See {IOrganizations}
contract Organizations is Keys {
    using EnumerableSet for EnumerableSet.AddressSet;

    uint64 private constant PROPOSAL_TIME = 14 days;
    uint64 private constant LONGEST_PAUSE = 30 days;
    uint64 private constant PAUSE_INTERVAL = 60 days;
    uint64 private constant ADOPTION_DELAY = 7 days;
    uint256 private constant MAX_VALIDATORS = 128;
    /// Small, so that no sum of powers comes near what a consensus engine can count.
    uint256 private constant MAX_POWER = 1_000_000;

    string private constant ACTION_TYPE =
        "Action(uint8 kind,address org,uint256 value,bytes32 attributes,address other)";
    bytes32 private constant ACTION = keccak256(bytes(ACTION_TYPE));
    bytes32 private constant PROPOSE = keccak256(
        bytes.concat(
            "Propose(bytes32 id,Action action,uint256 nonce,uint64 deadline)", bytes(ACTION_TYPE)
        )
    );
    bytes32 private constant APPROVE =
        keccak256("Approve(bytes32 id,uint256 nonce,uint64 deadline)");
    bytes32 private constant WITHDRAW =
        keccak256("Withdraw(bytes32 id,uint256 nonce,uint64 deadline)");
    bytes32 private constant PUBLISH_EPOCH = keccak256(
        "PublishEpoch(bytes32 role,uint64 epoch,bytes32 root,uint64 from,uint256 nonce,"
        "uint64 deadline)"
    );

    struct Decision {
        Action action;
        uint64 until;
        bool done;
        EnumerableSet.AddressSet approvals;
    }

    struct Epoch {
        bytes32 root;
        uint64 from;
    }

    uint8 private _threshold;
    uint64 private _pausedAt;
    uint64 private _pausedUntil;
    address private _platform;
    EnumerableSet.AddressSet private _governors;
    mapping(bytes32 id => Decision) private _decisions;
    mapping(address org => bytes32) private _attributes;
    mapping(address org => mapping(address other => bool)) private _linked;
    mapping(bytes32 role => mapping(uint64 epoch => Epoch)) private _epochs;
    mapping(address module => uint64 from) private _adoptedFrom;
    Validator[] private _validators;
    mapping(bytes32 key => uint256 place) private _placeOf;

    constructor(address[] memory governors, uint8 threshold) IntentGuard("Organizations") {
        for (uint256 i; i < governors.length; ++i) {
            _governors.add(governors[i]);
            emit GovernorsChanged(governors[i], true, threshold);
        }
        _setThreshold(threshold);
    }

    /* GOVERNANCE */

    /// @inheritdoc IOrganizations
    function propose(bytes32 id, Action calldata action, Intent calldata by) external {
        bytes32 inner = keccak256(
            abi.encode(
                ACTION, action.kind, action.org, action.value, action.attributes, action.other
            )
        );
        address governor =
            _governor(by, keccak256(abi.encode(PROPOSE, id, inner, by.nonce, by.deadline)));
        Decision storage decision = _decisions[id];
        if (decision.until != 0) revert Organizations_AlreadyExists(id);

        decision.action = action;
        decision.until = uint64(block.timestamp) + PROPOSAL_TIME;
        emit Proposed(id, governor, action);
        _approve(id, decision, governor);
    }

    /// @inheritdoc IOrganizations
    function approve(bytes32 id, Intent calldata by) external {
        address governor = _governor(by, keccak256(abi.encode(APPROVE, id, by.nonce, by.deadline)));
        _approve(id, _open(id), governor);
    }

    /// @inheritdoc IOrganizations
    function withdraw(bytes32 id, Intent calldata by) external {
        address governor = _governor(by, keccak256(abi.encode(WITHDRAW, id, by.nonce, by.deadline)));
        if (!_open(id).approvals.remove(governor)) {
            revert Organizations_NotApproved(id, governor);
        }
        emit Withdrawn(id, governor);
    }

    /// The governor for which an admin key signs; a founder not yet admitted signs for itself.
    function _governor(Intent calldata by, bytes32 structHash) private returns (address governor) {
        address signer = _accept(by, structHash);
        governor = _isKnown(signer) || !_governors.contains(signer)
            ? orgOf(_toKey(signer), KeyUse.Admin, uint64(block.timestamp))
            : signer;
        if (governor == address(0) || !_governors.contains(governor)) {
            revert Organizations_NotGovernor(signer);
        }
    }

    function _open(bytes32 id) private view returns (Decision storage decision) {
        decision = _decisions[id];
        if (decision.until == 0) revert Organizations_UnknownProposal(id);
        if (decision.done || block.timestamp > decision.until) {
            revert Organizations_ProposalExpired(id);
        }
    }

    function _approve(bytes32 id, Decision storage decision, address governor) private {
        if (!decision.approvals.add(governor)) revert Organizations_AlreadyApproved(id, governor);
        emit Approved(id, governor);
        if (_approvalsOf(decision) >= _threshold) {
            decision.done = true;
            _run(decision.action);
        }
    }

    /// Only who is still a governor counts; the set is as small as the consortium.
    function _approvalsOf(Decision storage decision) private view returns (uint256 count) {
        uint256 length = decision.approvals.length();
        for (uint256 i; i < length; ++i) {
            if (_governors.contains(decision.approvals.at(i))) ++count;
        }
    }

    function _run(Action memory action) private {
        if (action.kind == ActionKind.Admit) _admit(action);
        else if (action.kind == ActionKind.SetThreshold) _setThreshold(action.value);
        else if (action.kind == ActionKind.PauseOpening) _pause(action.value);
        else if (action.kind == ActionKind.DropGovernor) _changeGovernor(action.org, false);
        else if (action.kind == ActionKind.AdoptModule) _adopt(action.org);
        else _change(action);
    }

    function _admit(Action memory action) private {
        if (_isKnown(action.org)) revert Organizations_AlreadyAdmitted(action.org);
        _setStanding(action.org, ACTIVE | uint160(action.value));
        _attributes[action.org] = action.attributes;
        emit Admitted(action.org, uint160(action.value), action.attributes);
    }

    function _change(Action memory action) private {
        address org = action.org;
        if (!_isKnown(org)) revert Organizations_Unknown(org);
        uint200 standing = _presentOf(org);
        if (action.kind == ActionKind.Suspend) {
            _setStanding(org, standing & ~ACTIVE);
            emit Suspended(org);
        } else if (action.kind == ActionKind.Reinstate) {
            _setStanding(org, standing | ACTIVE);
            emit Reinstated(org);
        } else if (action.kind == ActionKind.SetRoles) {
            _setStanding(org, (standing & ACTIVE) | uint160(action.value));
            emit RolesSet(org, uint160(action.value));
        } else if (action.kind == ActionKind.SetAttributes) {
            _attributes[org] = action.attributes;
            emit AttributesSet(org, action.attributes);
        } else if (action.kind == ActionKind.Link) {
            if (!_isKnown(action.other)) revert Organizations_Unknown(action.other);
            _linked[org][action.other] = _linked[action.other][org] = true;
            emit Linked(org, action.other);
        } else if (action.kind == ActionKind.SetPlatform) {
            _platform = org;
            emit PlatformSet(org);
        } else if (action.kind == ActionKind.SetValidator) {
            _setValidator(org, action.attributes, action.value);
        } else {
            _changeGovernor(org, true);
        }
    }

    function _changeGovernor(address org, bool add) private {
        if (add) _governors.add(org);
        else _governors.remove(org);
        _checkThreshold(_threshold);
        emit GovernorsChanged(org, add, _threshold);
    }

    function _setThreshold(uint256 threshold) private {
        _checkThreshold(threshold);
        _threshold = uint8(threshold);
        emit GovernorsChanged(address(0), false, _threshold);
    }

    function _checkThreshold(uint256 threshold) private view {
        uint256 governors = _governors.length();
        if (threshold == 0 || threshold > governors || governors > type(uint8).max) {
            revert Organizations_BadThreshold(threshold, governors);
        }
    }

    function _pause(uint256 time) private {
        uint64 from = uint64(block.timestamp);
        if (_pausedAt != 0 && from < _pausedAt + PAUSE_INTERVAL) {
            revert Organizations_TooSoon(_pausedAt + PAUSE_INTERVAL);
        }
        if (time == 0 || time > LONGEST_PAUSE) {
            revert Organizations_BadWindow(from, uint64(from + time));
        }
        (_pausedAt, _pausedUntil) = (from, from + uint64(time));
        emit OpeningPaused(_pausedUntil);
    }

    /// Everybody has the delay to look at a module before it can ask for anything.
    function _adopt(address module) private {
        if (_adoptedFrom[module] != 0) revert Organizations_AlreadyExists(_toKey(module));
        uint64 from = uint64(block.timestamp) + ADOPTION_DELAY;
        _adoptedFrom[module] = from;
        emit ModuleAdopted(module, from);
    }

    /// A key keeps its organization; places count from one, and none is ever taken out.
    function _setValidator(address org, bytes32 key, uint256 power) private {
        uint256 place = _placeOf[key];
        if (place == 0) {
            if (key == 0 || power > MAX_POWER || _validators.length == MAX_VALIDATORS) {
                revert Organizations_BadValidator(key, power);
            }
            _validators.push(Validator(key, org, uint64(power)));
            _placeOf[key] = _validators.length;
        } else {
            Validator storage known = _validators[place - 1];
            if (known.org != org || power > MAX_POWER) {
                revert Organizations_BadValidator(key, power);
            }
            known.power = uint64(power);
        }
        emit ValidatorSet(org, key, uint64(power));
    }

    /* ONE-TIME KEYS */

    /// @inheritdoc IOrganizations
    function publishEpoch(bytes32 role, uint64 epoch, bytes32 root, uint64 from, Intent calldata by)
        external
    {
        bytes32 structHash =
            keccak256(abi.encode(PUBLISH_EPOCH, role, epoch, root, from, by.nonce, by.deadline));
        address signer = _accept(by, structHash);
        if (actingFor(signer, KeyUse.Act, Roles.REGISTRAR) == address(0)) {
            revert Organizations_NotRegistrar(signer);
        }
        if (_epochs[role][epoch].root != 0) revert Organizations_AlreadyExists(role);
        _epochs[role][epoch] = Epoch(root, from);
        emit EpochPublished(role, epoch, root, from);
    }

    /* VIEWS */

    /// @inheritdoc IOrganizations
    function attributesOf(address org) external view returns (bytes32) {
        return _attributes[org];
    }

    /// @inheritdoc IOrganizations
    function areLinked(address a, address b) external view returns (bool) {
        return _linked[a][b];
    }

    /// @inheritdoc IOrganizations
    function isOpeningPaused() public view returns (bool) {
        return block.timestamp < _pausedUntil;
    }

    /// @inheritdoc IOrganizations
    function isAdopted(address module) external view returns (bool) {
        uint64 from = _adoptedFrom[module];
        return from != 0 && from <= block.timestamp;
    }

    /// @inheritdoc IOrganizations
    function platform() external view returns (address) {
        return _platform;
    }

    /// @inheritdoc IOrganizations
    function isGovernor(address org) external view returns (bool) {
        return _governors.contains(org);
    }

    /// @inheritdoc IOrganizations
    function validators() external view returns (Validator[] memory) {
        return _validators;
    }

    /// @inheritdoc IOrganizations
    function standingOf(Actor calldata actor)
        external
        view
        returns (address org, bytes32 role, bytes32 attributes)
    {
        address signer = actor.intent.signer;
        uint64 at = uint64(block.timestamp);
        if (actor.membership.path.length == 0) {
            org = orgOf(_toKey(signer), KeyUse.Act, at);
            uint200 standing = _presentOf(org);
            if (standing & ACTIVE == 0) return (address(0), 0, 0);
            return (org, bytes32(uint256(uint160(standing))), _attributes[org]);
        }
        Epoch storage epoch = _epochs[actor.membership.role][actor.membership.epoch];
        bytes32 leaf = keccak256(
            bytes.concat(
                keccak256(abi.encode(signer, actor.membership.salt, actor.membership.attributes))
            )
        );
        bool isMember = epoch.root != 0 && epoch.from <= at
            && MerkleProof.verifyCalldata(actor.membership.path, epoch.root, leaf);
        if (isMember) return (address(0), actor.membership.role, actor.membership.attributes);
    }

    /// @inheritdoc IOrganizations
    function actingFor(address signer, KeyUse use, uint160 role) public view returns (address) {
        address org = orgOf(_toKey(signer), use, uint64(block.timestamp));
        return org != address(0) && _is(org, role) ? org : address(0);
    }

    /// @inheritdoc IOrganizations
    function openingFor(address signer, uint160 role)
        external
        view
        returns (address org, bool isPaused)
    {
        return (actingFor(signer, KeyUse.Act, role), isOpeningPaused());
    }
}
