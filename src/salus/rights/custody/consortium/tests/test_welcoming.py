"""A member believes of an introduction as much as the ledger says."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from salus.kernel.documents import text
from salus.kernel.hpke import ReaderKey
from salus.kernel.ids import Digest
from salus.kernel.secp256k1 import SigningKey
from salus.platform.web import new_credential
from salus.platform.web.errors import CertificateEnded
from salus.rights.custody.consortium import welcoming
from salus.rights.custody.consortium.errors import (
    BadIntroduction,
    BadPlace,
    IntroductionOld,
    KeyShared,
    NameTaken,
    NotItsKey,
    OtherName,
    PlaceTaken,
    SealingDiffers,
)
from salus.rights.custody.consortium.introducing import Newcomer, introduce
from salus.rights.custody.consortium.introduction import signed
from salus.rights.custody.consortium.tests.street import MOVED, URL, Street
from salus.rights.custody.consortium.welcoming import welcome
from salus.rights.identity.certificates import service as certificates
from salus.rights.identity.certificates.errors import NoCharter
from salus.rights.identity.charter import Seat
from salus.rights.identity.doors import peer_of
from salus.rights.identity.errors import UnknownParty
from salus.rights.identity.governing.errors import NotAdmitted
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Roles


@pytest.fixture
def street(tmp_path: Path) -> Street:
    return Street(tmp_path)


def test_a_newcomer_is_known_by_its_name_with_the_roles_of_the_ledger(street: Street) -> None:
    told = street.come()
    seat = street.welcome(told)
    party = of_home(street.home("thrift")).party("thrift")
    ring = of_home(street.hospital)

    assert street.seat("thrift") == seat
    assert (seat.url, seat.address, Roles(seat.roles)) == (
        URL,
        party.address,
        Roles.READER | Roles.LENDER,
    )
    assert ring.member("thrift").sealing == party.sealing.public()
    assert ring.name_of(party.address) == "thrift"
    assert peer_of(seat).name == "thrift"


def test_who_is_not_admitted_is_not_known(street: Street) -> None:
    told, before = street.introduced(), street.known()
    with pytest.raises(NotAdmitted, match="thrift"):
        street.welcome(told)

    assert street.known() == before
    assert not (street.hospital / welcoming.INTRODUCTIONS).exists()
    with pytest.raises(UnknownParty):
        of_home(street.hospital).member("thrift")


def test_nobody_is_introduced_by_another(street: Street) -> None:
    told, before = street.come(), street.known()
    clinic, own = street.members[1], street.key_of("thrift")
    for wrong in (
        street.said_by(clinic.signing, told),
        street.said_by(SigningKey.generate(), told),
        street.said_by(own, told, address=clinic.address),
        replace(told, signature=bytes(65)),
    ):
        with pytest.raises(NotItsKey):
            street.welcome(wrong)

    assert street.known() == before


@pytest.mark.parametrize("change", ["name", "url", "certificate", "sequence"])
def test_what_was_changed_on_the_way_is_refused(street: Street, change: str) -> None:
    told = street.come()
    other = new_credential("thrift", "127.0.0.1", now=street.stage.now()).certificate
    values = {"name": "thrifty", "url": MOVED, "certificate": other, "sequence": 2**40}
    entry = replace(told.entry, **{change: values[change]})  # type: ignore[arg-type]
    with pytest.raises(NotItsKey):
        street.welcome(replace(told, entry=entry))


def test_a_key_to_be_sealed_to_that_the_ledger_does_not_name_is_refused(street: Street) -> None:
    told = street.come()
    own = street.key_of("thrift")
    other = ReaderKey.generate().public()
    with pytest.raises(SealingDiffers, match="thrift"):
        street.welcome(street.said_by(own, told, sealing=other))

    assert street.seat("thrift") is None


def test_names_places_and_keys_of_others_are_refused(street: Street) -> None:
    told = street.come()
    own = street.key_of("thrift")
    clinic = street.seat(street.members[1].name)
    assert clinic is not None
    wrong: list[tuple[type[Exception], dict[str, Any]]] = [
        (NameTaken, {"name": clinic.name}),
        (PlaceTaken, {"url": clinic.url}),
        (PlaceTaken, {"url": "https://127.0.0.1:8545"}),
        (KeyShared, {"certificate": clinic.certificate}),
    ]
    for kind, changes in wrong:
        with pytest.raises(kind):
            street.welcome(street.said_by(own, told, **changes))
    private = replace(of_home(street.home("thrift")).party("thrift"), signing=SigningKey.generate())
    of_home(street.hospital).save(private)
    with pytest.raises(NameTaken):
        street.welcome(told)

    assert street.seat("thrift") is None


def test_a_member_keeps_its_name(street: Street) -> None:
    told = street.come()
    street.welcome(told)
    own = street.key_of("thrift")
    with pytest.raises(OtherName, match="thrift"):
        street.welcome(street.said_by(own, told, name="bank"))


def test_a_member_moves_and_the_older_word_counts_no_more(street: Street) -> None:
    first = street.come()
    street.welcome(first)
    second = street.introduced(url=MOVED)
    seat = street.welcome(second)
    with pytest.raises(IntroductionOld, match="thrift"):
        street.welcome(first)
    same = replace(second.entry, url=URL)
    own = street.key_of("thrift")
    with pytest.raises(IntroductionOld):
        street.welcome(signed(second.chain, second.genesis, same, by=own))

    assert second.entry.sequence > first.entry.sequence
    assert street.seat("thrift") == seat
    assert seat.url == MOVED
    assert seat.certificate != first.entry.certificate, "another host has another certificate"


def test_a_founder_moves_in_the_same_way(street: Street) -> None:
    name = street.members[1].name
    told = Newcomer(name, Roles(0), MOVED)
    said = introduce(street.home(name), told, clock=street.stage.node.clock)
    street.welcome(said)
    seat = street.seat(name)
    assert seat is not None

    assert seat.url == MOVED
    assert Roles(seat.roles) == street.members[1].roles
    assert street.known() == street.known(street.home(name))


def test_twice_is_once_and_the_order_of_welcomes_does_not_matter(street: Street) -> None:
    first, second = street.come(), street.come("bank", "https://127.0.0.1:9121")
    clinic = street.home(street.members[1].name)
    for home, order in ((street.hospital, (first, second)), (clinic, (second, first, second))):
        for told in order:
            street.welcome(told, home)

    assert street.known() == street.known(clinic)
    assert [each.name for each in of_home(clinic).members()].count("bank") == 1


def test_a_certificate_that_was_renewed_since_stays(street: Street) -> None:
    told = street.come()
    street.welcome(told)
    clock = street.stage.node.clock
    street.stage.clock.move(timedelta(seconds=2))
    announced = street.folder / "announced.json"
    announced.write_bytes(text(certificates.renew(street.home("thrift"), clock=clock)))
    certificates.accept(street.hospital, announced)
    before = street.known()
    with pytest.raises(IntroductionOld):
        street.welcome(told)

    assert street.known() == before


def test_a_certificate_that_has_ended_is_refused(street: Street) -> None:
    told = street.come()
    own = street.key_of("thrift")
    long_ago = street.stage.now() - timedelta(days=11 * 366)
    ended = new_credential("thrift", "127.0.0.1", now=long_ago).certificate
    with pytest.raises(CertificateEnded):
        street.welcome(street.said_by(own, told, certificate=ended))
    with pytest.raises(BadIntroduction):
        street.welcome(street.said_by(own, told, certificate="none"))


def test_an_introduction_to_another_network_is_refused(street: Street) -> None:
    told = street.come()
    own = street.key_of("thrift")
    for chain, genesis in ((told.chain + 1, told.genesis), (told.chain, Digest(bytes(32)))):
        with pytest.raises(BadIntroduction):
            street.welcome(signed(chain, genesis, told.entry, by=own))


@pytest.mark.parametrize("raw", [b"", b"{}", b"[" * 70_000])
def test_a_file_that_is_no_introduction_is_named(street: Street, raw: bytes) -> None:
    file = street.folder / "broken.json"
    file.write_bytes(raw)
    with pytest.raises(BadIntroduction, match=r"broken\.json"):
        welcome(street.stage.node, street.hospital, file)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9120", "https://me:x@127.0.0.1:1", "nowhere"])
def test_an_address_that_nobody_can_use_is_refused_on_both_sides(street: Street, url: str) -> None:
    told = street.come()
    own = street.key_of("thrift")
    with pytest.raises(BadIntroduction):
        street.welcome(street.said_by(own, told, url=url))
    with pytest.raises(BadPlace):
        street.introduced(url=url)


def test_a_welcome_that_broke_off_is_done_again(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, before = street.come(), street.known()

    def die(*_: object) -> Seat:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(welcoming, "enter", die)
        with pytest.raises(KeyboardInterrupt):
            street.welcome(told)
    assert street.known() == before
    street.welcome(told)

    assert street.seat("thrift") is not None


def test_a_home_in_which_everybody_lives_welcomes_nobody(street: Street, tmp_path: Path) -> None:
    with pytest.raises(NoCharter):
        street.welcome(street.come(), tmp_path / "nobody")
