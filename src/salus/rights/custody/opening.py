"""Opening sections from a home: who reads, on what ground, and which units there are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from salus.kernel.ids import RecordId
from salus.platform.work import Node
from salus.rights.consent import service as consent
from salus.rights.consent.authority.keys import controlling
from salus.rights.consent.cli.words import PATIENT, signer_of
from salus.rights.consent.ledger import account_of
from salus.rights.consent.licensing.licenses import find_license
from salus.rights.custody import household
from salus.rights.custody.licensees.learning import learn_units
from salus.rights.custody.reading import (
    SUBJECT,
    Cosigner,
    Opened,
    Progress,
    Reader,
    as_licensee,
    as_reader,
    as_subject,
    read,
)
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Party
from salus.rights.records.errors import UnknownRecord, UnknownSection
from salus.rights.records.model import UnitKind
from salus.rights.records.sections import SECTIONS
from salus.rights.records.service import KnownUnit, find_record, snapshots_of, units_of


@dataclass(frozen=True, slots=True)
class Wish:
    """A section of a record by its name, and how it is to be opened.

    `reader`: a party, SUBJECT, or None for whoever usually reads in this home. `license` is the
    number of one to read by; `cosigners` are names.
    """

    record: str
    section: str
    reader: str | None = None
    license: int | None = None
    cosigners: tuple[str, ...] = ()


def open_wished(node: Node, home: Path, wish: Wish, *, step: Progress) -> Opened:
    """Open a section as it is wished.

    Raises UnknownRecord, UnknownSection, UnknownLicense, UnknownParty and what a read raises.
    """
    record, units = _wanted(node, home, wish)
    reader = wish.reader or _usual_reader(node, home, record)
    if wish.license is None or not of_home(home).knows(reader):
        return open_units(
            node, home, record, units, reader=reader, cosigners=wish.cosigners, step=step
        )
    known = find_license(node, wish.license)
    licensee = as_licensee(of_home(home).party(reader), known)
    who = _signing(node, home, record, licensee, wish.cosigners)
    main = [unit for unit in units if unit.place.kind == UnitKind.SECTION]
    return read(node, household.keepers_of(node, home, record), who, record, main, progress=step)


def _wanted(node: Node, home: Path, wish: Wish) -> tuple[RecordId, list[KnownUnit]]:
    """The units of a section. Who has a license may learn of them; the home of its source knows."""
    try:
        return _known(node, wish)
    except (UnknownRecord, UnknownSection):
        if wish.license is None:
            raise
    known = find_license(node, wish.license)
    party = of_home(home).party(wish.reader or household.resident_of(home) or SUBJECT)
    learn_units(node, household.keepers_of(node, home, known.record), party, known)
    return _known(node, wish)


def _known(node: Node, wish: Wish) -> tuple[RecordId, list[KnownUnit]]:
    with node.reading() as session:
        record = find_record(session, wish.record)
        return record, units_of(session, record, [wish.section])


def _usual_reader(node: Node, home: Path, record: RecordId) -> str:
    """The patient where the wallet is, else the only party that lives here."""
    with node.reading() as session:
        if controlling(session, record) is not None:
            return SUBJECT
    return household.resident_of(home) or SUBJECT


def open_units(
    node: Node,
    home: Path,
    record: RecordId,
    units: list[KnownUnit],
    *,
    reader: str,
    step: Progress,
    cosigners: Sequence[str] = (),
) -> Opened:
    """Open units as the subject or a delegate, or as a party by the best of its grants."""
    keepers = household.keepers_of(node, home, record)
    if reader == SUBJECT or not of_home(home).knows(reader):
        name = PATIENT if reader == SUBJECT else reader
        with node.reading() as session:
            who = as_subject(signer_of(session, home, record, name))
        return read(node, keepers, who, record, units, progress=step)
    party = of_home(home).party(reader)
    granted, units = _granted(node, record, units, party)
    who = _signing(node, home, record, as_reader(party, granted), cosigners)
    return read(node, keepers, who, record, units, progress=step)


def _granted(
    node: Node, record: RecordId, units: list[KnownUnit], party: Party
) -> tuple[consent.Granted | None, list[KnownUnit]]:
    """The best grant of a party, and what it opens of the units and of their snapshots."""
    with node.reading() as session:
        names = [SECTIONS[unit.place.section] for unit in units]
        candidates = [*units, *snapshots_of(session, record, names)]
        granted = consent.best_for(
            session,
            record=record,
            units=[unit.id for unit in candidates],
            reader=party.address,
            now=node.clock.now(),
        )
    if granted is None:
        return None, units
    return granted, [unit for unit in candidates if unit.id in granted.terms.clause.units]


def _signing(
    node: Node, home: Path, record: RecordId, reader: Reader, cosigners: Sequence[str]
) -> Reader:
    signing = tuple(_cosigner(node, home, record, name) for name in cosigners)
    return replace(reader, cosigners=signing)


def _cosigner(node: Node, home: Path, record: RecordId, name: str) -> Cosigner:
    """The patient signs for the subject account, everybody else for themselves."""
    with node.reading() as session:
        key = signer_of(session, home, record, name)
    return Cosigner(account_of(node, record) if name == PATIENT else key.address, key)
