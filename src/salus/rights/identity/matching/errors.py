"""What can be wrong with a link between two records, and with a question for a match."""

from salus.kernel.errors import SalusError


class UnknownPerson(SalusError):
    """No person is known here under {record}."""

    hint = "Name a record of `salus records`, or a file with a FHIR Patient."
    status = 404


class NoPatient(SalusError):
    """There is no Patient in {file}."""

    hint = "Give a FHIR R4 Patient, a Bundle or NDJSON that holds one."
    status = 422


class SameRecord(SalusError):
    """Both names lead to the record {record}."""

    hint = "Name two records."
    status = 422


class AlreadyLinked(SalusError):
    """These two records are linked already."""

    hint = "Nothing is to be done; `salus match unlink` takes a link back."
    status = 409


class NotLinked(SalusError):
    """There is no link between these two records."""

    hint = "Name the two records that were linked to each other."
    status = 409


class KnownApart(SalusError):
    """Somebody confirmed that {left} and {right} are two people."""

    hint = "Look at both again. To link these two after all, link exactly them first."
    status = 409


class StillLinked(SalusError):
    """These two records are linked, directly or through others."""

    hint = "Take the link back first, with `salus match unlink`."
    status = 409


class BadReason(SalusError):
    """A reason has 3 to {most} characters."""

    hint = "Say briefly what was seen, without the name or a number of the person."
    status = 422


class LinkLogDamaged(SalusError):
    """The event {number} of the links is not what was signed."""

    hint = "Restore the database from its backup, and look for who changed it."
    status = 500


class BadMatchKey(SalusError):
    """There is no key for matching in {file}."""

    hint = "Make one with `salus match key`, or ask the other organization for the file."
    status = 422


class BadEncodings(SalusError):
    """{file} holds no codes of people, or no answer to them."""

    hint = "Give the files that `salus match encode` and `salus match compare` wrote."
    status = 422


class NotSameKey(SalusError):
    """The two files were not made under the same key."""

    hint = "Both organizations encode again, under the key that they agreed on."
    status = 409


class SameFile(SalusError):
    """Both names lead to the file {file}."""

    hint = "Give the files of two organizations."
    status = 422


class DecidedMeanwhile(SalusError):
    """Somebody has decided about these two records meanwhile."""

    hint = "Below is what was decided, and what you typed is still there. Look at both again."
    status = 409
