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

/// `detached` has a bit for each section that is a token of its own. `keyEpoch` counts how often the
/// keys of the record's token were changed; `pendingEpoch` is the one that a change in progress leads
/// to, zero when there is none.
struct Record {
    address subject;
    uint32 version;
    uint16 sections;
    uint16 detached;
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

/// Where a token is on its way to new keys. `SalePending`: the owner changes with the new keys, in one
/// step. `RekeyPending`: the new keys are asked for and everything else has happened.
enum RekeyState {
    None,
    SalePending,
    RekeyPending
}

/// What holds for one token, a record's or that of a detached section.
/// @param locker the contract that alone may move it; zero when it is free
/// @param rekeyDeadline until when a sale has to be completed (seconds); zero without a sale
struct TokenState {
    address locker;
    uint24 keyEpoch;
    uint24 pendingEpoch;
    RekeyState rekey;
    uint40 rekeyDeadline;
}

/// Who is paid a share of what a record earns.
enum Payee {
    Subject,
    Source,
    Host
}

/// Who shares what a record earns, and how much of it (basis points). The host may be nobody, and is
/// where it has no share.
struct Payees {
    address subject;
    address source;
    address host;
    uint16 subjectBps;
    uint16 sourceBps;
    uint16 hostBps;
}

/// A change of all keys of a record, as its custodians sign it: they hold the shares of the new
/// epoch, and the new root differs from the old one in encrypted objects only.
/// @param receiver who owns the token or bought it; `receiverKeyHash` the hash of the key
/// that things are sealed to for him, zero for whoever is no organization
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
/// @notice `subject` consents, reads and erases, and no function moves it. The owner of a token
/// licenses and earns. The token of a record is `recordId << 8`; that of a section adds the code of
/// the section, 1 to 15, and exists while the section is detached.
///
/// A token is *locked* while it has a locker, is pledged or is being sold: nobody transfers, divides,
/// recombines, sells or pledges it. While new keys are pending there are no new licenses either.
interface IRecordRegistry {
    event RecordRegistered(uint128 indexed recordId, address indexed source, address subject);
    event VersionAdvanced(
        uint128 indexed recordId, uint32 version, uint16 sections, uint24 epoch, bytes32 root
    );

    event SectionsDetached(uint128 indexed recordId, uint16 mask);
    event SectionsAttached(uint128 indexed recordId, uint16 mask);
    event ShareLowered(uint128 indexed recordId, Payee payee, uint16 bps);
    event HostChanged(uint128 indexed recordId, address host);

    /// @param deadline of a sale (seconds); zero where there is none
    event RekeyRequested(uint256 indexed tokenId, uint24 epoch, address receiver, uint40 deadline);
    event RekeyAborted(uint256 indexed tokenId, uint24 epoch);
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
    error RecordRegistry_NotModule(address caller);
    error RecordRegistry_NotOwner(uint256 tokenId, address signer);
    error RecordRegistry_NotPledged(uint256 tokenId);
    error RecordRegistry_NotPayee(uint128 recordId, address signer);
    error RecordRegistry_NotDetached(uint16 mask);
    error RecordRegistry_ShareRaised(uint16 given, uint16 current);
    error RecordRegistry_NoRekey(uint256 tokenId);
    error RecordRegistry_UserUnexpired(uint256 sectionId, uint64 until);

    /// Mints the record to its subject; the call attests, the subject's intent accepts.
    /// @param subject signs `AcceptRegistration(Registration registration,...)` as the account
    /// `registration.subject` (ERC-1271)
    /// @param by an attest key of an active source
    function register(
        Registration calldata registration,
        Intent calldata subject,
        Actor calldata by
    ) external;

    /// Moves up to 128 records to their next version; by an attest key of their source. The epoch of a
    /// version is that of the record's token, or the one that is pending there without a sale.
    function advance(Version[] calldata versions, Actor calldata by) external;

    /* SHARES */

    /// Lowers a share of income for good, after what was earned before is settled. The subject's share
    /// never falls below its floor.
    /// @param by the payee: the subject, an acting key of the source, or the host
    function lowerShare(uint128 recordId, Payee payee, uint16 bps, Intent calldata by) external;

    /// Names who keeps the encrypted objects and earns the host's share; by the subject.
    function setHost(uint128 recordId, address host, Intent calldata by) external;

    /* DIVIDE AND RECOMBINE */

    /// Makes tokens of sections, with the key epoch of the record; income of these sections, also from
    /// licenses sold before, belongs to them from now on. The emergency summary (14) stays with its
    /// record. By the owner of the record's token.
    function detach(uint128 recordId, uint16 mask, Intent calldata by) external;

    /// Burns section tokens whose owner also owns the record's token, and asks for new keys in an epoch
    /// above all of theirs; until these are in force each section has its own. By that owner.
    function attach(uint128 recordId, uint16 mask, Intent calldata by) external;

    /// The signed form of `transferFrom`: settles income to the owner, moves the token, and asks for new
    /// keys. By the owner.
    function transfer(uint256 tokenId, address to, Intent calldata by) external;

    /* KEYS */

    /// Asks for new keys for all that a token controls, because an old one may be known to somebody.
    /// Nothing changes until {completeRekey}; versions go on under the old keys or the pending ones.
    /// @param by an attest key of the source, or the account that is the subject
    function rotate(uint256 tokenId, Actor calldata by) external;

    /// Puts the new keys in force: the epoch and the root change in one step. By anybody, where new keys
    /// are pending without a sale.
    /// @param rekey of the present root and the pending epoch
    /// @param signatures of as many custodians of the record as its set needs, over `Rekey(...)`
    function completeRekey(Rekey calldata rekey, bytes[] calldata signatures) external;

    /* SALES; BY THE EXCHANGE */

    /// Locks a token for a sale and asks for new keys for its buyer.
    function beginRekey(uint256 tokenId, address receiver, uint40 deadline) external;

    /// Ends a sale that was not completed in time; its epoch number is never used again.
    function abortRekey(uint256 tokenId) external;

    /// As {completeRekey}, and settles income to the seller and moves the token to the buyer.
    function completeSale(Rekey calldata rekey, bytes[] calldata signatures) external;

    /// Names the exclusive user of a section until `expires` (ERC-4907). One that is unexpired stays,
    /// though his time may change.
    function setUser(uint256 sectionId, address user, uint64 expires) external;

    /* PLEDGES; BY THE LENDING */

    /// Locks a free token: it stays its owner's, who moves and changes it no more. Keys and income are
    /// not concerned.
    function pledge(uint256 tokenId) external;

    /// Ends a pledge. For the owner, as if nothing had been; to anybody else like a transfer, but that
    /// the lending has settled its income in the same transaction.
    function release(uint256 tokenId, address to) external;

    /* VIEWS */

    function recordOf(uint128 recordId) external view returns (Record memory);
    function subjectOf(uint128 recordId) external view returns (address);
    function sourceOf(uint128 recordId) external view returns (address);
    function hostOf(uint128 recordId) external view returns (address);
    function payeesOf(uint128 recordId) external view returns (Payees memory);

    /// The key epoch of a token; of a section that is not detached, that of its record, or its own last
    /// one until the record has new keys after a recombination. Zero when there is none.
    function keyEpochOf(uint256 tokenId) external view returns (uint24);
    function tokenStateOf(uint256 tokenId) external view returns (TokenState memory);

    /// The token that controls a section and earns its income: its own when it is detached, else that
    /// of its record.
    function controllerOf(uint256 sectionId) external view returns (uint256 tokenId);

    /// The sections whose income a token earns: a record's without the detached ones, or the one.
    function sectionsOf(uint256 tokenId) external view returns (uint16 mask);

    /// What is looked at before a license is sold.
    /// @return sections as {sectionsOf}
    /// @return used the sections of the record that ever had an exclusive user
    /// @return rekeying as {isRekeying}
    function licensingOf(uint256 tokenId)
        external
        view
        returns (uint16 sections, uint16 used, bool rekeying);

    /// The hash of who earns how much of what a token earns, and who else could take part: its owner,
    /// sections, detached sections, shares, key epoch, state of new keys, exclusive users. New data does
    /// not change it.
    /// @return hash and `sections` as {sectionsOf}
    function collateralOf(uint256 tokenId) external view returns (bytes32 hash, uint16 sections);

    /// Whether a token may not be transferred, divided, recombined, sold or pledged.
    function isLocked(uint256 tokenId) external view returns (bool);

    /// Whether new keys are asked for, with a sale or without.
    function isRekeying(uint256 tokenId) external view returns (bool);

    /// The form of ERC-721: who licenses and earns, also while the token is pledged.
    function ownerOf(uint256 tokenId) external view returns (address);

    /// For whom new keys are made: the buyer while the token is being sold, else {ownerOf}.
    function receiverOf(uint256 tokenId) external view returns (address);
}
