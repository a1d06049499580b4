// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Actor, Intent} from "../identity/IIntentGuard.sol";

/// What a source registers and the subject accepts: the handle, the source itself, so that no other
/// can use the acceptance, the host and the shares of income.
/// Shares are basis points: subject at least 500, source at most 2,000, host at most 500, and
/// at most 4,000 together.
struct Registration {
    uint128 recordId;
    address source;
    address subject;
    address host;
    uint16 sourceBps;
    uint16 hostBps;
    uint16 subjectBps;
}

/// One step of a record: from the root before to the root after.
struct Version {
    uint128 recordId;
    uint32 version;
    bytes32 previousRoot;
    bytes32 root;
    uint16 sections;
    uint24 epoch;
}

/// `keyEpoch` counts how often all keys were changed; `pendingEpoch` is the one that a change in
/// progress leads to, zero when there is none.
struct Record {
    address subject;
    uint32 version;
    uint16 sections;
    uint24 keyEpoch;
    uint24 pendingEpoch;
    address source;
    uint16 sourceBps;
    uint16 hostBps;
    uint16 subjectBps;
    uint40 anchoredAt;
    address host;
    bytes32 root;
}

/// A change of all keys of a record, as its custodians sign it: they hold the shares of the new
/// epoch, and the new root differs from the old one in encrypted objects only.
/// @param receiver the owner of the token, `receiverKeyHash` the hash of the key that things are
/// sealed to for him, zero for whoever is no organization
/// @param sealedKeyHash binds the new dealings
struct Rekey {
    uint256 tokenId;
    uint24 epoch;
    bytes32 oldRoot;
    bytes32 newRoot;
    address receiver;
    bytes32 receiverKeyHash;
    bytes32 sealedKeyHash;
    uint64 deadline;
}

/// @title Records as tokens: one subject at one source
/// @notice `subject` consents, reads and erases, and no function moves it. The owner of the token
/// licenses and earns. A token is `recordId << 8`; transfers come with the re-key of a sale and
/// are refused until then.
interface IRecordRegistry {
    event RecordRegistered(uint128 indexed recordId, address indexed source, address subject);
    event VersionAdvanced(
        uint128 indexed recordId, uint32 version, uint16 sections, uint24 epoch, bytes32 root
    );

    event RekeyRequested(uint256 indexed tokenId, uint24 epoch, address receiver);
    event Rekeyed(uint256 indexed tokenId, uint24 epoch, bytes32 root, bytes32 sealedKeyHash);

    error RecordRegistry_NotSource(address signer);
    error RecordRegistry_NotSubject(address signer);
    error RecordRegistry_OpeningPaused();
    error RecordRegistry_HandleTaken(uint128 record);
    error RecordRegistry_UnknownRecord(uint128 record);
    error RecordRegistry_BadShares(uint256 sum);
    error RecordRegistry_Locked(uint256 tokenId);
    error RecordRegistry_StaleEpoch(uint24 given, uint24 current);
    error RecordRegistry_StaleRoot(bytes32 given, bytes32 current);
    error RecordRegistry_StaleVersion(uint32 given, uint32 current);
    error RecordRegistry_SectionMissing(uint16 sections);
    error RecordRegistry_TooMany(uint256 versions);
    error RecordRegistry_RekeyPending(uint256 tokenId);
    error RecordRegistry_NotReceiver(address given, address current);
    error RecordRegistry_RekeyLate(uint64 deadline);
    error RecordRegistry_TooFewSignatures(uint256 tokenId);

    /// Mints the record to its subject; the call attests, the subject's intent accepts.
    /// @param subject signs `AcceptRegistration(Registration registration,...)` as the account
    /// `registration.subject` (ERC-1271)
    /// @param by an attest key of an active source
    function register(
        Registration calldata registration,
        Intent calldata subject,
        Actor calldata by
    ) external;

    /// Moves up to 128 records to their next version; by an attest key of their source.
    function advance(Version[] calldata versions, Actor calldata by) external;

    /// Asks for new keys for all of a record, because an old one may be known to somebody. Nothing
    /// changes until {completeRekey}; versions go on under the old keys.
    /// @param by an attest key of the source, or the account that is the subject
    function rotate(uint128 recordId, Actor calldata by) external;

    /// Puts the new keys in force: the epoch and the root change in one step. By anybody.
    /// @param rekey of the present root and the pending epoch
    /// @param signatures of as many custodians of the record as its set needs, over `Rekey(...)`
    function completeRekey(Rekey calldata rekey, bytes[] calldata signatures) external;

    function recordOf(uint128 recordId) external view returns (Record memory);
    function subjectOf(uint128 recordId) external view returns (address);
    function sourceOf(uint128 recordId) external view returns (address);
    function keyEpochOf(uint256 tokenId) external view returns (uint24);
}
