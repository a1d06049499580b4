"""What the commands of this folder read alike: moments, labels, sections, and who signs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from salus.kernel.ids import Address, RecordId, UnitId
from salus.kernel.secp256k1 import SigningKey
from salus.rights.consent.authority.cli.people import address_of, key_of
from salus.rights.consent.errors import (
    BadWindow,
    OnlyRestricted,
    UnclearTrigger,
    UnknownLabel,
)
from salus.rights.consent.ledger import TriggerEffect
from salus.rights.consent.model import GrantState, end_of
from salus.rights.consent.residual import LABELS
from salus.rights.consent.service import Granted, controller
from salus.rights.consent.triggers import Armed
from salus.rights.identity.errors import NotReader
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Member, Roles
from salus.rights.records.labels import RESTRICTED
from salus.rights.records.sections import SECTIONS
from salus.rights.records.service import plain_units, units_of

PATIENT = "patient"
PENDING, NEVER = "pending", "never"
Record = Annotated[str, typer.Argument(help="The record, or a beginning of it.")]
Grant = Annotated[str, typer.Argument(help="The grant, or a beginning of it.")]
Signer = Annotated[str, typer.Option("--as", help="Who signs: `patient`, or a name of this home.")]
_DAY = len("2027-12-31")


def parse_until(text: str) -> datetime:
    """A day means its end; a moment is taken as it is. Raises BadWindow."""
    moment = _moment(text)
    return end_of(moment) if len(text) == _DAY else moment


def parse_from(text: str) -> datetime | None:
    """A day means its beginning, nothing means now. Raises BadWindow."""
    return _moment(text) if text else None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadWindow from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC).replace(microsecond=0)


def listed(text: str) -> list[str]:
    """`a, b` as names, each once."""
    return list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def named(text: str) -> list[str]:
    """As `listed`; a text that names nothing is one name that nobody has, not none at all."""
    return listed(text) or ([text] if text else [])


def parse_labels(text: str, *, restricted: bool = False) -> tuple[str, ...]:
    """Labels in the order of the terms. Raises UnknownLabel."""
    names = {name.upper() for name in listed(text)} | (RESTRICTED if restricted else set())
    unknown = sorted(names - set(LABELS))
    if unknown:
        raise UnknownLabel(label=unknown[0][:32], known=", ".join(LABELS))
    return tuple(label for label in LABELS if label in names)


def chosen_units(
    session: Session, record: RecordId, sections: Sequence[str], labels: Sequence[str]
) -> list[UnitId]:
    """The units of sections; those of what is restricted where a label says so.

    Raises OnlyRestricted when nothing of a section is left.
    """
    units = units_of(session, record, sections)
    if RESTRICTED & set(labels):
        return [unit.id for unit in units]
    plain = plain_units(units)
    left = {unit.place.section for unit in plain}
    for unit in units:
        if unit.place.section not in left:
            raise OnlyRestricted(section=SECTIONS[unit.place.section])
    return [unit.id for unit in plain]


def parse_triggers(session: Session, home: Path, when: Sequence[str]) -> tuple[Armed, ...]:
    """`REPORTER:NAME`, separated by commas, for each effect in the order of their numbers.

    Raises UnclearTrigger and UnknownParty.
    """
    return tuple(
        _armed(session, home, text, effect)
        for texts, effect in zip(when, TriggerEffect, strict=True)
        for text in named(texts)
    )


def _armed(session: Session, home: Path, text: str, effect: TriggerEffect) -> Armed:
    reporter, _, name = text.partition(":")
    if not name:
        raise UnclearTrigger
    return Armed(name, address_of(session, home, reporter), effect)


def state_of(granted: Granted, now: int) -> str:
    """The state in a word; of what the ledger does not have, whether it can still come."""
    if granted.state is GrantState.NONE:
        return PENDING if granted.can_come(now) else NEVER
    return granted.state.name.lower()


def reader_of(home: Path, name: str) -> Member:
    """Raises UnknownParty and NotReader."""
    member = of_home(home).member(name)
    if not member.roles & Roles.READER:
        raise NotReader(name=member.name)
    return member


def signer_of(session: Session, home: Path, record: RecordId, name: str) -> SigningKey:
    """Raises WalletMissing and UnknownParty."""
    if name == PATIENT:
        return controller(session, record)
    return key_of(session, home, name)


def name_of(home: Path, reader: Address) -> str:
    return of_home(home).name_of(reader)
