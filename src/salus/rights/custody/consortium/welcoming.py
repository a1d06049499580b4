"""What a member does when another one introduces itself: believe it as far as the ledger goes.

The file alone proves nothing. The ledger says whether its organization was admitted, in which
roles, whether the key that signed is its own, and to which key things are sealed for it. The
introduction is kept before the charter names the member: what broke off is done again.
"""

from dataclasses import replace
from pathlib import Path

from salus.kernel.documents import BadDocument, parse, text
from salus.kernel.encoding import to_hex
from salus.kernel.hpke import key_hash
from salus.kernel.ids import Address
from salus.platform.errors import HomeDamaged
from salus.platform.files import private_folder, taking_turns, write_atomic
from salus.platform.ledger import Block
from salus.platform.web.certificates import begins_at, ends_at
from salus.platform.web.errors import CertificateEnded
from salus.platform.work import Node
from salus.rights.custody.consortium.errors import (
    BadIntroduction,
    IntroductionOld,
    NameTaken,
    NotItsKey,
    SealingDiffers,
)
from salus.rights.custody.consortium.introduction import Entry, Introduction, refuse_taken
from salus.rights.custody.consortium.model import has_place, is_name
from salus.rights.identity.certificates.errors import NoCharter
from salus.rights.identity.charter import CHARTER, Charter, Seat, charter_of
from salus.rights.identity.governing.errors import NotAdmitted
from salus.rights.identity.keyring import LONGEST_NAME, of_home
from salus.rights.identity.ledger import Views, key_hash_of, view
from salus.rights.identity.model import KeyUse, Roles, as_key

INTRODUCTIONS = "introductions"  # one file for each member that introduced itself
LONGEST = 64 * 1024  # bytes of one
_BOOK = "Organizations"


def welcome(node: Node, home: Path, file: Path) -> Seat:
    """Let the charter of a home name a member as its introduction says; twice is once.

    Raises NoCharter, BadIntroduction, NotAdmitted, NotItsKey, SealingDiffers, CertificateEnded,
    OtherName, NameTaken, PlaceTaken, KeyShared and IntroductionOld.
    """
    told = introduced(file)
    charter = charter_here(home)
    if (told.chain, told.genesis) != (charter.chain, charter.genesis):
        raise BadIntroduction(file=file.name)
    at = node.ledger.final()
    _check_ledger(node, told, at)
    seat = _seat(node, told.entry, at, file)
    with taking_turns(home / f"{CHARTER}.lock"):
        charter = charter_here(home)
        refuse_taken(charter, seat)
        _refuse_name(home, seat)
        seat = _newest(home, charter, told, seat)
        keep(home, told)
        return enter(home, charter, seat)


def introduced(file: Path) -> Introduction:
    """Raises BadIntroduction."""
    with file.open("rb") as opened:
        raw = opened.read(LONGEST + 1)
    try:
        told = parse(Introduction, raw) if len(raw) <= LONGEST else None
    except BadDocument:
        told = None
    if told is None or not _is_sound(told.entry):
        raise BadIntroduction(file=file.name)
    return told


def _is_sound(entry: Entry) -> bool:
    return is_name(entry.name) and len(entry.name) <= LONGEST_NAME and has_place(entry.url, "https")


def charter_here(home: Path) -> Charter:
    """Raises NoCharter."""
    charter = charter_of(home)
    if charter is None:
        raise NoCharter(home=str(home))
    return charter


def _check_ledger(node: Node, told: Introduction, at: Block) -> None:
    """Raises NotAdmitted, NotItsKey and SealingDiffers."""
    entry, signer = told.entry, told.signer()
    if not view(node, _BOOK, "isActive", entry.address, at=at):
        raise NotAdmitted(name=entry.name)
    if signer is None or entry.address != view(
        node, _BOOK, "orgOf", as_key(signer), KeyUse.ADMIN, at.time, at=at
    ):
        raise NotItsKey(name=entry.name)
    if key_hash_of(Views(node), entry.address, at) != key_hash(entry.sealing):
        raise SealingDiffers(name=entry.name)


def _seat(node: Node, entry: Entry, at: Block, file: Path) -> Seat:
    """With the roles that the ledger gives. Raises BadIntroduction and CertificateEnded."""
    roles = Roles(0)
    for role in Roles:
        if view(node, _BOOK, "hasRole", entry.address, role, at.time, at=at):
            roles |= role
    try:
        seat = entry.seat(roles)
        lasts = begins_at(entry.certificate) <= node.clock.now() < ends_at(entry.certificate)
    except ValueError:
        raise BadIntroduction(file=file.name) from None
    if not lasts:
        raise CertificateEnded(name=entry.name)
    return seat


def _refuse_name(home: Path, seat: Seat) -> None:
    """A party that only this home knows has its name too. Raises NameTaken."""
    if any(
        each.name == seat.name and each.address != seat.address for each in of_home(home).members()
    ):
        raise NameTaken(name=seat.name)


def _newest(home: Path, charter: Charter, told: Introduction, seat: Seat) -> Seat:
    """With what was renewed since, if this is the last introduction. Raises IntroductionOld."""
    before, known = kept(home, seat.address), charter.seat(seat.name)
    if before is not None and (
        told.entry.sequence < before.entry.sequence
        or (told.entry.sequence == before.entry.sequence and told.entry != before.entry)
    ):
        raise IntroductionOld(name=seat.name)
    if known is None:
        return seat
    if known.certificate.startswith(seat.certificate):
        return replace(seat, certificate=known.certificate)
    if begins_at(seat.certificate) < begins_at(known.certificate):
        raise IntroductionOld(name=seat.name)
    return seat


def kept(home: Path, address: Address) -> Introduction | None:
    """The last introduction of a member. Raises HomeDamaged."""
    place = _place(home, address)
    try:
        return parse(Introduction, place.read_bytes())
    except FileNotFoundError:
        return None
    except BadDocument:
        raise HomeDamaged(file=str(place)) from None


def keep(home: Path, told: Introduction) -> None:
    private_folder(home / INTRODUCTIONS)
    write_atomic(_place(home, told.entry.address), text(told) + b"\n")


def _place(home: Path, address: Address) -> Path:
    return home / INTRODUCTIONS / f"{to_hex(address)}.json"


def enter(home: Path, charter: Charter, seat: Seat) -> Seat:
    """In the order of the names, so that homes with the same members have the same charter."""
    write_atomic(home / CHARTER, text(seated(charter, seat)) + b"\n")
    return seat


def seated(charter: Charter, seat: Seat) -> Charter:
    others = (each for each in charter.seats if each.address != seat.address)
    seats = sorted((*others, seat), key=lambda each: each.name)
    return replace(charter, seats=tuple(seats))
