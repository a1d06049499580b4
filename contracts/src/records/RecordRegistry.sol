// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IOrganizations, KeyUse} from "../identity/IOrganizations.sol";
import {Actor, Intent} from "../identity/IIntentGuard.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {Roles} from "../identity/Roles.sol";
import {IERC4907} from "./IERC4907.sol";
import {IERC5192} from "./IERC5192.sol";
import {IERC5646} from "./IERC5646.sol";
import {IOwnershipHook} from "./IOwnershipHook.sol";
import {IQuorum} from "./IQuorum.sol";
import {IRecordRegistry, Record, Registration, TokenState, Version} from "./IRecordRegistry.sol";
import {Ownership} from "./Ownership.sol";
import {Rekeying} from "./Rekeying.sol";
import {Tokens} from "./Tokens.sol";

/// @title See {IRecordRegistry}
contract RecordRegistry is Ownership, IERC2981, IERC4907, IERC5646 {
    struct User {
        address user;
        uint64 expires;
    }

    uint256 private constant BPS = 10_000;
    uint256 private constant MAX_VERSIONS = 128;

    string private constant REGISTRATION_TYPE = "Registration(uint128 recordId,address source,"
        "address subject,address host,uint16 sourceBps,uint16 hostBps,uint16 subjectBps)";
    string private constant VERSION_TYPE = "Version(uint128 recordId,uint32 version,"
        "bytes32 previousRoot,bytes32 root,uint16 sections,uint24 epoch)";
    bytes32 private constant REGISTRATION = keccak256(bytes(REGISTRATION_TYPE));
    bytes32 private constant VERSION = keccak256(bytes(VERSION_TYPE));
    bytes32 private constant REGISTER = keccak256(
        bytes.concat(
            "Register(Registration registration,uint256 nonce,uint64 deadline)",
            bytes(REGISTRATION_TYPE)
        )
    );
    bytes32 private constant ACCEPT_REGISTRATION = keccak256(
        bytes.concat(
            "AcceptRegistration(Registration registration,uint256 nonce,uint64 deadline)",
            bytes(REGISTRATION_TYPE)
        )
    );
    bytes32 private constant ADVANCE = keccak256(
        bytes.concat(
            "Advance(Version[] versions,uint256 nonce,uint64 deadline)", bytes(VERSION_TYPE)
        )
    );

    mapping(uint256 sectionId => User) private _users;

    /// @param quorum knows the custodians of a record
    /// @param hook settles income before somebody else begins to earn
    /// @param exchange sells tokens and names users, `lending` takes pledges; all of these are
    /// deployed after this contract
    constructor(
        IOrganizations organizations,
        IQuorum quorum,
        IOwnershipHook hook,
        address exchange,
        address lending
    )
        IntentGuard("RecordRegistry")
        Tokens(organizations, hook, exchange, lending)
        Rekeying(quorum)
    {}

    /* REGISTER */

    /// @inheritdoc IRecordRegistry
    function register(
        Registration calldata registration,
        Intent calldata subject,
        Actor calldata by
    ) external {
        bytes32 inner = keccak256(abi.encode(REGISTRATION, registration));
        Intent calldata intent = by.intent;
        address source =
            _source(intent, keccak256(abi.encode(REGISTER, inner, intent.nonce, intent.deadline)));
        if (source != registration.source) revert RecordRegistry_NotSource(intent.signer);
        bytes32 acceptance =
            keccak256(abi.encode(ACCEPT_REGISTRATION, inner, subject.nonce, subject.deadline));
        if (_accept(subject, acceptance) != registration.subject) {
            revert RecordRegistry_NotSubject(subject.signer);
        }
        if (ORGANIZATIONS.isOpeningPaused()) revert RecordRegistry_OpeningPaused();
        _checkShares(registration);
        Kept storage record = _records[registration.recordId];
        if (record.source != address(0)) revert RecordRegistry_HandleTaken(registration.recordId);

        record.source = source;
        record.subject = registration.subject;
        record.host = registration.host;
        record.sourceBps = registration.sourceBps;
        record.hostBps = registration.hostBps;
        record.subjectBps = registration.subjectBps;
        emit RecordRegistered(registration.recordId, source, registration.subject);
        _mint(registration.subject, _tokenOf(registration.recordId));
        emit Unlocked(_tokenOf(registration.recordId));
    }

    function _source(Intent calldata intent, bytes32 structHash) private returns (address source) {
        address signer = _accept(intent, structHash);
        source = ORGANIZATIONS.actingFor(signer, KeyUse.Attest, Roles.SOURCE);
        if (source == address(0)) revert RecordRegistry_NotSource(signer);
    }

    /* ADVANCE */

    /// @inheritdoc IRecordRegistry
    function advance(Version[] calldata versions, Actor calldata by) external {
        if (versions.length > MAX_VERSIONS) revert RecordRegistry_TooMany(versions.length);
        bytes32[] memory hashes = new bytes32[](versions.length);
        for (uint256 i; i < versions.length; ++i) {
            hashes[i] = keccak256(abi.encode(VERSION, versions[i]));
        }
        Intent calldata intent = by.intent;
        bytes32 inner = keccak256(abi.encodePacked(hashes));
        address source =
            _source(intent, keccak256(abi.encode(ADVANCE, inner, intent.nonce, intent.deadline)));
        for (uint256 i; i < versions.length; ++i) {
            _advance(versions[i], source);
        }
    }

    function _advance(Version calldata version, address source) private {
        Kept storage record = _known(version.recordId);
        if (record.source != source) revert RecordRegistry_NotSource(source);
        if (version.version != record.version + 1) {
            revert RecordRegistry_StaleVersion(version.version, record.version);
        }
        if (version.previousRoot != record.root) {
            revert RecordRegistry_StaleRoot(version.previousRoot, record.root);
        }
        _checkEpoch(_tokens[_tokenOf(version.recordId)], version.epoch);
        if (version.sections & record.sections != record.sections) {
            revert RecordRegistry_SectionMissing(version.sections);
        }

        record.version = version.version;
        record.sections = version.sections;
        record.root = version.root;
        record.anchoredAt = uint40(block.timestamp);
        emit VersionAdvanced(
            version.recordId, version.version, version.sections, version.epoch, version.root
        );
        emit MetadataUpdate(_tokenOf(version.recordId));
    }

    function _checkEpoch(Token storage state, uint24 given) private view {
        bool isAsked = state.hold == Hold.Rekeying || state.hold == Hold.PledgedRekeying;
        bool isPending = isAsked && given == state.pendingEpoch;
        if (given != state.keyEpoch && !isPending) {
            revert RecordRegistry_StaleEpoch(given, state.keyEpoch);
        }
    }

    /* USERS */

    /// @inheritdoc IRecordRegistry
    function setUser(uint256 sectionId, address user, uint64 expires)
        external
        override(IRecordRegistry, IERC4907)
        onlyModule(EXCHANGE)
    {
        uint16 bit = _bitOf(sectionId);
        Kept storage record = _records[_recordIdOf(sectionId)];
        if (record.sections & bit == 0) revert RecordRegistry_SectionMissing(bit);
        User storage known = _users[sectionId];
        if (known.expires > block.timestamp && known.user != user) {
            revert RecordRegistry_UserUnexpired(sectionId, known.expires);
        }

        record.used |= bit;
        (known.user, known.expires) = (user, expires);
        emit UpdateUser(sectionId, user, expires);
    }

    /// @inheritdoc IERC4907
    function userOf(uint256 sectionId) external view returns (address) {
        return _userOf(_users[sectionId]);
    }

    function _userOf(User memory known) private view returns (address) {
        return known.expires > block.timestamp ? known.user : address(0);
    }

    /// @inheritdoc IERC4907
    function userExpires(uint256 sectionId) external view returns (uint256) {
        return _users[sectionId].expires;
    }

    /* VIEWS */

    /// Shares of source and subject as a signal to markets elsewhere; in Salus RevenueRouter pays them.
    /// @inheritdoc IERC2981
    function royaltyInfo(uint256 tokenId, uint256 salePrice)
        external
        view
        returns (address receiver, uint256 royalty)
    {
        _requireOwned(tokenId);
        Kept storage record = _records[_recordIdOf(tokenId)];
        uint256 bps = uint256(record.sourceBps) + record.subjectBps;
        return (record.source, salePrice * bps / BPS);
    }

    /// Of the owner, the record with its version and root, the token's own state, and the users of the
    /// sections that it controls.
    /// @inheritdoc IERC5646
    function getStateFingerprint(uint256 tokenId) external view returns (bytes32) {
        Record memory record = recordOf(_recordIdOf(tokenId));
        bytes memory state = abi.encode(tokenId, ownerOf(tokenId), record);
        bytes32 users;
        uint16 sections = sectionsOf(tokenId);
        for (uint256 code = 1; code < 16; ++code) {
            if (sections & 1 << code == 0) continue;
            users = keccak256(abi.encode(users, _users[_tokenOf(_recordIdOf(tokenId)) | code]));
        }
        return keccak256(abi.encode(state, tokenStateOf(tokenId), users));
    }

    /// @inheritdoc IRecordRegistry
    function collateralOf(uint256 tokenId) external view returns (bytes32 hash, uint16 sections) {
        address owner = ownerOf(tokenId);
        Kept storage record = _records[_recordIdOf(tokenId)];
        TokenState memory state = _shown(tokenId);
        sections = sectionsOf(tokenId);
        bytes32 shares = keccak256(
            abi.encode(
                owner,
                record.sections,
                record.detached,
                record.subjectBps,
                record.sourceBps,
                record.hostBps
            )
        );
        bytes32 users = _usersOf(tokenId, sections & record.used);
        hash = keccak256(abi.encode(shares, state.keyEpoch, state.pendingEpoch, state.rekey, users));
    }

    /// The hash of who uses some sections now, and until when; zero for none.
    function _usersOf(uint256 tokenId, uint256 mask) private view returns (bytes32 users) {
        for (uint256 code = 1; mask >> code != 0; ++code) {
            if (mask >> code & 1 == 0) continue;
            User memory known = _users[_tokenOf(_recordIdOf(tokenId)) | code];
            users = keccak256(abi.encode(users, code, _userOf(known), known.expires));
        }
    }

    function supportsInterface(bytes4 id) public view override(ERC721, IERC165) returns (bool) {
        return id == type(IERC2981).interfaceId || id == bytes4(0x49064906)
            || id == type(IERC4907).interfaceId || id == type(IERC5192).interfaceId
            || id == type(IERC5646).interfaceId || super.supportsInterface(id);
    }
}
