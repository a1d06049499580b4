"""The gateway's side of bodies that a source brings from a vault of its own."""

from salus.kernel.crypt4gh import segment_root
from salus.kernel.ids import Digest
from salus.kernel.secp256k1 import recover
from salus.platform.vault import NotItsName
from salus.rights.custody import messages as m
from salus.rights.custody.errors import BodyNotAwaited
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.tables import AwaitedBody


def size_of_awaited(keeper: Keeper, name: bytes) -> int:
    """How many bytes a body will have, as its source said. Raises BodyNotAwaited."""
    return _awaited(keeper, name).size


def take_body(keeper: Keeper, name: bytes, content: bytes, signature: bytes) -> None:
    """Keep a body that a hold announced, brought by the source of that hold; twice is once.

    Raises BodyNotAwaited for any other body or bringer, and NotItsName for other content.
    """
    row = _awaited(keeper, name)
    digest = m.body_digest(keeper.ledger.domain, Digest(name), row.size)
    if recover(digest, signature) != row.source:
        raise BodyNotAwaited
    if len(content) != row.size or segment_root(content) != name:
        raise NotItsName(name=name)
    keeper.vault.put({name: content})


def _awaited(keeper: Keeper, name: bytes) -> AwaitedBody:
    with keeper.reading() as session:
        row = session.get(AwaitedBody, name)
    if row is None:
        raise BodyNotAwaited
    return row
