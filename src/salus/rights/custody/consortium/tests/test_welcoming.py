"""A newcomer introduces itself, and a member believes as much of it as the ledger says."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from eth_account.messages import encode_typed_data

from salus.kernel.documents import parse, text
from salus.kernel.encoding import to_hex
from salus.kernel.hpke import ReaderKey
from salus.kernel.ids import NOBODY, Digest
from salus.kernel.secp256k1 import SigningKey, keccak256
from salus.platform.errors import HomeExists
from salus.platform.files import private_folder
from salus.platform.ledger.deployment import write
from salus.platform.ledger.served import read_served
from salus.platform.node import DEPLOYMENT, SERVED
from salus.platform.web import new_credential, tls_key_hash
from salus.platform.web.errors import CertificateEnded
from salus.rights.custody.consortium import welcoming
from salus.rights.custody.consortium.errors import (
    BadIntroduction,
    BadPlace,
    IntroductionOld,
    KeyShared,
    NameTaken,
    NoPublicFiles,
    NotItsKey,
    OtherName,
    PlaceTaken,
    SealingDiffers,
)
from salus.rights.custody.consortium.founders import TRUST, mark
from salus.rights.custody.consortium.introducing import Newcomer, introduce
from salus.rights.custody.consortium.introduction import Introduction, digest_of, signed
from salus.rights.custody.consortium.welcoming import welcome
from salus.rights.identity.certificates import service as certificates
from salus.rights.identity.certificates.errors import NoCharter
from salus.rights.identity.charter import CHARTER, Charter, Custody, Seat, charter_of
from salus.rights.identity.doors import keep_credential, peer_of
from salus.rights.identity.errors import UnknownParty
from salus.rights.identity.governing.errors import NotAdmitted
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Party, Roles
from salus.rights.identity.service import admit
from tests.support.scene import scene

URL, MOVED = "https://127.0.0.1:9120", "https://127.0.0.2:9120"
NODES = tuple(f"http://127.0.0.1:{port}" for port in (8601, 8602, 8603))


class Street:
    """The homes of two members on the ledger of the scene, and of whoever comes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.stage = folder, scene()
        consortium = self.stage.consortium
        self.members = (consortium.hospital, consortium.readers[0])
        seats = tuple(map(self.seated, self.members, ("9110", "9111")))
        custody = Custody(Digest(bytes(32)), (), "gateway", 3, 2)
        node = self.stage.node
        genesis = Digest(node.ledger.genesis)
        name = self.members[0].name
        charter = Charter(
            node.ledger.chain_id, genesis, "http://127.0.0.1:8545", name, seats, custody
        )
        for party in self.members:
            home = self.home(party.name)
            private_folder((home / DEPLOYMENT).parent)
            write(home / DEPLOYMENT, node.ledger, node.contracts)
            (home / TRUST).write_bytes(b"{}")
            of_home(home).keep_secret(party)
            mark(home, charter)

    def seated(self, party: Party, port: str) -> Seat:
        made = new_credential(party.name, "127.0.0.1", now=self.stage.now())
        keep_credential(private_folder(self.home(party.name)), made)
        sealing, tls = party.sealing.public(), tls_key_hash(made.certificate)
        url = f"https://127.0.0.1:{port}"
        return Seat(
            party.name, int(party.roles), party.address, sealing, url, tls, made.certificate
        )

    def home(self, name: str) -> Path:
        return self.folder / name

    @property
    def hospital(self) -> Path:
        return self.home(self.members[0].name)

    def introduced(self, name: str = "thrift", url: str = URL, **more: Any) -> Introduction:
        told = Newcomer(name, Roles.READER | Roles.LICENSEE, url, more.pop("nodes", ()))
        asked: dict[str, Any] = {"public": self.hospital, "clock": self.stage.node.clock} | more
        return introduce(self.home(name), told, **asked)

    def admitted(self, name: str = "thrift", roles: Roles = Roles.READER | Roles.LENDER) -> Party:
        """With other roles than it asked for."""
        party = of_home(self.home(name)).party(name)
        governors = self.stage.consortium.governors()[:2]
        admit(self.stage.node, [replace(party, roles=roles)], governors=governors)
        return party

    def come(self, name: str = "thrift", url: str = URL) -> Introduction:
        told = self.introduced(name, url)
        self.admitted(name)
        return told

    def file(self, told: Introduction) -> Path:
        place = self.folder / "introduction.json"
        place.write_bytes(text(told))
        return place

    def welcome(self, told: Introduction, home: Path | None = None) -> Seat:
        return welcome(self.stage.node, home or self.hospital, self.file(told))

    def known(self, home: Path | None = None) -> bytes:
        return ((home or self.hospital) / CHARTER).read_bytes()

    def seat(self, name: str) -> Seat | None:
        charter = charter_of(self.hospital)
        assert charter is not None
        return charter.seat(name)

    def key_of(self, name: str) -> SigningKey:
        return of_home(self.home(name)).party(name).signing

    def said_by(self, key: SigningKey, told: Introduction, **changes: Any) -> Introduction:
        """Signed anew, with something else in it."""
        return signed(told.chain, told.genesis, replace(told.entry, **changes), by=key)


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


def test_a_home_that_broke_off_is_finished_with_the_same_keys(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("salus.rights.custody.consortium.introducing.mark", die)
        with pytest.raises(KeyboardInterrupt):
            street.introduced()
    key = of_home(street.home("thrift")).party("thrift").address
    certificate = (street.home("thrift") / "tls" / "certificate.pem").read_text()
    told = street.introduced(nodes=NODES)

    assert told.entry.address == key
    assert told.entry.certificate == certificate
    assert street.introduced() == told, "twice is once"
    assert read_served(street.home("thrift") / SERVED).endpoints == NODES
    assert not read_served(street.home("thrift") / SERVED).own


def test_the_home_of_a_newcomer_has_what_is_public_and_no_key_of_others(street: Street) -> None:
    street.introduced()
    home = street.home("thrift")
    charter = charter_of(home)
    assert charter is not None

    assert [each.name for each in charter.seats] == sorted(
        ["thrift", *(each.name for each in street.members)]
    )
    assert of_home(home).residents() == ["thrift"]
    assert (home / DEPLOYMENT).read_bytes() == (street.hospital / DEPLOYMENT).read_bytes()
    assert read_served(home / SERVED).endpoints == ("http://127.0.0.1:8545",)


def test_a_home_is_made_only_where_there_is_none(street: Street, tmp_path: Path) -> None:
    with pytest.raises(NoPublicFiles, match=r"trust\.json"):
        street.introduced(public=tmp_path / "nobody")
    with pytest.raises(NameTaken):
        street.introduced("ledger")
    with pytest.raises(NameTaken):
        street.introduced(street.members[1].name.upper())
    with pytest.raises(UnknownParty):
        introduce(street.hospital, Newcomer("thrift", Roles(0), URL), clock=street.stage.node.clock)
    (street.hospital / CHARTER).unlink()
    with pytest.raises(HomeExists):
        introduce(street.hospital, Newcomer("thrift", Roles(0), URL), clock=street.stage.node.clock)


def test_a_home_in_which_everybody_lives_welcomes_nobody(street: Street, tmp_path: Path) -> None:
    with pytest.raises(NoCharter):
        street.welcome(street.come(), tmp_path / "nobody")


TYPES = {
    "Introduction": [
        {"name": "genesis", "type": "bytes32"},
        {"name": "name", "type": "string"},
        {"name": "org", "type": "address"},
        {"name": "sealing", "type": "bytes32"},
        {"name": "url", "type": "string"},
        {"name": "certificate", "type": "bytes32"},
        {"name": "sequence", "type": "uint256"},
    ]
}


def test_what_is_signed_is_what_the_general_encoder_says(street: Street) -> None:
    told = street.introduced()
    message = {
        "genesis": told.genesis,
        "name": told.entry.name,
        "org": to_hex(told.entry.address),
        "sealing": sha256(told.entry.sealing).digest(),
        "url": told.entry.url,
        "certificate": sha256(told.entry.certificate.encode()).digest(),
        "sequence": told.entry.sequence,
    }
    domain = {
        "name": "Salus",
        "version": "1",
        "chainId": told.chain,
        "verifyingContract": to_hex(NOBODY),
    }
    signable = encode_typed_data(domain, TYPES, message)
    expected = keccak256(b"\x19" + signable.version + signable.header + signable.body)

    assert digest_of(told.chain, told.genesis, told.entry) == expected


def test_an_introduction_reads_as_it_was_written(street: Street) -> None:
    told = street.introduced()

    assert parse(Introduction, text(told)) == told
    assert told.signer() == told.entry.address
