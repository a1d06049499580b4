"""A member changes its certificate while everybody else goes on, and nobody does it for it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from salus.kernel.clock import ManualClock
from salus.kernel.documents import parse, text
from salus.kernel.hpke import ReaderKey
from salus.kernel.ids import Digest
from salus.kernel.secp256k1 import SigningKey
from salus.platform.files import private_folder
from salus.platform.web import new_credential, tls_key_hash
from salus.platform.web.peer import Peer
from salus.rights.identity.certificates import service
from salus.rights.identity.certificates.errors import (
    AnnouncementOld,
    BadAnnouncement,
    NoCharter,
    NothingAnnounced,
)
from salus.rights.identity.certificates.model import Announcement, announce
from salus.rights.identity.charter import CHARTER, Charter, Custody, Seat, charter_of
from salus.rights.identity.doors import keep_credential, peer_of
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Party, Roles

NOW = datetime.now(UTC)
GENESIS = Digest(b"\x07" * 32)


class Two:
    """The homes of two members, each with its own certificate."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, ManualClock(NOW + timedelta(hours=1))
        self.parties = [
            Party(name, Roles.CUSTODIAN, SigningKey.generate(), ReaderKey.generate())
            for name in ("c1", "c2")
        ]
        made = [new_credential(each.name, "127.0.0.1", now=NOW) for each in self.parties]
        seats = tuple(
            Seat(
                party.name,
                int(party.roles),
                party.address,
                party.sealing.public(),
                "https://127.0.0.1:9101",
                tls_key_hash(credential.certificate),
                credential.certificate,
            )
            for party, credential in zip(self.parties, made, strict=True)
        )
        custody = Custody(GENESIS, ("c1",), "c2", 1, 1)
        charter = Charter(5, GENESIS, "http://127.0.0.1:1", "c1", seats, custody)
        for party, credential in zip(self.parties, made, strict=True):
            home = private_folder(self.home(party.name))
            of_home(home).keep_secret(party)
            keep_credential(home, credential)
            (home / CHARTER).write_bytes(text(charter))

    def home(self, name: str) -> Path:
        return self.folder / name

    def seat(self, name: str, *, known_by: str) -> Seat:
        charter = charter_of(self.home(known_by))
        assert charter is not None
        seat = charter.seat(name)
        assert seat is not None
        return seat

    def renewed(self) -> Path:
        return self.file(service.renew(self.home("c1"), clock=self.clock))

    def file(self, told: Announcement) -> Path:
        place = self.folder / "announced.json"
        place.write_bytes(text(told))
        return place

    def shown(self) -> str:
        return (self.home("c1") / "tls" / "certificate.pem").read_text()


@pytest.fixture
def two(tmp_path: Path) -> Two:
    return Two(tmp_path)


def test_both_certificates_are_believed_until_the_new_one_is_shown(two: Two) -> None:
    before = two.shown()
    file = two.renewed()
    coming = parse(Announcement, file.read_bytes()).certificate
    service.accept(two.home("c2"), file)
    seat = two.seat("c1", known_by="c2")

    assert two.shown() == before
    assert seat.certificate == coming + before
    assert seat.tls == tls_key_hash(coming)
    assert isinstance(peer_of(seat), Peer)


def test_what_is_shown_afterwards_is_what_was_announced(two: Two) -> None:
    file = two.renewed()
    service.accept(two.home("c2"), file)
    service.use(two.home("c1"))
    coming = parse(Announcement, file.read_bytes()).certificate

    assert two.shown() == coming
    assert two.seat("c1", known_by="c1").certificate == coming
    assert not (two.home("c1") / "tls" / "next").exists()
    with pytest.raises(NothingAnnounced):
        service.use(two.home("c1"))


def test_renewing_twice_is_renewing_once(two: Two) -> None:
    """So that a file that was lost can be written again, and no member has another one."""
    first = service.renew(two.home("c1"), clock=two.clock).certificate
    two.clock.move(timedelta(days=1))

    assert service.renew(two.home("c1"), clock=two.clock).certificate == first


def test_a_use_that_was_ended_halfway_is_finished_by_the_next(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    two.renewed()

    def die(*_: object) -> Seat:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(service, "_believe", die)
        with pytest.raises(KeyboardInterrupt):
            service.use(two.home("c1"))
    service.use(two.home("c1"))

    assert two.seat("c1", known_by="c1").certificate == two.shown()


def test_only_the_new_one_can_be_believed_at_once_or_later(two: Two) -> None:
    file = two.renewed()
    coming = parse(Announcement, file.read_bytes()).certificate
    service.accept(two.home("c2"), file)
    service.accept(two.home("c2"), file, only=True)

    assert two.seat("c1", known_by="c2").certificate == coming


def test_an_announcement_counts_once_and_never_backward(two: Two) -> None:
    first = two.renewed().read_bytes()
    service.use(two.home("c1"))
    two.clock.move(timedelta(days=1))
    second = two.renewed()
    service.accept(two.home("c2"), second)
    old = two.folder / "old.json"
    old.write_bytes(first)
    for file in (second, old):
        with pytest.raises(AnnouncementOld, match="c1"):
            service.accept(two.home("c2"), file)


def test_nobody_announces_for_another(two: Two) -> None:
    made = new_credential("c1", "127.0.0.1", now=two.clock.now()).certificate
    told = announce(5, GENESIS, "c1", made, by=two.parties[1].signing)
    before = (two.home("c2") / CHARTER).read_bytes()
    with pytest.raises(BadAnnouncement):
        service.accept(two.home("c2"), two.file(told))

    assert (two.home("c2") / CHARTER).read_bytes() == before


@pytest.mark.parametrize("change", ["chain", "genesis", "name", "certificate", "stranger"])
def test_an_announcement_that_was_changed_is_refused(two: Two, change: str) -> None:
    told = service.renew(two.home("c1"), clock=two.clock)
    other = new_credential("c1", "127.0.0.1", now=two.clock.now()).certificate
    changed = {
        "chain": replace(told, chain=6),
        "genesis": replace(told, genesis=Digest(bytes(32))),
        "name": replace(told, name="c2"),
        "certificate": replace(told, certificate=other),
        "stranger": replace(told, name="c9"),
    }
    with pytest.raises(BadAnnouncement):
        service.accept(two.home("c2"), two.file(changed[change]))


@pytest.mark.parametrize("raw", [b"", b"{}", b"[" * 70_000])
def test_what_is_no_announcement_is_refused(two: Two, raw: bytes) -> None:
    place = two.folder / "no_announcement.json"
    place.write_bytes(raw)
    with pytest.raises(BadAnnouncement):
        service.accept(two.home("c2"), place)


def test_a_signed_announcement_without_a_certificate_is_refused(two: Two) -> None:
    told = announce(5, GENESIS, "c1", "no certificate", by=two.parties[0].signing)
    with pytest.raises(BadAnnouncement):
        service.accept(two.home("c2"), two.file(told))


def test_a_home_with_everybody_in_it_has_no_certificates(tmp_path: Path) -> None:
    with pytest.raises(NoCharter):
        service.renew(tmp_path, clock=ManualClock(NOW))
