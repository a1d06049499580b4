"""The nodes that are asked to co-sign a checkpoint before a proof carries it."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from salus.kernel.documents import parse, text
from salus.kernel.errors import SalusError
from salus.kernel.ids import Address, Digest
from salus.kernel.merkle import consistency
from salus.kernel.secp256k1 import SigningKey, recover
from salus.platform.web import Peer
from salus.platform.work import Node
from salus.rights.identity.charter import Charter
from salus.rights.identity.doors import peer_of
from salus.rights.notary.errors import NotSince, TooFewWitnesses
from salus.rights.notary.ledger import is_log_key
from salus.rights.notary.messages import Cosigned, Note
from salus.rights.notary.proof import Checkpoint
from salus.rights.notary.settings import NotarySettings


@dataclass(frozen=True, slots=True)
class Witness:
    """Another node behind its door."""

    peer: Peer

    @property
    def name(self) -> str:
        return self.peer.name

    def cosign(self, note: Note) -> bytes:
        answer = self.peer.post("/notary/checkpoint", text(note))
        return parse(Cosigned, answer).signature


@dataclass(frozen=True, slots=True)
class Quorum:
    """Whom to ask, and how many nodes must sign, the asking one included."""

    witnesses: tuple[Witness, ...] = ()
    needed: int = 1


def quorum_of(settings: NotarySettings, charter: Charter | None = None) -> Quorum:
    """The witnesses of the settings: members of the charter, others named by host and port."""
    known = {seat.url: seat for seat in charter.seats} if charter else {}
    asked = (
        peer_of(known[url]) if url in known else Peer.at(urlsplit(url).netloc, url)
        for url in settings.witnesses
    )
    return Quorum(tuple(map(Witness, asked)), settings.quorum())


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A checkpoint and the nodes that signed it."""

    checkpoint: Checkpoint
    nodes: tuple[Address, ...]


def witnessed(
    node: Node, head: Checkpoint, log: Sequence[bytes], quorum: Quorum, *, by: SigningKey
) -> Witnessed:
    """Sign a head and gather the signatures of witnesses who are members.

    `log`: its leaf hashes. Raises TooFewWitnesses naming those who gave none.
    """
    chain, contract = node.ledger.chain_id, node.contracts["Anchors"].address
    digest = head.digest(chain, contract)
    found, missing = {by.address: by.sign(digest)}, []
    with ThreadPoolExecutor(max_workers=max(1, len(quorum.witnesses))) as pool:
        asked = [
            (each.name, pool.submit(_ask, each, head, log, chain, contract))
            for each in quorum.witnesses
        ]
    for name, answer in asked:
        signature = answer.result()
        signer = None if signature is None else recover(digest, signature)
        if signature is None or signer is None or not is_log_key(node, signer):
            missing.append(name)
        else:
            found[signer] = signature
    if len(found) < quorum.needed:
        raise TooFewWitnesses(found=len(found), needed=quorum.needed, names=", ".join(missing))
    nodes = tuple(sorted(found))
    signatures = tuple(found[each] for each in nodes)
    return Witnessed(Checkpoint(head.size, head.root, head.time, signatures), nodes)


def _ask(
    witness: Witness, head: Checkpoint, log: Sequence[bytes], chain: int, contract: Address
) -> bytes | None:
    """A signature, or None from a witness that does not answer or refuses."""

    def note(since: int) -> Note:
        proof = tuple(map(Digest, consistency(log, since))) if since else ()
        return Note(chain, contract, head.size, head.root, head.time, since, proof)

    try:
        try:
            return witness.cosign(note(0))
        except NotSince as error:
            return witness.cosign(note(int(error.shown()["size"])))
    except (SalusError, ValueError):
        return None
