"""What can be wrong with a file on its way in."""

from salus.kernel.errors import SalusError


class FileMissing(SalusError):
    """There is no file {file}."""

    hint = "Check the path."
    status = 404


class NotFhir(SalusError):
    """{where} is not a FHIR resource: it has no resourceType."""

    hint = "Give FHIR R4 JSON: a Bundle, NDJSON with one resource a line, or a single resource."


class BundleNotTaken(SalusError):
    """A Bundle of type {type} cannot be imported."""

    hint = "Give a Bundle of type transaction, batch, collection or searchset."


class TypeNotStored(SalusError):
    """{where}: resources of type {type} are not part of a record."""

    hint = "Take the resource out of the file."


class IdMissing(SalusError):
    """{where} has neither an id nor a fullUrl."""

    hint = "Give the resource an id: without one its next version cannot be recognized."


class ReferenceUnresolved(SalusError):
    """{where} refers to something that is neither in this import nor in this home."""

    hint = "Import the file that holds it in the same command, or before this one."


class ReferenceMisleads(SalusError):
    """{where} refers to a resource of type {type}, which may not stand there."""

    hint = "Refer to a resource of a type that FHIR R4 names for this element."


class PatientUnknown(SalusError):
    """{where} does not say whose record it belongs to."""

    hint = "Give it a subject or patient that refers to a Patient, or import it with its Bundle."


class TwiceInFile(SalusError):
    """{where}: the same resource stands twice in this file."""

    hint = "Keep the newer of the two."


class TooManyEntries(SalusError):
    """The Bundle has more than {limit} entries."""

    hint = "Split it, or give NDJSON."
    status = 413


class UnderRule(SalusError):
    """What is to be shared lies in a section that opens only when several people agree."""

    hint = "Grant the section with `salus grant`, and let its approvers approve."
    status = 409


class SeveralPatients(SalusError):
    """This file is not about one patient alone."""

    hint = "Give the file of one patient; several at once are for `salus import`."
    status = 422


class OtherPatient(SalusError):
    """This file is about another patient. Nothing of it was taken."""

    hint = "Open the page of that patient, or choose the right file."
    status = 422


class KnownPatient(SalusError):
    """This patient has a record here already."""

    hint = "Search for the patient, open the page, and add the file there."
    status = 409
