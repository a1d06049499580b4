"""What can be wrong with a record, its parts and its files."""

from salus.kernel.errors import SalusError


class UnknownRecord(SalusError):
    """There is no record {record} in this home."""

    hint = "List the records with `salus records`."
    status = 404


class UnknownSection(SalusError):
    """This record has no section {section}; it has: {known}."""

    hint = "Take one of those names."
    status = 404


class UnknownResource(SalusError):
    """The record has no resource {resource}."""

    hint = "Name it as `Type/id`; `salus open` shows what a section holds."
    status = 404


class InvalidResource(SalusError):
    """{fault} It stands at {where}."""

    hint = "{advice} Then import the file again."
    status = 422


class HandleTaken(SalusError):
    """The record handle is taken."""

    hint = "Import again: a new handle is drawn."
    status = 409


class NotSource(SalusError):
    """{signer} is not the source of this record."""

    hint = "Only the organization that wrote a record adds to it."
    status = 403


class StaleRoot(SalusError):
    """The record moved on the ledger meanwhile."""

    hint = "Import again: the change is made on the newest version."
    status = 409


class BodyDoesNotMatch(SalusError):
    """What was opened is not what the source committed to ({step})."""

    hint = "Do not use it. Tell the source of the record, and try another gateway."
    status = 409
