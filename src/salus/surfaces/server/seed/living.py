"""A consortium of made-up people with a year behind it, for the portal to be seen with.

Everything is done by the same verbs that people use; only the clock is moved.
"""

import json
import secrets
from base64 import b32decode, b32encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import orjson

from salus.kernel.clock import seconds
from salus.kernel.ids import RecordId, record_text
from salus.kernel.secp256k1 import SigningKey
from salus.platform.files import private_folder, write_atomic
from salus.platform.node import open_node
from salus.platform.settings import read as settings
from salus.platform.web.portal import Role
from salus.platform.work import Node, Work, catch_up
from salus.rights.consent import service as consent
from salus.rights.consent.authority import claiming
from salus.rights.consent.emergency.model import Reason
from salus.rights.consent.model import Purpose
from salus.rights.custody import founding
from salus.rights.custody.opening import Wish, open_wished
from salus.rights.custody.settings import CustodySettings
from salus.rights.identity.accounts import second, totp
from salus.rights.identity.accounts import service as accounts
from salus.rights.identity.model import Party
from salus.rights.records.service import plain_units, units_of
from salus.services.emergency import service as emergency
from salus.services.fhir.files import Document
from salus.services.fhir.intake import prepare
from salus.services.fhir.service import Desk, desk_of, finish, known_in, take
from salus.surfaces.demo.clock import MovedClock
from salus.surfaces.demo.patients import directory, patient
from salus.surfaces.server.seed.market import Market, trade

YEAR, MONTH = timedelta(days=365), timedelta(days=30)
PATIENTS, RESOURCES = 6, 120
HOME, ACCOUNTS = "home", "accounts.json"
STAFF = (
    ("Clinician", "clinic", (Role.CLINICIAN,)),
    ("Colleague", "medic1", (Role.CLINICIAN,)),
    ("Physician", "hospital", (Role.CLINICIAN,)),
    ("Front desk", "hospital", (Role.DESK,)),
    ("Privacy officer", "privacy", (Role.PRIVACY,)),
    ("Administrator", "hospital", (Role.ADMINISTRATOR, Role.OPERATOR)),
    ("Administrator of the clinic", "clinic", (Role.ADMINISTRATOR,)),
    ("Research institute", "institute", (Role.LICENSEE,)),
    ("Insurer", "insurer", (Role.LICENSEE,)),
    ("Lender", "bank", (Role.LENDER,)),
    ("Regulator", "hospital", (Role.REGULATOR,)),
    ("Operator", "hospital", (Role.OPERATOR,)),
)
"""Name to sign in with, party, roles."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who may sign in. The people are made up, so their passwords may be shown."""

    name: str
    password: str = field(repr=False)
    party: str
    roles: tuple[str, ...]
    record: str = ""
    secret: str = field(default="", repr=False)
    """Of the authenticator of staff, in base32."""

    def digits(self, now: datetime) -> str:
        """What the authenticator shows."""
        return totp.digits(b32decode(self.secret), seconds(now)) if self.secret else ""


@dataclass(frozen=True, slots=True)
class Resident:
    """A patient with an account: the record, and the key of the wallet that controls it."""

    account: Account
    record: RecordId
    key: SigningKey


def seed(home: Path, *, patients: int = PATIENTS, resources: int = RESOURCES) -> list[Account]:
    """Found a home a year ago and live until now; who may sign in. Raises HomeExists."""
    clock = MovedClock(-YEAR)
    consortium = founding.found(home, clock=clock, settings=settings(CustodySettings))
    with open_node(home, clock=clock) as node:
        records = _import(node, home, patients, resources)
        residents = [_join(node, record, seed) for seed, record in enumerate(records)]
        staff = [employ(node, *each) for each in STAFF]
        _share(node, home, residents, consortium)
        trade(
            Market(
                node,
                clock,
                consortium,
                tuple((each.record, each.key) for each in residents[:2]),
                until=YEAR - timedelta(days=2),
            )
        )
        _lately(node, home, residents, consortium)
    found = [*(each.account for each in residents), *staff]
    write_atomic(home.parent / ACCOUNTS, _listed(found))
    return found


def seeded(folder: Path) -> list[Account]:
    """The accounts of a folder, which is filled first if it is new."""
    if not (folder / ACCOUNTS).exists():
        seed(private_folder(folder) / HOME)
    listed = json.loads((folder / ACCOUNTS).read_bytes())
    return [Account(**each | {"roles": tuple(each["roles"])}) for each in listed]


def _listed(found: Sequence[Account]) -> bytes:
    members = ("name", "password", "party", "roles", "record", "secret")
    listed = [{member: getattr(each, member) for member in members} for each in found]
    return orjson.dumps(listed, option=orjson.OPT_INDENT_2)


# RECORDS AND PEOPLE


def _import(node: Node, home: Path, patients: int, resources: int) -> list[RecordId]:
    desk = desk_of(node, home)
    _take(desk, directory())
    found = [_take(desk, patient(each, resources=resources))[0] for each in range(patients)]
    finish(desk)
    return found


def _take(desk: Desk, raw: bytes) -> list[RecordId]:
    found = Document(Path("seed.json"), raw).resources()
    with desk.node.reading() as session:
        intake = prepare(found, known_in(session, desk), lambda _: False)
    return take(desk, intake)


def _join(node: Node, record: RecordId, number: int) -> Resident:
    """Joins with an invitation of the hospital, and takes the control of the record."""
    name, password = f"Patient {number + 1}", secrets.token_hex(8)
    language = ("en", "zh-Hans")[number == 1]
    made = accounts.join(node, name=name, password=password, language=language)
    with node.sessions() as session, session.begin():
        code = claiming.invite(Work(node, session), [record])
        claiming.accept(Work(node, session), code, made.account)
    claiming.take_over(node, made.account, made.wallet)
    account = Account(name, password, "", (str(Role.PATIENT),), record_text(record))
    return Resident(account, record, made.wallet.controller(record))


def employ(
    node: Node, name: str, party: str, roles: tuple[Role, ...], *, password: str = ""
) -> Account:
    """Somebody of an organization, with a password and an authenticator of his own by now."""
    password, secret = password or secrets.token_hex(8), secrets.token_bytes(totp.SECRET)
    first = accounts.add_staff(node, name=name, roles=roles, party=party)
    signed_in = accounts.sign_in(node, name=name, password=first)
    accounts.change_password(node, signed_in.account, password=password, root=b"")
    shown = totp.digits(secret, seconds(node.clock.now()))
    second.set_up(node, signed_in.account, secret=secret, code=shown)
    text = b32encode(secret).decode()
    return Account(name, password, party, tuple(map(str, roles)), secret=text)


# SHARES, LOOKS AND AN EMERGENCY


def _share(
    node: Node, home: Path, residents: Sequence[Resident], consortium: founding.Consortium
) -> None:
    """Early in the year: shares that are live until today, one that ended, one refusal."""
    clinic, research = consortium.readers
    first, second, *rest = residents
    sections = ["laboratory", "vital-signs", "medications"]
    _grant(node, first, sections, clinic, Purpose.TREAT)
    _grant(node, second, ["laboratory"], clinic, Purpose.TREAT)
    ended = _grant(node, first, ["immunizations"], research, Purpose.HRESCH)
    consent.revoke(node, ended, by=first.key)
    for each in rest[:2]:
        _grant(node, each, ["vital-signs"], clinic, Purpose.TREAT)
    consent.deny(
        node,
        record=first.record,
        units=[],
        readers=[],
        purposes=[Purpose.HMARKT.name],
        until=node.clock.now() + 2 * YEAR,
        by=first.key,
    )
    node.follow()
    catch_up(node)  # the gateway refuses the record until it knows the terms
    open_wished(node, home, Wish(first.account.record, "laboratory", "clinic"), step=_silent)


def _grant(
    node: Node, of: Resident, sections: Sequence[str], reader: Party, purpose: Purpose
) -> consent.Granted:
    with node.reading() as session:
        units = plain_units(units_of(session, of.record, list(sections)))
    granted = consent.grant(
        node,
        record=of.record,
        units=[unit.id for unit in units],
        readers=[reader.address],
        purpose=purpose.name,
        until=node.clock.now() + YEAR + 2 * MONTH,
        by=of.key,
    )
    node.follow()
    return granted


def _lately(
    node: Node, home: Path, residents: Sequence[Resident], consortium: founding.Consortium
) -> None:
    """In the last days: a look for treatment, and an emergency that waits for its review."""
    first, second = residents[:2]
    open_wished(node, home, Wish(first.account.record, "vital-signs", "clinic"), step=_silent)
    medic = consortium.clinicians[0].signing
    opening = emergency.break_glass(node, record=second.record, reason=Reason.UNCONSCIOUS, by=medic)
    emergency.close(node, opening.id, by=medic)
    node.follow()


def _silent(_: object) -> None:
    return None
