"""A consortium is founded: who gets what, and which organizations make none."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from salus.kernel.clock import SystemClock
from salus.kernel.documents import parse, text
from salus.platform.errors import HomeDamaged
from salus.platform.files import Home
from salus.platform.node import DEPLOYMENT
from salus.platform.web import WrongCertificate, tls_key_hash
from salus.rights.custody.consortium.checking import check
from salus.rights.custody.consortium.errors import BadOrganizations
from salus.rights.custody.consortium.homes import TRUST, found_apart
from salus.rights.custody.consortium.model import Organization, Organizations
from salus.rights.custody.errors import HomeNotEmpty
from salus.rights.custody.household import custody_of, resident_of, source_of
from salus.rights.custody.settings import CustodySettings
from salus.rights.identity.charter import CHARTER, Charter, charter_of
from salus.rights.identity.doors import peer_of
from salus.rights.identity.errors import UnknownParty
from salus.rights.identity.keyring import of_home
from salus.surfaces.consortium.organizations import USUAL, organizations_in
from tests.support.secrets_of import foreign, holding, secrets_of

KEEPERS = ("c1", "c2", "c3", "c4", "c5", "gateway")
PARTIES = ("hospital", "insurer", *KEEPERS)


def found(out: Path, organizations: Organizations | None = None) -> Charter:
    usual = organizations_in(USUAL)
    return found_apart(out, organizations or usual, clock=SystemClock(), settings=CustodySettings())


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("consortium") / "homes"
    found(folder)
    return folder


def test_each_party_and_the_ledger_has_a_home(homes: Path) -> None:
    assert {each.name for each in homes.iterdir()} == {"ledger", *PARTIES}
    assert [each.name for each in homes.parent.iterdir()] == ["homes"]
    assert len({Home.open(each).genesis for each in homes.iterdir()}) == 1


def test_a_home_has_the_secrets_of_its_party_and_no_others(homes: Path) -> None:
    assert [of_home(homes / name).residents() for name in PARTIES] == [[each] for each in PARTIES]
    assert of_home(homes / "ledger").residents() == []
    assert {len(secrets_of(homes / name)) for name in KEEPERS} == {6}
    assert list(foreign(homes)) == []


def test_the_search_finds_a_secret_that_lies_elsewhere(homes: Path, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes((homes / "c1" / "tls" / "key.pem").read_bytes())
    signing = json.loads((homes / "c1" / "parties" / "c1.key.json").read_bytes())["signing"]
    (tmp_path / "note").write_bytes(bytes.fromhex(signing[2:]))
    where = {file.name for each in secrets_of(homes / "c1") for file in holding(tmp_path, each)}

    assert where == {"key.pem", "note"}


@pytest.mark.parametrize("name", [CHARTER, str(DEPLOYMENT), TRUST])
def test_what_is_public_is_equal_in_every_home(homes: Path, name: str) -> None:
    assert len({(homes / each / name).read_bytes() for each in ("ledger", *PARTIES)}) == 1


def test_the_charter_holds_nothing_secret(homes: Path) -> None:
    charter = (homes / "c1" / CHARTER).read_bytes()

    assert b"PRIVATE" not in charter
    assert all(
        secret not in charter and secret.hex().encode() not in charter
        for name in PARTIES
        for secret in secrets_of(homes / name)
    )


def test_secrets_are_readable_by_their_owner_only(homes: Path) -> None:
    kept = [each for each in homes.rglob("*") if each.suffix in {".key", ".pem"}]
    kept += list(homes.rglob("*.key.json"))

    assert kept
    assert {each.stat().st_mode & 0o077 for each in kept} == {0}


def test_members_are_known_by_key_address_and_certificate(homes: Path) -> None:
    charter = charter_of(homes / "insurer")
    assert charter is not None
    own = of_home(homes / "c4").party("c4")
    seat = charter.seat("c4")
    assert seat is not None

    assert seat.address == own.address
    assert seat.sealing == own.sealing.public()
    assert seat.url == "https://127.0.0.1:9104"
    assert seat.tls == tls_key_hash((homes / "c4" / "tls" / "certificate.pem").read_text())
    assert charter.seat("c9") is None
    assert custody_of(homes / "insurer").custodians == KEEPERS[:5]


def test_only_the_hospital_has_the_source(homes: Path) -> None:
    with pytest.raises(UnknownParty):
        source_of(homes / "insurer")

    assert source_of(homes / "hospital").name == "hospital"
    assert resident_of(homes / "insurer") == "insurer"
    assert resident_of(homes / "ledger") is None


def test_a_certificate_that_is_not_of_the_named_key_is_not_used(homes: Path) -> None:
    charter = charter_of(homes / "insurer")
    assert charter is not None
    first, second = charter.seats[2:4]
    for certificate in (second.certificate, "nothing"):
        with pytest.raises(WrongCertificate, match=first.name):
            peer_of(replace(first, certificate=certificate))


def test_a_damaged_charter_is_named(homes: Path, tmp_path: Path) -> None:
    (tmp_path / CHARTER).write_bytes((homes / "c1" / CHARTER).read_bytes()[:-9])
    with pytest.raises(HomeDamaged, match=CHARTER):
        charter_of(tmp_path)


def test_a_charter_reads_as_it_was_written(homes: Path) -> None:
    charter = charter_of(homes / "c1")

    assert parse(Charter, text(charter)) == charter


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("keep")
    with pytest.raises(HomeNotEmpty):
        found(tmp_path)

    assert [each.name for each in tmp_path.iterdir()] == ["mine"]


def test_a_founding_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr("salus.rights.custody.consortium.homes.furnish", fails)
    with pytest.raises(OSError):
        found(tmp_path / "homes")

    assert list(tmp_path.iterdir()) == []


def changed(name: str, /, **members: object) -> Organizations:
    """The usual organizations, one of which is otherwise."""
    usual = organizations_in(USUAL)
    return replace(
        usual,
        organizations=tuple(
            replace(each, **members) if each.name == name else each  # type: ignore[arg-type]
            for each in usual.organizations
        ),
    )


def without(*names: str) -> Organizations:
    usual = organizations_in(USUAL)
    kept = tuple(each for each in usual.organizations if each.name not in names)
    return replace(usual, organizations=kept)


def with_one_more(organization: Organization) -> Organizations:
    usual = organizations_in(USUAL)
    return replace(usual, organizations=(*usual.organizations, organization))


PLACE = "https://127.0.0.1:9199"
WRONG = {
    "the name of a folder above": changed("c1", name=".."),
    "the name of the ledger": changed("c1", name="ledger"),
    "the name of the patient": changed("c1", name="subject"),
    "no name": changed("c1", name=""),
    "a name in capitals": changed("c1", name="C1"),
    "a name twice": changed("c1", name="c2"),
    "a long name": changed("c1", name="c" * 41),
    "no role": changed("c1", roles=()),
    "an unknown role": changed("c1", roles=("king",)),
    "two parts of one key": changed("c1", roles=("custodian", "gateway")),
    "a source that keeps keys": changed("hospital", roles=("source", "custodian")),
    "no source": changed("hospital", roles=("reader",)),
    "two sources": with_one_more(Organization("clinic", ("source",), PLACE)),
    "no gateway": without("gateway"),
    "two gateways": with_one_more(Organization("other", ("gateway",), PLACE)),
    "too few custodians": without("c1", "c2", "c3"),
    "no port": changed("c1", url="https://127.0.0.1"),
    "a path": changed("c1", url="https://127.0.0.1:9101/c1"),
    "a password": changed("c1", url="https://me:secret@127.0.0.1:9101"),
    "plain HTTP": changed("c1", url="http://127.0.0.1:9101"),
    "no address": changed("c1", url=""),
    "a port that is none": changed("c1", url="https://127.0.0.1:99999"),
    "one place twice": changed("c1", url="https://127.0.0.1:9102"),
    "the place of the ledger": changed("c1", url="https://127.0.0.1:8545"),
    "a ledger nowhere": replace(organizations_in(USUAL), ledger="nowhere"),
}


@pytest.mark.parametrize("organizations", WRONG.values(), ids=WRONG.keys())
def test_organizations_that_make_no_consortium_are_refused(
    organizations: Organizations, tmp_path: Path
) -> None:
    with pytest.raises(BadOrganizations):
        found(tmp_path / "homes", organizations)

    assert list(tmp_path.iterdir()) == []


def test_three_custodians_are_enough_for_a_threshold_of_three() -> None:
    check(without("c1", "c2"), CustodySettings())
