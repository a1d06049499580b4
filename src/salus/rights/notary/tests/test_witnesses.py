"""Witnesses sign only what the ledger says, only forward, and a proof needs enough of them."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from salus.kernel.documents import text
from salus.kernel.ids import Address, Digest
from salus.kernel.merkle import consistency, root
from salus.kernel.secp256k1 import SigningKey, recover
from salus.platform.web import Peer
from salus.platform.work import Work
from salus.rights.identity.model import Party
from salus.rights.notary.api import witness_app
from salus.rights.notary.errors import (
    LogAhead,
    LogForked,
    NoteTooOld,
    NotSince,
    OtherLog,
    TooFewWitnesses,
)
from salus.rights.notary.messages import Note
from salus.rights.notary.model import record_leaf
from salus.rights.notary.service import anchor, cosign, log_of, queue, since_of
from salus.rights.notary.settings import NotarySettings
from salus.rights.notary.tables import SignedHead
from salus.rights.notary.witnesses import Quorum, Witness, Witnessed, quorum_of, witnessed
from tests.support.scene import Scene, new_scene


@pytest.fixture(scope="module")
def stage() -> Scene:
    """Its log of batches is its own, and grows from test to test."""
    made = new_scene()
    grow(made)
    return made


def grow(stage: Scene) -> None:
    """One more batch."""
    with stage.node.sessions() as session, session.begin():
        queue(Work(stage.node, session), record_leaf(secrets.token_bytes(32)))
    anchor(stage.node, by=stage.consortium.hospital.signing)


def log(stage: Scene) -> list[bytes]:
    with stage.node.reading() as session:
        return log_of(Work(stage.node, session))


def note(stage: Scene, *, since: int = 0, **changes: Any) -> Note:
    """The head of the log as it is now."""
    leaves = log(stage)
    proof = tuple(map(Digest, consistency(leaves, since))) if since else ()
    made = Note(
        chain=stage.node.ledger.chain_id,
        contract=stage.node.contracts["Anchors"].address,
        size=len(leaves),
        root=Digest(root(leaves)),
        time=stage.now().replace(microsecond=0),
        since=since,
        proof=proof,
    )
    return replace(made, **changes)


def signer(stage: Scene, asked: Note, signature: bytes) -> Address | None:
    digest = asked.checkpoint().digest(asked.chain, asked.contract)
    return recover(digest, signature)


def test_a_witness_signs_what_the_ledger_says(stage: Scene) -> None:
    by, asked = SigningKey.generate(), note(stage)

    assert by.address == signer(stage, asked, cosign(stage.node, asked, by=by))


def test_a_witness_signs_a_log_that_extends_the_last_one(stage: Scene) -> None:
    by, first = SigningKey.generate(), note(stage)
    cosign(stage.node, first, by=by)
    grow(stage)
    with pytest.raises(NotSince) as refused:
        cosign(stage.node, note(stage), by=by)
    asked = note(stage, since=first.size)

    assert {"size": str(first.size)} == refused.value.shown()
    assert by.address == signer(stage, asked, cosign(stage.node, asked, by=by))
    assert by.address == signer(
        stage, asked, cosign(stage.node, note(stage, since=asked.size), by=by)
    )


def test_a_witness_never_signs_an_older_log(stage: Scene) -> None:
    by, older = SigningKey.generate(), note(stage)
    grow(stage)
    newer = note(stage)
    cosign(stage.node, newer, by=by)
    with pytest.raises(LogForked):
        cosign(stage.node, replace(older, since=newer.size), by=by)
    with pytest.raises(NotSince):
        cosign(stage.node, older, by=by)


def test_a_witness_whose_ledger_was_exchanged_refuses(stage: Scene) -> None:
    by = SigningKey.generate()
    cosign(stage.node, note(stage), by=by)
    size = len(log(stage))
    with stage.node.sessions() as session, session.begin():
        row = session.get(SignedHead, by.address)
        assert row is not None
        row.root = bytes(32)
    grow(stage)
    with pytest.raises(LogForked):
        cosign(stage.node, note(stage, since=size), by=by)


@pytest.mark.parametrize("at", [0, -1])
def test_a_malformed_consistency_proof_is_refused(stage: Scene, at: int) -> None:
    by, first = SigningKey.generate(), note(stage)
    cosign(stage.node, first, by=by)
    grow(stage)
    asked = note(stage, since=first.size)
    kept = list(asked.proof)
    del kept[at]
    for proof in (tuple(kept), (*asked.proof, Digest(bytes(32))), (Digest(bytes(32)),)):
        with pytest.raises(LogForked):
            cosign(stage.node, replace(asked, proof=proof), by=by)


REFUSED: list[tuple[Callable[[Scene], dict[str, Any]], type[Exception]]] = [
    (lambda _: {"chain": 1}, OtherLog),
    (lambda _: {"contract": Address(b"\1" * 20)}, OtherLog),
    (lambda stage: {"time": stage.now() - timedelta(seconds=301)}, NoteTooOld),
    (lambda stage: {"time": stage.now() + timedelta(seconds=302)}, NoteTooOld),
    (lambda stage: {"size": len(log(stage)) + 1}, LogAhead),
    (lambda _: {"size": 0}, LogAhead),
    (lambda _: {"root": Digest(bytes(32))}, LogForked),
]


@pytest.mark.parametrize(("change", "error"), REFUSED)
def test_a_witness_refuses_what_it_cannot_see(
    stage: Scene, change: Callable[[Scene], dict[str, Any]], error: type[Exception]
) -> None:
    by = SigningKey.generate()
    with pytest.raises(error):
        cosign(stage.node, note(stage, **change(stage)), by=by)
    with stage.node.reading() as session:
        kept = session.get(SignedHead, by.address)

    assert kept is None


def test_what_was_signed_is_kept_before_the_signature_leaves(
    stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    by, asked = SigningKey.generate(), note(stage)

    def killed(_key: SigningKey, _digest: bytes) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(SigningKey, "sign", killed)
    with pytest.raises(KeyboardInterrupt):
        cosign(stage.node, asked, by=by)
    with stage.node.reading() as session:
        kept = session.get(SignedHead, by.address)

    assert kept is not None
    assert (asked.size, asked.root) == (kept.size, kept.root)


"""GATHERING"""


def behind_a_door(stage: Scene, party: Party | SigningKey) -> Witness:
    key = party.signing if isinstance(party, Party) else party
    return Witness(Peer.inside("w", witness_app(stage.node, key)))


def gathered(stage: Scene, *witnesses: Witness, needed: int) -> Witnessed:
    head = note(stage).checkpoint()
    by = stage.consortium.hospital.signing
    return witnessed(stage.node, head, log(stage), Quorum(witnesses, needed), by=by)


def test_a_checkpoint_carries_the_signatures_of_its_witnesses(stage: Scene) -> None:
    parties = (stage.consortium.hospital, *stage.consortium.custodians[:2])
    doors = [behind_a_door(stage, party) for party in parties[1:]]
    for _ in range(2):
        grow(stage)
        found = gathered(stage, *doors, needed=3)
        chain, contract = stage.node.ledger.chain_id, stage.node.contracts["Anchors"].address

        assert tuple(sorted(party.address for party in parties)) == found.nodes
        assert found.nodes == found.checkpoint.signers(chain, contract)


def test_a_stranger_is_no_witness(stage: Scene) -> None:
    stranger = behind_a_door(stage, SigningKey.generate())
    with pytest.raises(TooFewWitnesses, match="1 of the 2 nodes"):
        gathered(stage, stranger, needed=2)

    assert gathered(stage, stranger, needed=1).nodes == (stage.consortium.hospital.address,)


def test_one_witness_that_is_asked_twice_counts_once(stage: Scene) -> None:
    door = behind_a_door(stage, stage.consortium.custodians[3])
    with pytest.raises(TooFewWitnesses):
        gathered(stage, door, door, needed=3)


def test_the_node_itself_is_no_second_witness(stage: Scene) -> None:
    own = behind_a_door(stage, stage.consortium.hospital)
    with pytest.raises(TooFewWitnesses):
        gathered(stage, own, needed=2)


class Liar(Peer):
    """A witness that answers whatever it was told to."""

    def __init__(self, answer: bytes) -> None:
        self.name, self.answer = "liar", answer

    def post(self, path: str, content: bytes, *, limit: int = 0) -> bytes:
        return self.answer


@pytest.mark.parametrize(
    "answer",
    [b"", b"{}", b'{"v":1,"signature":"0x"}', b'{"v":1,"signature":"0x' + b"1" * 130 + b'"}'],
)
def test_a_witness_that_answers_nonsense_is_named_as_missing(stage: Scene, answer: bytes) -> None:
    with pytest.raises(TooFewWitnesses, match="missing: liar"):
        gathered(stage, Witness(Liar(answer)), needed=2)


def test_a_witness_that_is_down_is_named_by_host_and_port(stage: Scene) -> None:
    settings = NotarySettings(witnesses=("http://127.0.0.1:9/",))
    quorum = quorum_of(settings)
    with pytest.raises(TooFewWitnesses, match=r"missing: 127\.0\.0\.1:9\."):
        gathered(stage, *quorum.witnesses, needed=quorum.needed)


def test_a_note_travels_as_it_was_written(stage: Scene) -> None:
    door = behind_a_door(stage, stage.consortium.custodians[4])
    asked = note(stage)

    assert signer(stage, asked, door.cosign(asked)) == stage.consortium.custodians[4].address
    with pytest.raises(NotSince):
        door.cosign(replace(asked, since=asked.size + 1))
    assert b"time" in text(asked)


@pytest.mark.parametrize(
    ("witnesses", "chosen", "quorum"),
    [((), 0, 1), (("http://w",), 0, 2), (("http://w",), 1, 1), (("http://w",), 3, 3), ((), 2, 2)],
)
def test_the_quorum_is_two_where_there_are_witnesses(
    witnesses: tuple[str, ...], chosen: int, quorum: int
) -> None:
    assert quorum == NotarySettings(witnesses=witnesses, checkpoint_quorum=chosen).quorum()


def test_a_later_log_shows_that_it_extends_an_earlier_one(stage: Scene) -> None:
    leaves = log(stage)
    found = since_of(leaves, 2)

    assert found is not None
    assert (2, tuple(consistency(leaves, 2))) == (found.size, found.hashes)
    assert since_of(leaves, len(leaves)) is None
    for size in (0, len(leaves) + 1):
        with pytest.raises(LogAhead):
            since_of(leaves, size)
