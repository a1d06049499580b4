"""One file that somebody hands in at a page: what is wrong with it, whose it is, and taking it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from salus.kernel.ids import RecordId, record_text
from salus.rights.records import service as records
from salus.rights.records import tables as t
from salus.rights.records.errors import UnknownRecord
from salus.rights.records.validation import MAX_FINDINGS, validate
from salus.rights.records.wording import told
from salus.services.fhir.errors import KnownPatient, OtherPatient, SeveralPatients
from salus.services.fhir.files import Document
from salus.services.fhir.intake import Intake, prepare
from salus.services.fhir.service import Desk, finish, known_in, take

LARGEST = 24 * 2**20  # bytes of a file; more than that is for `salus import`
_LINES = (".ndjson", ".jsonl")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of a file, in words; no value of the patient is in it."""

    where: str
    fault: str
    advice: str


def uploaded(name: str, raw: bytes) -> Document:
    """A file that came with a form. Of its name only the ending is looked at."""
    ending = ".ndjson" if name.lower().endswith(_LINES) else ".json"
    return Document(Path(f"upload{ending}"), raw)


def faults(document: Document) -> list[Fault]:
    """Up to 100 faults. Raises what reading raises where it is no FHIR JSON at all."""
    return list(islice(_faults(document), MAX_FINDINGS))


def _faults(document: Document) -> Iterator[Fault]:
    for each in document.resources():
        if not each.is_removed:
            for finding in validate(each.value):
                yield Fault(f"{each.where}: {finding.path}", *told(finding))


def register(desk: Desk, document: Document) -> RecordId:
    """The record of a patient who is new here.

    Raises SeveralPatients, KnownPatient, and what an import raises.
    """
    finish(desk)  # what an interrupted import left to do
    intake = _prepared(desk, document)
    with desk.node.reading() as session:
        if records.version_of(session, _only_patient(intake)):
            raise KnownPatient
    return _take(desk, intake)


def add(desk: Desk, document: Document, record: RecordId) -> None:
    """The next version of a record; nothing happens where the file says nothing new.

    Raises OtherPatient, SeveralPatients, UnknownRecord, StaleRoot, and what an import raises.
    """
    finish(desk)
    with desk.node.reading() as session:
        subject = session.get(t.Subject, record_text(record))
        if subject is None:
            raise UnknownRecord(record=record_text(record))
        expected = subject.patient
    intake = _prepared(desk, document)
    if _only_patient(intake) != expected:
        raise OtherPatient
    _take(desk, intake)


def _prepared(desk: Desk, document: Document) -> Intake:
    with desk.node.reading() as session:
        return prepare(document.resources(), known_in(session, desk), lambda _: False)


def _only_patient(intake: Intake) -> str:
    patients = {each.patient for each in intake.prepared}
    if len(patients) != 1:
        raise SeveralPatients
    return patients.pop()


def _take(desk: Desk, intake: Intake) -> RecordId:
    (record,) = take(desk, intake)
    finish(desk)
    return record
