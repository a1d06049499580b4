"""A gateway with a vault of its own takes the bodies that were announced, from their source."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from salus.kernel.ids import Digest, RecordId
from salus.kernel.secp256k1 import SigningKey
from salus.platform.vault import MemoryVault, NotItsName
from salus.platform.web import Peer, PeerUnreachable
from salus.platform.web.errors import BodyTooLarge
from salus.rights.custody import messages as m
from salus.rights.custody.api import keeper_app
from salus.rights.custody.errors import BodyNotAwaited
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.peers import Courier, Keepers, RemoteKeeper
from salus.rights.custody.reading import read
from salus.rights.custody.tables import AwaitedBody
from salus.services.fhir.files import Document
from salus.services.fhir.intake import prepare
from salus.services.fhir.service import announce, known_in, take
from tests.support.scene import chart, new_keeper, new_patient, scene

BODY = b"\x07" * 1000


@dataclass(frozen=True, slots=True)
class Apart:
    """The scene with a gateway behind a door, which has a vault of its own."""

    gateway: Keeper
    keepers: Keepers

    @property
    def courier(self) -> Courier:
        assert self.keepers.courier is not None
        return self.keepers.courier

    def take(self, patient: str) -> RecordId:
        desk = replace(scene().desk, keepers=self.keepers)
        found = Document(Path("chart.json"), chart(patient)).resources()
        with scene().node.reading() as session:
            intake = prepare(found, known_in(session, desk), lambda _: False)
        (record,) = take(desk, intake)
        announce(desk)
        return record

    def bring(self, name: bytes, body: bytes, *, by: SigningKey | None = None) -> None:
        signer = by or scene().consortium.hospital.signing
        digest = m.body_digest(self.gateway.ledger.domain, Digest(name), len(body))
        self.keepers.gateway.take_body(name, body, signer.sign(digest))

    def awaited(self) -> dict[bytes, int]:
        with self.gateway.reading() as session:
            return {row.name: row.size for row in session.scalars(select(AwaitedBody))}


@contextmanager
def apart() -> Iterator[Apart]:
    stage = scene()
    gateway = new_keeper(stage.node, stage.consortium.gateway, m.Role.GATEWAY)
    gateway = replace(gateway, vault=MemoryVault())
    peer = Peer.inside("gateway", keeper_app(gateway))
    remote = RemoteKeeper(stage.keepers.gateway.member, peer)
    courier = Courier(remote, gateway.ledger.domain, stage.consortium.hospital.signing)
    yield Apart(gateway, replace(stage.keepers, gateway=remote, courier=courier))
    peer.close()


def test_what_the_source_brings_is_opened_from_the_gateways_own_vault() -> None:
    with apart() as made:
        record = made.take(new_patient())
        units = scene().units(record)
        opened = read(scene().node, made.keepers, scene().subject(record), record, units)
        names = made.awaited()

        assert b"12.0 g/dL" in opened.units[0].resources["Observation/o1"]
        assert len(names) >= 3
        assert {name: len(made.gateway.vault.get(name)) for name in names} == names


def test_bringing_twice_is_once() -> None:
    with apart() as made:
        made.take(new_patient())
        name, size = next(iter(made.awaited().items()))
        made.bring(name, made.gateway.vault.get(name))

        assert len(made.gateway.vault.get(name)) == size


def test_a_body_that_nobody_announced_is_refused() -> None:
    with apart() as made:
        with pytest.raises(BodyNotAwaited):
            made.bring(bytes(32), BODY)

        assert not made.gateway.vault.has(bytes(32))


def test_only_the_source_that_announced_a_body_brings_it() -> None:
    with apart() as made:
        made.take(new_patient())
        name = next(iter(made.awaited()))
        body = made.gateway.vault.get(name)
        made.gateway.vault.delete(name)
        for by in (scene().clinic.signing, SigningKey.generate()):
            with pytest.raises(BodyNotAwaited):
                made.bring(name, body, by=by)
        with pytest.raises(BodyNotAwaited):
            made.keepers.gateway.take_body(name, body, b"\x01" * 64)

        assert not made.gateway.vault.has(name)


def signed_as_announced(made: Apart, name: bytes) -> bytes:
    digest = m.body_digest(made.gateway.ledger.domain, Digest(name), made.awaited()[name])
    return scene().consortium.hospital.signing.sign(digest)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda body: body[:-1] + bytes([body[-1] ^ 1]), NotItsName),
        (lambda body: body[:-1], NotItsName),
        (lambda body: b"", NotItsName),
        (lambda body: body + b"\0", BodyTooLarge),
    ],
    ids=["changed", "cut", "empty", "longer"],
)
def test_other_content_is_refused(change: Callable[[bytes], bytes], error: type[Exception]) -> None:
    with apart() as made:
        made.take(new_patient())
        name = next(iter(made.awaited()))
        body = made.gateway.vault.get(name)
        made.gateway.vault.delete(name)
        with pytest.raises(error):
            made.keepers.gateway.take_body(name, change(body), signed_as_announced(made, name))

        assert not made.gateway.vault.has(name)


class Lost(RemoteKeeper):
    """A gateway that is gone when the bodies come."""

    def take_body(self, name: bytes, body: bytes, signature: bytes) -> None:
        raise PeerUnreachable(name=self.name)


def test_without_the_bodies_there_is_no_version() -> None:
    patient = new_patient()
    with apart() as made:
        remote = made.keepers.gateway
        courier = replace(made.courier, gateway=Lost(remote.member, remote.peer))
        broken = replace(made, keepers=replace(made.keepers, courier=courier))
        with pytest.raises(PeerUnreachable):
            broken.take(patient)
        was_known = scene().knows(patient)
        made.take(patient)

        assert (was_known, scene().knows(patient)) == (False, True)


def test_a_gateway_that_uses_the_sources_vault_awaits_nothing() -> None:
    stage = scene()
    stage.record()
    with stage.gateway.reading() as session:
        count = session.scalar(select(func.count()).select_from(AwaitedBody))

    assert count == 0
