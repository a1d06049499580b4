"""Renew, accept, use: for a while both certificates are believed, so that nobody is cut off.

The next certificate lies in `tls/next` before anybody hears of it; the charter of a home changes in
one write; the files in force change key first, and a half-done change is finished by the next use.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from shutil import rmtree
from urllib.parse import urlsplit

from salus.kernel.clock import Clock
from salus.kernel.documents import BadDocument, parse, text
from salus.platform.files import private_folder, taking_turns, write_atomic
from salus.platform.storage import destroy
from salus.platform.web import Credential, new_credential, tls_key_hash
from salus.platform.web.certificates import begins_at
from salus.rights.identity.certificates.errors import (
    AnnouncementOld,
    BadAnnouncement,
    NoCharter,
    NothingAnnounced,
)
from salus.rights.identity.certificates.model import Announcement, announce
from salus.rights.identity.charter import CHARTER, Charter, Seat, charter_of
from salus.rights.identity.doors import keep_credential
from salus.rights.identity.errors import UnknownParty
from salus.rights.identity.keyring import of_home

NEXT = Path("tls") / "next"
LONGEST = 64 * 1024  # bytes of an announcement


@dataclass(frozen=True, slots=True)
class _Next:
    """The certificate that is announced and not yet shown."""

    folder: Path

    def read(self) -> Credential | None:
        certificate, key = self.folder / "certificate.pem", self.folder / "key.pem"
        if not certificate.exists():
            return None
        return Credential(certificate.read_text(), key.read_bytes())

    def keep(self, made: Credential) -> None:
        """The key first: a certificate that is there has one."""
        private_folder(self.folder)
        write_atomic(self.folder / "key.pem", made.key)
        write_atomic(self.folder / "certificate.pem", made.certificate.encode())

    def remove(self) -> None:
        (self.folder / "certificate.pem").unlink(missing_ok=True)
        destroy(self.folder / "key.pem")
        rmtree(self.folder, ignore_errors=True)


def renew(home: Path, *, clock: Clock) -> Announcement:
    """A new key and certificate for the party of a home; twice is the same one, until it is used.

    Raises NoCharter and UnknownParty.
    """
    charter, seat = _own(home)
    coming = _Next(home / NEXT)
    made = coming.read()
    if made is None:
        made = new_credential(seat.name, urlsplit(seat.url).hostname or "", now=clock.now())
        coming.keep(made)
    by = of_home(home).party(seat.name).signing
    return announce(charter.chain, charter.genesis, seat.name, made.certificate, by=by)


def accept(home: Path, file: Path, *, only: bool = False) -> Seat:
    """Believe the new certificate of a member, and the present one too unless `only` is said.

    Raises NoCharter, BadAnnouncement and AnnouncementOld.
    """
    told = _announced(file)
    with taking_turns(home / f"{CHARTER}.lock"):
        charter = _charter(home)
        seat = charter.seat(told.name)
        if (
            seat is None
            or (told.chain, told.genesis) != (charter.chain, charter.genesis)
            or not told.is_signed_by(seat.address)
        ):
            raise BadAnnouncement(file=file.name)
        if only and _begins(file, told.certificate) == _begins(file, seat.certificate):
            return _believe(home, charter, seat, told.certificate)
        if _begins(file, told.certificate) <= _begins(file, seat.certificate):
            raise AnnouncementOld(name=seat.name, file=file.name)
        both = told.certificate if only else told.certificate + seat.certificate
        return _believe(home, charter, seat, both)


def use(home: Path) -> Seat:
    """Show the new certificate from the next start on. Raises NothingAnnounced, NoCharter."""
    coming = _Next(home / NEXT)
    made = coming.read()
    if made is None:
        raise NothingAnnounced
    with taking_turns(home / f"{CHARTER}.lock"):
        charter, seat = _own(home)
        keep_credential(home, made)
        seat = _believe(home, charter, seat, made.certificate)
    coming.remove()
    return seat


def _believe(home: Path, charter: Charter, seat: Seat, certificates: str) -> Seat:
    changed = replace(seat, certificate=certificates, tls=tls_key_hash(certificates))
    seats = tuple(changed if each.name == seat.name else each for each in charter.seats)
    write_atomic(home / CHARTER, text(replace(charter, seats=seats)) + b"\n")
    return changed


def _announced(file: Path) -> Announcement:
    with file.open("rb") as opened:
        raw = opened.read(LONGEST + 1)
    try:
        if len(raw) <= LONGEST:
            return parse(Announcement, raw)
    except BadDocument:
        pass
    raise BadAnnouncement(file=file.name)


def _begins(file: Path, certificate: str) -> float:
    try:
        return begins_at(certificate).timestamp()
    except ValueError:
        raise BadAnnouncement(file=file.name) from None


def _charter(home: Path) -> Charter:
    charter = charter_of(home)
    if charter is None:
        raise NoCharter(home=str(home))
    return charter


def _own(home: Path) -> tuple[Charter, Seat]:
    charter = _charter(home)
    for name in of_home(home).residents():
        if (seat := charter.seat(name)) is not None:
            return charter, seat
    raise UnknownParty(name=home.name[:40])
