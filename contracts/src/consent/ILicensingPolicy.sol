// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../identity/IIntentGuard.sol";

/// What of a record may be licensed at all. `mask` has a bit for each section code (1 to 15, but not
/// 14, the emergency summary); bit n of `duo` means DUO:00000nn; `uses` and `regions` have a bit for
/// each use and region that exchange defines. `seq` counts the changes; 0 before the first.
struct Policy {
    uint16 mask;
    uint64 duo;
    uint16 uses;
    uint16 regions;
    uint32 seq;
}

/// @title What may be licensed, by the word of the patient
/// @notice A section's number is the record shifted left by eight bits, plus the section's code. Its
/// gate is open from the start; what the policy does not allow is not licensed all the same. Closing
/// a gate stops every license of its generation that second; reopening begins the next generation,
/// for new licenses only. Care is not concerned by any of this: grants live on.
interface ILicensingPolicy {
    event LicensingPolicySet(uint128 indexed record, Policy policy);
    event StandingSet(uint128 indexed record, bytes32 commitment, uint32 seq);
    event SectionClosed(uint136 indexed sectionId, uint8 generation);
    event SectionReopened(uint136 indexed sectionId, uint8 generation);

    error LicensingPolicy_UnknownRecord(uint128 record);
    error LicensingPolicy_Erased(uint128 record);
    error LicensingPolicy_PowerMissing(uint128 record, address signer, uint16 power);
    error LicensingPolicy_NotLicensable(uint256 mask);
    error LicensingPolicy_NotAuthority(address caller);
    error LicensingPolicy_NotClosed(uint136 sectionId);
    error LicensingPolicy_TooOften(uint136 sectionId);

    /// Says what may be licensed from now on; licenses that were issued are not concerned.
    /// @param by the controller, or a delegate with the power Grant
    function setPolicy(
        uint128 record,
        uint16 mask,
        uint64 duo,
        uint16 uses,
        uint16 regions,
        Intent calldata by
    ) external;

    /// Keeps the commitment to the terms under which orders may be accepted while the patient is
    /// away; zero for none. Terms of an earlier `seq` are worth nothing from then on.
    /// @param commitment salted
    /// @param by the controller, or a delegate with the power Grant
    function setStanding(uint128 record, bytes32 commitment, Intent calldata by) external;

    /// Closes a section for licenses, however often it was reopened; closing it again changes nothing.
    /// @param by the controller, or a delegate with the power Grant or the power Revoke
    function close(uint136 sectionId, Intent calldata by) external;

    /// Opens a closed section again, for new licenses; at most 255 times.
    /// @param by the controller, or a delegate with the power Grant
    function reopen(uint136 sectionId, Intent calldata by) external;

    /// Shuts every section of a record for ever, because it is erased; by the authority, once.
    function shut(uint128 record) external;

    /// The present generation of a section, and whether its gate is open; shut once the record is
    /// erased.
    function sectionGate(uint136 sectionId) external view returns (uint8 generation, bool open);

    /// As {sectionGate} of all sections of a record at once: the generations, eight bits for each code
    /// from 1 on, and a bit for each code whose gate is open.
    function gatesOf(uint128 record) external view returns (uint120 generations, uint16 open);

    /// When the licenses of a generation stopped (seconds); 0 when they did not.
    function closedAt(uint136 sectionId, uint8 generation) external view returns (uint64);

    function policy(uint128 record)
        external
        view
        returns (uint16 mask, uint64 duo, uint16 uses, uint16 regions, uint32 seq);

    /// What {policy} and {gatesOf} say together.
    function termsOf(uint128 record)
        external
        view
        returns (Policy memory terms, uint120 generations, uint16 open);

    /// The commitment to the standing terms, zero for none, and how often it changed.
    function standingOf(uint128 record) external view returns (bytes32 commitment, uint32 seq);
}
