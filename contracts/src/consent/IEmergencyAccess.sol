// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Intent} from "../identity/IIntentGuard.sol";

/// What a patient lets clinicians do in an emergency.
enum EmergencyPolicy {
    Allow,
    SummaryOnly,
    Forbid
}

/// What an opening releases; `Nothing` until a second clinician agrees.
enum Scope {
    Nothing,
    Summary,
    Record
}

enum Verdict {
    Justified,
    NotJustified,
    Unclear
}

/// One opening: by a clinician of a site, the organization he acts for. Times are in seconds;
/// `reviewedAt` and `second` are zero until there was a review, or another clinician signed.
struct BreakGlass {
    uint128 record;
    address site;
    address clinician;
    address second;
    Scope scope;
    uint64 openedAt;
    uint64 expiresAt;
    uint64 reviewedAt;
}

/// @title Opening a record in an emergency, without the patient's consent and never in silence
/// @notice A clinician of a hospital with the role EMERGENCY opens the summary of a record for four
/// hours; a second one of the same site widens it. A privacy office, an organization that governors
/// have linked to the site, reviews each opening within 24 hours. Who has a review overdue, or opens
/// a sixth time in 24 hours, needs the second clinician before anything is released.
/// @dev The first 20 bytes of an opening's id are its clinician's address: nobody can take the id
/// of another, and the id alone makes the intent count once.
interface IEmergencyAccess {
    event EmergencyPolicySet(uint128 indexed record, EmergencyPolicy policy);
    event BreakGlassOpened(
        bytes32 indexed id,
        uint128 indexed record,
        address indexed site,
        bytes32 reason,
        Scope scope,
        uint64 expiresAt
    );
    event BreakGlassWidened(
        bytes32 indexed id, uint128 indexed record, address second, Scope scope
    );
    event BreakGlassClosed(bytes32 indexed id, uint128 indexed record, address by);
    event BreakGlassReviewed(
        bytes32 indexed id, uint128 indexed record, address office, Verdict verdict, bytes32 finding
    );
    event OfflineCardUsed(
        bytes32 indexed id, uint128 indexed record, address indexed site, uint64 usedAt
    );

    error EmergencyAccess_UnknownRecord(uint128 record);
    error EmergencyAccess_UnknownOpening(bytes32 id);
    error EmergencyAccess_AlreadyExists(bytes32 id);
    error EmergencyAccess_ForeignId(bytes32 id, address signer);
    error EmergencyAccess_NotController(uint128 record, address signer);
    error EmergencyAccess_NotClinician(address site, address signer);
    error EmergencyAccess_NotPrivacyOfficer(address site, address signer);
    error EmergencyAccess_EmergencyForbidden(uint128 record);
    error EmergencyAccess_SameSigner(address signer);
    error EmergencyAccess_OpeningEnded(bytes32 id);
    error EmergencyAccess_AlreadyReviewed(bytes32 id);
    error EmergencyAccess_AlreadyWide(bytes32 id);
    error EmergencyAccess_Erased(uint128 record);
    error EmergencyAccess_BadTime(uint64 usedAt);

    /// Says what emergencies may do with a record, from this block on; by its controller.
    function setEmergencyPolicy(uint128 record, EmergencyPolicy policy, Intent calldata by) external;

    /// Opens the summary of a record for four hours.
    /// @param id the signer's address, then 12 random bytes
    /// @param site the organization he acts for, a hospital with the role EMERGENCY
    /// @param reason salted commitment to the code of the reason
    /// @param by a clinician: an act key of the site
    function breakGlass(
        bytes32 id,
        uint128 record,
        address site,
        bytes32 reason,
        Intent calldata by
    ) external;

    /// Takes an opening one step further: from nothing to the summary, from the summary to the
    /// record. Its end stays.
    /// @param by another clinician of the same site
    function widenBreakGlass(bytes32 id, Intent calldata by) external;

    /// Ends an opening early; by a clinician of its site, or the record's controller.
    function closeBreakGlass(bytes32 id, Intent calldata by) external;

    /// Says once whether an opening was justified.
    /// @param finding salted commitment to the text of the finding
    /// @param by an act key of a privacy office, an organization with the role PRIVACY that is
    /// linked to the site
    function reviewBreakGlass(bytes32 id, Verdict verdict, bytes32 finding, Intent calldata by)
        external;

    /// Records afterwards that the offline card of a record was read.
    /// @param id as of `breakGlass`
    /// @param usedAt not in the future
    /// @param by a clinician of the site
    function recordOfflineCard(
        bytes32 id,
        uint128 record,
        address site,
        uint64 usedAt,
        Intent calldata by
    ) external;

    /// What was opened, as it was signed; zeros when it was not.
    function breakGlassState(bytes32 id) external view returns (BreakGlass memory);

    /// What an opening releases now: nothing before a second where one is needed, after its end,
    /// when the clinician acts for the site no more, or when the record was erased; and never more
    /// than the policy of today.
    function scopeOf(bytes32 id) external view returns (Scope);

    function emergencyPolicyOf(uint128 record) external view returns (EmergencyPolicy);

    /// Whether an opening of this clinician waits for its review for more than 24 hours.
    function isReviewOverdue(address clinician) external view returns (bool);

    /// Whether an opening of this clinician would release nothing before a second one signs.
    function needsSecond(address clinician) external view returns (bool);
}
