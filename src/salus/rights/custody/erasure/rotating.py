"""New storage keys for the node and for every keeper of a home."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from salus.platform import storage
from salus.platform.capability import offered
from salus.platform.database import Database
from salus.platform.node import STORAGE_KEY
from salus.platform.work import Node
from salus.rights.custody.at_rest import reseal as reseal_store
from salus.rights.custody.household import STORES, open_store, store_key

NODE = "node"


@dataclass(frozen=True, slots=True)
class Rotated:
    """Which key is in force, and whether it is new."""

    generation: int
    is_new: bool


def rotate_home(node: Node, home: Path, *, days: int) -> list[tuple[str, Rotated]]:
    """Replace keys that are at least so many days old; the node's first, then each keeper's.

    A keeper that runs in a process of its own takes the new key when the old one opens nothing.
    """
    done = [(NODE, _rotate(node, node.database, home / STORAGE_KEY, _reseal_all, days))]
    stores = home / STORES
    for place in sorted(stores.iterdir()) if stores.exists() else ():
        store = open_store(home, place.name)
        key = store_key(home, place.name)
        done.append((place.name, _rotate(node, store, key, reseal_store, days)))
        store.close()
    return done


def _rotate(
    node: Node, database: Database, key: Path, reseal: storage.Reseal, days: int
) -> Rotated:
    now = node.clock.now()
    if not storage.is_due(database, now=now, days=days):
        return Rotated(storage.generation(database), is_new=False)
    return Rotated(storage.rotate(database, key, reseal, now=now), is_new=True)


def _reseal_all(session: Session, old: bytes, new: bytes) -> None:
    for reseal in offered("reseals"):
        reseal(session, old, new)
