"""A newcomer makes its own home, and says in a signed file who it is."""

from hashlib import sha256
from pathlib import Path

import pytest
from eth_account.messages import encode_typed_data

from salus.kernel.documents import parse, text
from salus.kernel.encoding import to_hex
from salus.kernel.ids import NOBODY
from salus.kernel.secp256k1 import keccak256
from salus.platform.errors import HomeExists
from salus.platform.ledger.served import read_served
from salus.platform.node import DEPLOYMENT, SERVED
from salus.rights.custody.consortium.errors import (
    NameTaken,
    NoPublicFiles,
)
from salus.rights.custody.consortium.introducing import Newcomer, introduce
from salus.rights.custody.consortium.introduction import Introduction, digest_of
from salus.rights.custody.consortium.tests.street import NODES, URL, Street
from salus.rights.identity.charter import CHARTER, charter_of
from salus.rights.identity.errors import UnknownParty
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Roles


@pytest.fixture
def street(tmp_path: Path) -> Street:
    return Street(tmp_path)


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
