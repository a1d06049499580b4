"""What can be wrong with who allows what."""

from salus.kernel.clock import moment, stamp
from salus.kernel.errors import Detail, SalusError


class UnknownRecord(SalusError):
    """Nobody controls the record."""

    hint = "Import the record first: that enrolls its patient."
    status = 404


class UnknownGrant(SalusError):
    """There is no grant {grant}."""

    hint = "List the grants of a record with `salus grants RECORD`."
    status = 404


class NotController(SalusError):
    """Only the patient, or who acts for them, may do this; {signer} is neither."""

    hint = "Sign with the key that controls the record."
    status = 403


class BadState(SalusError):
    """The grant is not in a state that allows this."""

    hint = "Look at its state with `salus grants RECORD`."
    status = 409


class BadWindow(SalusError):
    """A grant or a delegation ends after now and within ten years."""

    hint = "Give --until a date from tomorrow to ten years from now, such as 2027-12-31."
    status = 422


class OnlyRestricted(SalusError):
    """All that the record holds in the section {section} is labeled restricted."""

    hint = "Add --restricted when the patient wants to share that as well."
    status = 422


class UnknownPurpose(SalusError):
    """There is no purpose {purpose}."""

    hint = "Take TREAT, HPAYMT, HOPERAT, HRESCH, CLINTRCH, PUBHLTH, PATRQT, FAMRQT or HMARKT."
    status = 422


class AlreadyExists(SalusError):
    """That was done already."""

    hint = "Nothing is to be done."
    status = 409


class ConsentNotUnderstood(SalusError):
    """The Consent says at {element} what a grant cannot keep."""

    hint = "Say it in the elements that docs/reference names, or leave it out."
    status = 422


class WalletMissing(SalusError):
    """The key that controls this record is not in this home."""

    hint = "Use the home in which the record was made, or the patient's own wallet."
    status = 404


class Erased(SalusError):
    """The record was erased."""

    hint = "Nothing can be done with it any more; only its account can still take its income."
    status = 410


class NotGuardian(SalusError):
    """{signer} is no present guardian of the record."""

    hint = "Look who they are with `salus guardians RECORD`."
    status = 403


class BadController(SalusError):
    """{controller} cannot come to control the record."""

    hint = "Name a fresh key: not nobody, not who controls it now, not the record's own account."
    status = 422


class BadThreshold(SalusError):
    """The threshold {threshold} is none, or more than there are keys."""

    hint = "Ask for at least one key and at most for all of them."
    status = 422


class TooMany(SalusError):
    """{count} are too many; there can be {most}."""

    hint = "Name fewer."
    status = 422


class SameSigner(SalusError):
    """{signer} cannot count twice."""

    hint = "Each of those who are needed signs once, and each is another."
    status = 409


class RecoveryPending(SalusError):
    """A recovery of the record runs."""

    hint = "The controller can end it with `salus recover cancel RECORD`."
    status = 409


class NothingPending(SalusError):
    """Nothing waits for the record: no recovery and no change of guardians."""

    hint = "Look with `salus recover status RECORD` and `salus guardians RECORD`."
    status = 409


class TooEarly(SalusError):
    """This can be done from {at} on."""

    hint = "Wait until then. Until then the controller can end the recovery."
    status = 409

    def __init__(self, **details: Detail) -> None:
        """`at` comes from the ledger in seconds and is told as a time."""
        at = details.get("at")
        super().__init__(**details | ({"at": stamp(moment(at))} if isinstance(at, int) else {}))


class UnknownPower(SalusError):
    """There are no powers {powers}."""

    hint = "Take read, grant, revoke, approve, notify, separated by commas."
    status = 422


class PowerMissing(SalusError):
    """{signer} has not the power that this needs."""

    hint = "Let the controller sign, or a delegate who has that power now."
    status = 403


class UnknownDelegate(SalusError):
    """{delegate} is no delegate for the record."""

    hint = "List them with `salus delegates RECORD`."
    status = 404


class NotLicensable(SalusError):
    """There is a section among these that is never licensed."""

    hint = "Take the codes 1 to 13 and 15; the emergency summary, 14, is for care only."
    status = 422


class NotClosed(SalusError):
    """The section is open for licenses."""

    hint = "Nothing is to be done."
    status = 409


class TooOften(SalusError):
    """The section was reopened as often as can be, and stays closed."""

    hint = "Its data can be licensed again in a new record only."
    status = 409


class UnknownOpening(SalusError):
    """There is no emergency {id} on the ledger."""

    hint = "List those of this node with `salus notices`."
    status = 404


class ForeignId(SalusError):
    """The id of an emergency begins with the address of its clinician, not with another's."""

    hint = "Draw a new id for the clinician who signs."
    status = 422


class NotClinician(SalusError):
    """{signer} is no clinician of the emergency hospital {site}."""

    hint = "Let a clinician of that hospital sign; governors give the role of emergencies."
    status = 403


class NotPrivacyOfficer(SalusError):
    """{signer} is no privacy officer for the hospital {site}."""

    hint = "Let the privacy office sign that governors have linked to the hospital."
    status = 403


class NotAuthority(SalusError):
    """{caller} is not the contract that knows which records are erased."""

    hint = "Erase the record: its sections are shut with it."


class EmergencyForbidden(SalusError):
    """The patient does not allow this in an emergency."""

    hint = "Ask for the emergency card, or for what the patient's policy leaves open."
    status = 403


class OpeningEnded(SalusError):
    """The emergency {id} is over."""

    hint = "Open again when the emergency goes on."
    status = 409


class AlreadyReviewed(SalusError):
    """The emergency {id} was reviewed before, or there is nothing to review."""

    hint = "Nothing is to be done."
    status = 409


class AlreadyWide(SalusError):
    """The emergency {id} releases the whole record already."""

    hint = "Nothing is to be done."
    status = 409


class BadTime(SalusError):
    """A card cannot have been used in the future."""

    hint = "Give the time at which it was read; correct the clock if it stays."
    status = 422


class UnknownRule(SalusError):
    """The record has no such rule."""

    hint = "Make it first with `salus rule RECORD`."
    status = 404


class UnknownPolicy(SalusError):
    """A policy is published for something: wording, a limit of the law, or a profile."""

    hint = "Say what it is for."
    status = 422


class UnknownCondition(SalusError):
    """There is no condition {condition}."""

    hint = "Take one of the contracts of this network, such as `OrganizationActive`."
    status = 404


class NotAToken(SalusError):
    """{conditionKey} names no token and key epoch."""

    hint = "The token stands left of 24 bits for the epoch; both fill 20 bytes."
    status = 422


class AlreadyApproved(SalusError):
    """{signer} has agreed to this already."""

    hint = "Let another of the approvers agree."
    status = 409


class NotApprover(SalusError):
    """{signer} is no approver of the rule."""

    hint = "Let one sign whom the rule of the record names."
    status = 403


class NotGovernor(SalusError):
    """{signer} is no admin key of a governor."""

    hint = "Ask one of the organizations that govern the network."
    status = 403


class NotReporter(SalusError):
    """{signer} is not the one whose report counts for this grant."""

    hint = "Let the key or the organization report that the grant names."
    status = 403


class BadApprover(SalusError):
    """{approver} cannot be an approver: nobody, twice the same, or the controller's own key."""

    hint = "Name each approver once, and the patient as `patient`."
    status = 422


class BadPurposes(SalusError):
    """These purposes are not those of a grant."""

    hint = "Name at least one purpose in a permit; BTG is only for a denial."
    status = 422


class WrongEffect(SalusError):
    """A permit and a denial do not end alike: one is revoked, the other lifted."""

    hint = "Use `salus revoke` for a permit and `salus lift` for a denial."
    status = 409


class ConditionNotApproved(SalusError):
    """The condition {condition} is not one that governors approved."""

    hint = "Take a condition that is approved on this network, or ask a governor."
    status = 422


class NotAnOrganization(SalusError):
    """The key of the condition is not the address of an organization."""

    hint = "Give the address, 0x and 40 hex digits."
    status = 422


class SeveralRules(SalusError):
    """These sections are under different rules."""

    hint = "Name the sections of one rule at a time."
    status = 422


class UnknownLabel(SalusError):
    """There is no security label {label}."""

    hint = "Take {known}."
    status = 422


class ApproversMissing(SalusError):
    """A rule needs approvers."""

    hint = "Name them with --approvers, or take the sections from their rule with --none."
    status = 422


class UnclearTrigger(SalusError):
    """A trigger is who reports it and a name of at most 64 characters."""

    hint = "Write it as REPORTER:NAME, such as clinic:surgery-done; commas separate several."
    status = 422


class SameTrigger(SalusError):
    """Two triggers of the grant have the same name."""

    hint = "Give each a name of its own: a report says the name only."
    status = 422


class UnknownTrigger(SalusError):
    """The grant has no trigger of that name."""

    hint = "List them with `salus triggers GRANT`."
    status = 404


class UnknownKind(SalusError):
    """There are no policies for {kind}."""

    hint = "Take wording, legal-limit or profile."
    status = 422


class ComplaintAnswered(SalusError):
    """This complaint has its answer already."""

    hint = "Answers stay as they are. The patient may complain again."
    status = 409
