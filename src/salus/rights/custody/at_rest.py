"""What of custody lies under a storage key, and moving it under the next one."""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from salus.kernel.wrap import KeyDamaged
from salus.platform.database import KeyReplaced
from salus.platform.storage import reseal_column
from salus.rights.custody.erasure.tables import HoldRow, SignedCall
from salus.rights.custody.keeper import Keeper
from salus.rights.custody.resharing.tables import JoinedShare, joined_at_rest
from salus.rights.custody.tables import (
    DealtUnit,
    HeldSecret,
    PreparedUnit,
    StoredObject,
    key_at_rest,
    wrap_at_rest,
)

T = TypeVar("T")


def reseal(session: Session, old: bytes, new: bytes) -> None:
    """Every key of a unit, share, half, wrap and reason: of a source, and of a keeper's store."""
    dealt, held = ("unit", "epoch"), ("unit", "epoch", "generation")
    sealed = (
        (DealtUnit, "kek", dealt),
        (PreparedUnit, "sealed", dealt),
        (HeldSecret, "sealed", held),
    )
    for table, column, key in sealed:
        reseal_column(session, table, column, key, _key_place(table), keys=(old, new))
    reseal_column(session, JoinedShare, "sealed", held, joined_at_rest, keys=(old, new))
    objects = ("object_id",)
    reseal_column(session, StoredObject, "wrap", objects, wrap_at_rest, keys=(old, new))
    signed = ("wish", "position")
    reseal_column(session, SignedCall, "sealed", signed, call_at_rest, keys=(old, new))
    reseal_column(session, HoldRow, "reason", ("id",), reason_at_rest, keys=(old, new))


def _key_place(table: type[DealtUnit | PreparedUnit | HeldSecret]) -> Callable[..., bytes]:
    return lambda unit, epoch, generation=0: key_at_rest(table, unit, epoch, generation)


def reason_at_rest(hold: bytes) -> bytes:
    return HoldRow.__tablename__.encode() + hold


def call_at_rest(wish: int, position: int) -> bytes:
    return f"{SignedCall.__tablename__}/{wish}/{position}".encode()


def with_present_key(verb: Callable[..., T], keeper: Keeper, *arguments: Any) -> T:
    """Do something at a keeper; once more when its storage key was replaced meanwhile."""
    try:
        return verb(keeper, *arguments)
    except (KeyDamaged, KeyReplaced):
        keeper.renew_key()
        return verb(keeper, *arguments)
