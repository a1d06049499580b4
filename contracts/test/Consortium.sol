// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Authority} from "../src/consent/Authority.sol";
import {IConsentRegistry, Proposal, Trigger} from "../src/consent/IConsentRegistry.sol";
import {LicensingPolicy} from "../src/consent/LicensingPolicy.sol";
import {CustodyRegistry} from "../src/custody/CustodyRegistry.sol";
import {Action, ActionKind, KeyUse} from "../src/identity/IOrganizations.sol";
import {Actor, Intent} from "../src/identity/IIntentGuard.sol";
import {Organizations} from "../src/identity/Organizations.sol";
import {Roles} from "../src/identity/Roles.sol";
import {Anchors} from "../src/notary/Anchors.sol";
import {Registration, Version} from "../src/records/IRecordRegistry.sol";
import {IRecords} from "./IRecords.sol";
import {Settled} from "./Settled.sol";
import {Signing} from "./Signing.sol";

/// @title A consortium that lives: three governors of whom two decide, two sources, five custodians,
/// a gateway, a registrar, a clinic without roles; and the intents that its members sign
abstract contract Consortium is Signing {
    uint64 internal constant START = 1_800_000_000;
    uint64 internal constant DAY = 1 days;
    uint64 internal constant FOREVER = type(uint64).max;

    uint256 internal constant GOVERNOR = 0xa1;
    uint256 internal constant SECOND = 0xa2;
    uint256 internal constant THIRD = 0xa3;
    uint256 internal constant HOSPITAL = 0xb1;
    uint256 internal constant OTHER_HOSPITAL = 0xb2;
    uint256 internal constant CUSTODIAN = 0xc1;
    uint256 internal constant GATEWAY = 0xd1;
    uint256 internal constant REGISTRAR = 0xd2;
    uint256 internal constant CLINIC = 0xe1;
    uint256 internal constant PATIENT = 0xf1;
    uint256 internal constant STRANGER = 0xf2;
    uint256 internal constant EXCHANGE = 0x1e;
    uint256 internal constant LENDING = 0x1f;

    uint128 internal constant RECORD = 0x5a105;

    Organizations internal organizations;
    Anchors internal anchors;
    IRecords internal records;
    Authority internal authority;
    IConsentRegistry internal consents;
    CustodyRegistry internal custody;
    LicensingPolicy internal policies;
    uint256 private _proposals;

    constructor() {
        vm.warp(START);
        address[] memory governors = new address[](3);
        for (uint256 i; i < 3; ++i) {
            governors[i] = vm.addr(GOVERNOR + i);
        }
        organizations = Organizations(_deploy("Organizations", abi.encode(governors, 2)));
        anchors = Anchors(_deploy("Anchors", abi.encode(organizations)));
        (address hook, address exchange, address lending) = modules();
        address quorum = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 3);
        records = IRecords(
            _deploy("RecordRegistry", abi.encode(organizations, quorum, hook, exchange, lending))
        );
        address policy = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 3);
        authority = Authority(_deploy("Authority", abi.encode(policy)));
        consents = IConsentRegistry(
            _deploy("ConsentRegistry", abi.encode(organizations, authority, records))
        );
        custody = CustodyRegistry(
            _deploy("CustodyRegistry", abi.encode(organizations, records, authority, consents))
        );
        policies = LicensingPolicy(_deploy("LicensingPolicy", abi.encode(authority)));

        admit(HOSPITAL, Roles.SOURCE);
        admit(OTHER_HOSPITAL, Roles.SOURCE);
        admit(GATEWAY, Roles.GATEWAY);
        admit(REGISTRAR, Roles.REGISTRAR);
        admit(CLINIC, 0);
        for (uint256 i; i < 5; ++i) {
            admit(CUSTODIAN + i, Roles.CUSTODIAN);
        }
    }

    /// What records look up to: two addresses and one that settles nothing, unless a test has the real
    /// ones. Their addresses may lie ahead: after this, the next five contracts are deployed here.
    function modules() internal virtual returns (address hook, address exchange, address lending) {
        return (address(new Settled()), vm.addr(EXCHANGE), vm.addr(LENDING));
    }

    /// From the artifact, so that no test has to be compiled with the code of every contract in it.
    function _deploy(string memory name, bytes memory arguments) private returns (address target) {
        target = vm.deployCode(string.concat(name, ".sol:", name), arguments);
        named(target, name);
    }

    /* GOVERNANCE */

    function admit(uint256 key, uint160 roles) internal {
        decide(Action(ActionKind.Admit, vm.addr(key), roles, bytes32(key), address(0)));
    }

    function act(ActionKind kind, address org, uint256 value)
        internal
        pure
        returns (Action memory)
    {
        return Action(kind, org, value, 0, address(0));
    }

    /// Two governors let an action run.
    function decide(Action memory action) internal returns (bytes32 id) {
        id = proposed(action);
        organizations.approve(id, onProposal(SECOND, "Approve", id));
    }

    /// One governor proposed an action.
    function proposed(Action memory action) internal returns (bytes32 id) {
        id = bytes32(++_proposals);
        organizations.propose(id, action, onAction(GOVERNOR, id, action));
    }

    function onAction(uint256 key, bytes32 id, Action memory action)
        internal
        returns (Intent memory)
    {
        string memory kind =
            "Action(uint8 kind,address org,uint256 value,bytes32 attributes,address other)";
        bytes32 inner = keccak256(bytes.concat(keccak256(bytes(kind)), abi.encode(action)));
        return signed(
            key,
            address(organizations),
            "Propose(bytes32 id,Action action",
            kind,
            abi.encode(id, inner)
        );
    }

    /// @param verb Approve or Withdraw
    function onProposal(uint256 key, string memory verb, bytes32 id)
        internal
        returns (Intent memory)
    {
        return signed(
            key, address(organizations), string.concat(verb, "(bytes32 id"), abi.encode(id)
        );
    }

    /* KEYS */

    function keyOf(uint256 key) internal pure returns (bytes32) {
        return bytes32(uint256(uint160(vm.addr(key))));
    }

    function addKey(uint256 org, uint256 key, KeyUse use, uint64 from, uint64 until) internal {
        bytes memory members = abi.encode(vm.addr(org), keyOf(key), use, bytes32(0), from, until);
        Intent[2] memory both = [onAcceptedKey(key, members), onNewKey(org, members)];
        _addKey(vm.addr(org), keyOf(key), use, from, until, both);
    }

    function _addKey(
        address org,
        bytes32 key,
        KeyUse use,
        uint64 from,
        uint64 until,
        Intent[2] memory both
    ) private {
        organizations.addKey(org, key, use, 0, from, until, both[0], both[1]);
    }

    /// The key agrees to be one of the organization.
    function onAcceptedKey(uint256 key, bytes memory members) internal returns (Intent memory) {
        return signed(
            key,
            address(organizations),
            "AcceptKey(address org,bytes32 key,uint8 use,bytes32 keyHash,uint64 from,uint64 until",
            members
        );
    }

    function onNewKey(uint256 signer, bytes memory members) internal returns (Intent memory) {
        return signed(
            signer,
            address(organizations),
            "AddKey(address org,bytes32 key,uint8 use,bytes32 keyHash,uint64 from,uint64 until",
            members
        );
    }

    function retireKey(uint256 org, uint256 key, KeyUse use, uint64 at) internal {
        organizations.retireKey(
            vm.addr(org), keyOf(key), use, at, onOldKey(org, org, keyOf(key), use, at)
        );
    }

    function onOldKey(uint256 signer, uint256 org, bytes32 key, KeyUse use, uint64 at)
        internal
        returns (Intent memory)
    {
        return signed(
            signer,
            address(organizations),
            "RetireKey(address org,bytes32 key,uint8 use,uint64 at",
            abi.encode(vm.addr(org), key, use, at)
        );
    }

    /* RECORDS */

    /// The patient enrolls the record and its source registers it.
    function registered(uint128 record) internal {
        authority.enroll(record, vm.addr(PATIENT), onEnroll(PATIENT, record, vm.addr(PATIENT)));
        Registration memory registration = registrationOf(record);
        records.register(
            registration,
            onAcceptance(PATIENT, registration),
            actor(onRegistration(HOSPITAL, registration))
        );
    }

    function registrationOf(uint128 record) internal view returns (Registration memory) {
        address hospital = vm.addr(HOSPITAL);
        return Registration(record, hospital, authority.accountOf(record), hospital, 1000, 0, 1000);
    }

    function onRegistration(uint256 key, Registration memory registration)
        internal
        returns (Intent memory)
    {
        return signed(
            key,
            address(records),
            "Register(Registration registration",
            REGISTRATION,
            abi.encode(_hash(registration))
        );
    }

    /// The key signs for the account that is the subject.
    function onAcceptance(uint256 key, Registration memory registration)
        internal
        returns (Intent memory by)
    {
        by = signed(
            key,
            address(records),
            "AcceptRegistration(Registration registration",
            REGISTRATION,
            abi.encode(_hash(registration))
        );
        by.signer = registration.subject;
    }

    string private constant REGISTRATION = "Registration(uint128 recordId,address source,"
        "address subject,address host,uint16 sourceBps,uint16 hostBps,uint16 subjectBps)";

    function _hash(Registration memory registration) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(bytes(REGISTRATION)), abi.encode(registration)));
    }

    function onVersions(uint256 key, Version[] memory versions) internal returns (Actor memory) {
        string memory kind = "Version(uint128 recordId,uint32 version,bytes32 previousRoot,"
            "bytes32 root,uint16 sections,uint24 epoch)";
        bytes memory hashes;
        for (uint256 i; i < versions.length; ++i) {
            bytes32 hash = keccak256(bytes.concat(keccak256(bytes(kind)), abi.encode(versions[i])));
            hashes = bytes.concat(hashes, hash);
        }
        return actor(
            signed(
                key,
                address(records),
                "Advance(Version[] versions",
                kind,
                abi.encode(keccak256(hashes))
            )
        );
    }

    /* CONSENT */

    function onEnroll(uint256 key, uint128 record, address controller)
        internal
        returns (Intent memory)
    {
        return signed(
            key,
            address(authority),
            "Enroll(uint128 record,address controller",
            abi.encode(record, controller)
        );
    }

    string internal constant TRIGGER_TYPE = "Trigger(bytes32 id,address reporter,uint8 effect)";
    string internal constant PROPOSAL_TYPE = "Proposal(bytes32 grant,uint128 record,uint8 effect,"
        "bytes32 commitment,bytes32 rule,bytes32 wording,uint16 purposes,uint24 ownerEpoch,"
        "uint64 notBefore,uint64 notAfter,address condition,bytes32 conditionKey,"
        "Trigger[] triggers,bytes32[] replaces)";

    /// A permit of thirty days that the patient alone gives.
    function termsOf(bytes32 grant) internal view returns (Proposal memory terms) {
        uint64 today = uint64(block.timestamp) / DAY * DAY;
        (terms.grant, terms.record) = (grant, RECORD);
        (terms.commitment, terms.wording, terms.purposes) = ("commitment", "wording", 1);
        (terms.notBefore, terms.notAfter) = (today, today + 30 * DAY);
    }

    function onTerms(uint256 key, Proposal memory terms) internal returns (Intent memory) {
        return signed(
            key,
            address(consents),
            "Propose(Proposal proposal",
            string.concat(PROPOSAL_TYPE, TRIGGER_TYPE),
            abi.encode(hashOf(terms))
        );
    }

    function hashOf(Proposal memory terms) internal pure returns (bytes32) {
        bytes memory triggers;
        for (uint256 i; i < terms.triggers.length; ++i) {
            Trigger memory trigger = terms.triggers[i];
            bytes memory members = abi.encode(trigger.id, trigger.reporter, trigger.effect);
            bytes32 hash = keccak256(bytes.concat(keccak256(bytes(TRIGGER_TYPE)), members));
            triggers = bytes.concat(triggers, hash);
        }
        bytes memory first = abi.encode(
            keccak256(bytes(string.concat(PROPOSAL_TYPE, TRIGGER_TYPE))),
            terms.grant,
            terms.record,
            terms.effect,
            terms.commitment,
            terms.rule,
            terms.wording,
            terms.purposes
        );
        bytes memory second = abi.encode(
            terms.ownerEpoch,
            terms.notBefore,
            terms.notAfter,
            terms.condition,
            terms.conditionKey,
            keccak256(triggers),
            keccak256(abi.encodePacked(terms.replaces))
        );
        return keccak256(bytes.concat(first, second));
    }

    /// @param verb Approve, Decline or Revoke
    function onGrant(uint256 key, string memory verb, bytes32 grant)
        internal
        returns (Intent memory)
    {
        return signed(
            key, address(consents), string.concat(verb, "(bytes32 grant"), abi.encode(grant)
        );
    }
}
