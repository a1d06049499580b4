"""Acts of nobody in particular, and logs of them."""

import secrets
from dataclasses import replace

from sqlalchemy.orm import Session

from salus.kernel.ids import NOBODY, Address, Digest, GrantId, RecordId, UnitId
from salus.platform.database import Database, create_all, open_memory
from salus.rights.consent.audit.model import Act, Actor, Basis, Line, Outcome, Part
from salus.rights.consent.audit.service import append, lines

NODE = Address(b"\x01" * 20)
AT = 1_767_603_600_000  # 2026-01-05 09:00 UTC, in ms
RECORD, OTHER = RecordId(7), RecordId(8)
GRANT = GrantId(b"\x05" * 32)
READER = Actor(
    Address(b"\x02" * 20), Address(b"\x03" * 20), "reader", b"\x04" * 32, "release", NOBODY
)


def act(record: RecordId = RECORD, at: int = AT, **members: object) -> Act:
    """A permitted read of a laboratory unit."""
    made = Act(
        record=record,
        at=at,
        request=secrets.token_bytes(32),
        action="read",
        purpose="TREAT",
        outcome=Outcome.PERMITTED,
        actor=READER,
        parts=(Part(UnitId(b"\x06" * 32), 7, 0),),
        basis=Basis("permit", f"grant {GRANT.hex()}", (GRANT,), (Digest(b"\x07" * 32),)),
    )
    return replace(made, **members)  # type: ignore[arg-type]


def database() -> Database:
    made = open_memory()
    create_all(made)
    return made


def write(made: Database, *acts: Act) -> None:
    with made.write() as session, session.begin():
        append(session, NODE, acts)


def log_of(*acts: Act) -> list[Line]:
    """The lines that acts leave in a new log."""
    made = database()
    write(made, *acts)
    with made.read() as session:
        return whole(session)


def whole(session: Session) -> list[Line]:
    return list(lines(session))
