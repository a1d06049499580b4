"""Tokens that were given, auctioned or recombined wait for new keys: their source makes them."""

from collections.abc import Callable
from datetime import timedelta

from salus.kernel.errors import SalusError
from salus.kernel.ids import RecordId
from salus.platform.work import Node, Work, count_waiting, enqueue, is_waiting
from salus.rights.custody.renewing.sealing import Desk
from salus.rights.custody.renewing.service import finish, renew, under_way
from salus.rights.identity.ledger import view
from salus.rights.records.pending import pending

RENEW = "custody.renew_pending"
EVERY = timedelta(minutes=10)
DeskOf = Callable[[RecordId, int], Desk]
"""The desk of a source for a record, and for a detached section of it unless the code is 0."""


def keep_renewing(work: Work) -> None:
    """See to it that tokens which wait for new keys are looked for."""
    if not is_waiting(work, RENEW):
        enqueue(work, RENEW, run_at=work.node.clock.now() + EVERY)


def come_back(work: Work) -> None:
    """The same from the job itself."""
    if count_waiting(work, RENEW) <= 1:  # this one
        enqueue(work, RENEW, run_at=work.node.clock.now() + EVERY)


def renew_pending(node: Node, desk_of: DeskOf) -> int:
    """Give every token of this source that waits for new keys its keys; how many got them.

    Sales are completed by the exchange. What was begun is finished first, because each change
    moves the root of its record. Raises the first error once all have had their turn.
    """
    node.follow()
    with node.reading() as session:
        waiting = {(each.record, each.section): each.is_sale for each in pending(session)}
    begun = [each for each in under_way(node) if each not in waiting]
    wanted = [each for each, is_sale in waiting.items() if not is_sale]
    errors: list[SalusError] = []
    done = 0
    for (record, section), verb in [
        *((it, finish) for it in begun),
        *((it, renew) for it in wanted),
    ]:
        desk = desk_of(record, section)
        if view(node, "RecordRegistry", "sourceOf", record) != desk.source.address:
            continue
        try:
            done += not verb(desk)
        except SalusError as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return done
