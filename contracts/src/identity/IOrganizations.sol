// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Actor, Intent} from "./IIntentGuard.sol";

enum ActionKind {
    Admit,
    Suspend,
    Reinstate,
    SetRoles,
    SetAttributes,
    Link,
    AddGovernor,
    DropGovernor,
    SetThreshold,
    PauseOpening,
    AdoptModule,
    SetPlatform,
    SetValidator
}

/// What governors decide. `value`: roles of Admit and SetRoles, the threshold, seconds to pause, or
/// the power of a validator. `attributes`: of Admit and SetAttributes, or the Ed25519 public key of a
/// validator. `other`: the second organization of Link. `org` is the module of AdoptModule.
struct Action {
    ActionKind kind;
    address org;
    uint256 value;
    bytes32 attributes;
    address other;
}

/// What a key may do; READER and the encryption keys of custodians are known by their hash.
enum KeyUse {
    Admin,
    Act,
    Attest,
    Custody,
    Gateway,
    Reader,
    Log
}

/// What was decided last about a key that votes on blocks; a power of zero takes its vote.
struct Validator {
    bytes32 key;
    address org;
    uint64 power;
}

/// @title Who is in the consortium, in which roles, with which keys, since when
/// @notice Organizations that compete govern it together; nobody owns it. An organization is named
/// by the address it was admitted with, which is also its first key, for every use, until retired.
interface IOrganizations {
    event Proposed(bytes32 indexed id, address indexed governor, Action action);
    event Approved(bytes32 indexed id, address indexed governor);
    event Withdrawn(bytes32 indexed id, address indexed governor);
    event Admitted(address indexed org, uint160 roles, bytes32 attributes);
    event Suspended(address indexed org);
    event Reinstated(address indexed org);
    event RolesSet(address indexed org, uint160 roles);
    event AttributesSet(address indexed org, bytes32 attributes);
    event Linked(address indexed org, address indexed other);
    event GovernorsChanged(address indexed org, bool isGovernor, uint8 threshold);
    event OpeningPaused(uint64 until);
    event ModuleAdopted(address indexed module, uint64 from);
    event PlatformSet(address indexed org);
    event ValidatorSet(address indexed org, bytes32 indexed key, uint64 power);
    event KeyAdded(
        address indexed org,
        bytes32 indexed key,
        KeyUse use,
        bytes32 keyHash,
        uint64 from,
        uint64 until
    );
    event KeyRetired(address indexed org, bytes32 indexed key, KeyUse use, uint64 at);
    event EpochPublished(bytes32 indexed role, uint64 indexed epoch, bytes32 root, uint64 from);

    error Organizations_NotGovernor(address org);
    error Organizations_NotAdmin(address org, address signer);
    error Organizations_NotRegistrar(address signer);
    error Organizations_Unknown(address org);
    error Organizations_UnknownProposal(bytes32 id);
    error Organizations_AlreadyAdmitted(address org);
    error Organizations_AlreadyExists(bytes32 id);
    error Organizations_AlreadyApproved(bytes32 id, address governor);
    error Organizations_NotApproved(bytes32 id, address governor);
    error Organizations_KeyTaken(bytes32 key, KeyUse use);
    error Organizations_KeyUnknown(bytes32 key, KeyUse use);
    error Organizations_KeyUnproven(bytes32 key, address signer);
    error Organizations_BadWindow(uint64 from, uint64 until);
    error Organizations_BadThreshold(uint256 threshold, uint256 governors);
    error Organizations_BadValidator(bytes32 key, uint256 power);
    error Organizations_ProposalExpired(bytes32 id);
    error Organizations_TooSoon(uint64 notBefore);

    /* GOVERNANCE */

    /// Proposes an action and approves it; it runs when the threshold is one. Governors sign with an
    /// admin key; a founder that is not admitted yet, with its address.
    function propose(bytes32 id, Action calldata action, Intent calldata by) external;

    /// Approves; the action runs with the approval that meets the threshold, within 14 days.
    function approve(bytes32 id, Intent calldata by) external;

    /// Takes one's own approval back.
    function withdraw(bytes32 id, Intent calldata by) external;

    /* KEYS */

    /// Adds a key; signed by an admin key of the organization. A start in the past counts from now,
    /// so no key reaches back.
    /// @param key an address left-padded, or a key hash for keys that never sign
    /// @param keyHash SHA-256 of the public key that things are sealed to, or zero
    /// @param owner of a key that is an address: that key agrees, by signing `AcceptKey` over the
    /// same arguments; of another it is not looked at
    function addKey(
        address org,
        bytes32 key,
        KeyUse use,
        bytes32 keyHash,
        uint64 from,
        uint64 until,
        Intent calldata owner,
        Intent calldata by
    ) external;

    /// Ends a key at a time not in the past and not after its end: what it signed before stays good.
    function retireKey(address org, bytes32 key, KeyUse use, uint64 at, Intent calldata by) external;

    /// Publishes the Merkle root of the one-time keys of a role; by an organization with REGISTRAR.
    function publishEpoch(bytes32 role, uint64 epoch, bytes32 root, uint64 from, Intent calldata by)
        external;

    /* VIEWS */

    function isActive(address org) external view returns (bool);
    function hasRole(address org, uint160 role, uint64 at) external view returns (bool);
    function orgOf(bytes32 key, KeyUse use, uint64 at) external view returns (address);

    /// The hash of the newest key that things are sealed to now; zero when each has ended or has not
    /// begun. Of more than eight keys the eight newest are looked at.
    function keyHashOf(address org, KeyUse use) external view returns (bytes32);
    function attributesOf(address org) external view returns (bytes32);
    function areLinked(address a, address b) external view returns (bool);
    function isOpeningPaused() external view returns (bool);
    function isGovernor(address org) external view returns (bool);

    /// Active and with the role of the name; who licenses or lends may also own.
    function isSource(address org) external view returns (bool);
    function isCustodian(address org) external view returns (bool);
    function isHospital(address org) external view returns (bool);
    function isLicensee(address org) external view returns (bool);
    function canLend(address org) external view returns (bool);
    function canAcquire(address org) external view returns (bool);

    /// Whether the governors let a contract take and credit money, seven days ago or earlier.
    function isAdopted(address module) external view returns (bool);

    /// The organization that runs the platform and earns its share; zero when none was named.
    function platform() external view returns (address);

    /// Every key about whose vote was ever decided, at most 128, in the order of the first decision.
    /// A founder of the network that nobody decided about votes as its genesis says.
    function validators() external view returns (Validator[] memory);

    /// What an actor may claim: his organization and its roles, or the role of his one-time key.
    function standingOf(Actor calldata actor)
        external
        view
        returns (address org, bytes32 role, bytes32 attributes);

    /// Active, with the role, through a key of that use valid now; zero otherwise.
    function actingFor(address signer, KeyUse use, uint160 role) external view returns (address);

    /// As {actingFor} with a key that acts, and whether opening is paused: what a seller asks at once.
    function openingFor(address signer, uint160 role)
        external
        view
        returns (address org, bool isPaused);
}
