// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IOrganizations, KeyUse} from "../identity/IOrganizations.sol";
import {Actor, Intent} from "../identity/IIntentGuard.sol";
import {IntentGuard} from "../identity/IntentGuard.sol";
import {Roles} from "../identity/Roles.sol";
import {IQuorum} from "./IQuorum.sol";
import {IRecordRegistry, Record, Registration, Rekey, Version} from "./IRecordRegistry.sol";

/// @title See {IRecordRegistry}
contract RecordRegistry is IRecordRegistry, IERC4906, IntentGuard, ERC721 {
    uint256 private constant MAX_VERSIONS = 128;
    uint16 private constant MIN_SUBJECT_BPS = 500;
    uint16 private constant MAX_SOURCE_BPS = 2_000;
    uint16 private constant MAX_HOST_BPS = 500;
    uint16 private constant MAX_SUM_BPS = 4_000;

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

    bytes32 private constant ROTATE =
        keccak256("Rotate(uint128 recordId,uint256 nonce,uint64 deadline)");
    bytes32 private constant REKEY = keccak256(
        "Rekey(uint256 tokenId,uint24 epoch,bytes32 oldRoot,bytes32 newRoot,address receiver,"
        "bytes32 receiverKeyHash,bytes32 sealedKeyHash,uint64 deadline)"
    );

    IOrganizations private immutable ORGANIZATIONS;
    IQuorum private immutable QUORUM;
    mapping(uint128 recordId => Record) private _records;

    /// @param quorum knows the custodians of a record; it is deployed after this contract
    constructor(IOrganizations organizations, IQuorum quorum)
        IntentGuard("RecordRegistry")
        ERC721("Salus Record", "SALUS")
    {
        ORGANIZATIONS = organizations;
        QUORUM = quorum;
    }

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
        Record storage record = _records[registration.recordId];
        if (record.source != address(0)) revert RecordRegistry_HandleTaken(registration.recordId);

        record.source = source;
        record.subject = registration.subject;
        record.host = registration.host;
        record.sourceBps = registration.sourceBps;
        record.hostBps = registration.hostBps;
        record.subjectBps = registration.subjectBps;
        emit RecordRegistered(registration.recordId, source, registration.subject);
        _mint(registration.subject, _tokenOf(registration.recordId));
    }

    function _checkShares(Registration calldata registration) private pure {
        uint256 sum =
            uint256(registration.sourceBps) + registration.hostBps + registration.subjectBps;
        bool isGood = registration.subjectBps >= MIN_SUBJECT_BPS
            && registration.sourceBps <= MAX_SOURCE_BPS && registration.hostBps <= MAX_HOST_BPS
            && sum <= MAX_SUM_BPS;
        if (!isGood) revert RecordRegistry_BadShares(sum);
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
        Record storage record = _records[version.recordId];
        if (record.source == address(0)) revert RecordRegistry_UnknownRecord(version.recordId);
        if (record.source != source) revert RecordRegistry_NotSource(source);
        if (version.version != record.version + 1) {
            revert RecordRegistry_StaleVersion(version.version, record.version);
        }
        if (version.previousRoot != record.root) {
            revert RecordRegistry_StaleRoot(version.previousRoot, record.root);
        }
        if (version.epoch != record.keyEpoch) {
            revert RecordRegistry_StaleEpoch(version.epoch, record.keyEpoch);
        }
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

    /* KEYS */

    /// @inheritdoc IRecordRegistry
    function rotate(uint128 recordId, Actor calldata by) external {
        Intent calldata intent = by.intent;
        bytes32 structHash = keccak256(abi.encode(ROTATE, recordId, intent.nonce, intent.deadline));
        address signer = _accept(intent, structHash);
        Record storage record = _records[recordId];
        if (record.source == address(0)) revert RecordRegistry_UnknownRecord(recordId);
        if (
            signer != record.subject
                && ORGANIZATIONS.actingFor(signer, KeyUse.Attest, Roles.SOURCE) != record.source
        ) revert RecordRegistry_NotSource(signer);
        uint256 tokenId = _tokenOf(recordId);
        if (record.pendingEpoch != 0) revert RecordRegistry_RekeyPending(tokenId);

        record.pendingEpoch = record.keyEpoch + 1;
        emit RekeyRequested(tokenId, record.pendingEpoch, _ownerOf(tokenId));
    }

    /// @inheritdoc IRecordRegistry
    function completeRekey(Rekey calldata rekey, bytes[] calldata signatures) external {
        uint256 tokenId = rekey.tokenId;
        _requireOwned(tokenId);
        Record storage record = _records[uint128(tokenId >> 8)];
        if (block.timestamp > rekey.deadline) revert RecordRegistry_RekeyLate(rekey.deadline);
        if (rekey.epoch == 0 || rekey.epoch != record.pendingEpoch) {
            revert RecordRegistry_StaleEpoch(rekey.epoch, record.pendingEpoch);
        }
        if (rekey.oldRoot != record.root) {
            revert RecordRegistry_StaleRoot(rekey.oldRoot, record.root);
        }
        _checkReceiver(rekey);
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(REKEY, rekey)));
        if (!QUORUM.verify(tokenId, digest, signatures)) {
            revert RecordRegistry_TooFewSignatures(tokenId);
        }

        (record.keyEpoch, record.pendingEpoch) = (rekey.epoch, 0);
        record.root = rekey.newRoot;
        emit Rekeyed(tokenId, rekey.epoch, rekey.newRoot, rekey.sealedKeyHash);
        emit MetadataUpdate(tokenId);
    }

    function _checkReceiver(Rekey calldata rekey) private view {
        address owner = _ownerOf(rekey.tokenId);
        bool isKey = rekey.receiverKeyHash == ORGANIZATIONS.keyHashOf(rekey.receiver, KeyUse.Reader);
        if (rekey.receiver != owner || !isKey) {
            revert RecordRegistry_NotReceiver(rekey.receiver, owner);
        }
    }

    /* VIEWS */

    /// @inheritdoc IRecordRegistry
    function recordOf(uint128 recordId) external view returns (Record memory) {
        return _records[recordId];
    }

    /// @inheritdoc IRecordRegistry
    function subjectOf(uint128 recordId) external view returns (address) {
        return _records[recordId].subject;
    }

    /// @inheritdoc IRecordRegistry
    function sourceOf(uint128 recordId) external view returns (address) {
        return _records[recordId].source;
    }

    /// @inheritdoc IRecordRegistry
    function keyEpochOf(uint256 tokenId) external view returns (uint24) {
        _requireOwned(tokenId);
        return _records[uint128(tokenId >> 8)].keyEpoch;
    }

    function supportsInterface(bytes4 id) public view override(ERC721, IERC165) returns (bool) {
        return id == bytes4(0x49064906) || super.supportsInterface(id);
    }

    function _update(address to, uint256 tokenId, address auth)
        internal
        override
        returns (address)
    {
        if (_ownerOf(tokenId) != address(0)) {
            revert RecordRegistry_Locked(tokenId);
        }
        return super._update(to, tokenId, auth);
    }

    function _tokenOf(uint128 recordId) private pure returns (uint256) {
        return uint256(recordId) << 8;
    }
}
