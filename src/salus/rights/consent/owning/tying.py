"""What a patient lets the owner of a token read ends with the ownership.

Who owns a record, or a section that was divided from it, reads by a grant only. KeysUnchanged
holds from the moment of the grant until the token moves.
"""

from collections.abc import Sequence

from salus.kernel.encoding import to_hex
from salus.kernel.ids import Address, Digest, RecordId, UnitId
from salus.platform.work import Node
from salus.rights.consent.conditions import Condition
from salus.rights.consent.owning.errors import SeveralTokens
from salus.rights.identity.ledger import Views
from salus.rights.records.ledger import TokenState, token_of
from salus.rights.records.service import all_units

CONTRACT = "KeysUnchanged"
_EPOCH_BITS = 24
_REKEY_PENDING = 2


def tie_to_owner(
    node: Node, record: RecordId, units: Sequence[UnitId], readers: Sequence[Address]
) -> Condition | None:
    """What ends a grant to the owner of a token that controls what it opens; None to all others.

    The patient owns without end, as long as nothing is given away. Raises SeveralTokens.
    """
    with node.reading() as session:
        wanted = {unit.place.section for unit in all_units(session, record) if unit.id in units}
    ask, at = Views(node), node.ledger.final()
    registry = "RecordRegistry"
    sections = (token_of(record, section) for section in wanted)
    tokens = {ask(registry, "controllerOf", section, at=at) for section in sections}
    owners = {token: Address(ask(registry, "ownerOf", token, at=at)) for token in tokens}
    subject = ask(registry, "subjectOf", record, at=at)
    owned = [token for token, who in owners.items() if who in readers and who != subject]
    if len(owned) > 1:
        raise SeveralTokens(owner=to_hex(owners[owned[0]]))
    if not owned:
        return None
    state = TokenState(*ask(registry, "tokenStateOf", owned[0], at=at))
    return Condition(node.contracts[CONTRACT].address, condition_key(owned[0], _epoch(state)))


def _epoch(state: TokenState) -> int:
    """Of the keys that the owner gets, where the token has just moved."""
    return state.pending_epoch if state.rekey == _REKEY_PENDING else state.key_epoch


def condition_key(token: int, epoch: int) -> Digest:
    """A token and a key epoch, as KeysUnchanged.sol reads them."""
    return Digest((token << _EPOCH_BITS | epoch).to_bytes(32, "big"))
