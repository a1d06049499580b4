"""The ledger that the parties share: its port, its adapters, its contracts, its follower."""

from salus.platform.ledger.contracts import Contract, DecodedEvent, Interface
from salus.platform.ledger.deployment import Contracts, Deploy, deploy
from salus.platform.ledger.embedded import EmbeddedLedger
from salus.platform.ledger.follower import Index, follow
from salus.platform.ledger.port import GAS, Block, Call, Event, Ledger, Receipt
from salus.platform.ledger.remembered import at_final, at_one_block, remembered
from salus.platform.ledger.rpc import RpcLedger
from salus.platform.ledger.typed import typed_digest
from salus.platform.ledger.waiting import settled

__all__ = [
    "GAS",
    "Block",
    "Call",
    "Contract",
    "Contracts",
    "DecodedEvent",
    "Deploy",
    "EmbeddedLedger",
    "Event",
    "Index",
    "Interface",
    "Ledger",
    "Receipt",
    "RpcLedger",
    "at_final",
    "at_one_block",
    "deploy",
    "follow",
    "remembered",
    "settled",
    "typed_digest",
]
