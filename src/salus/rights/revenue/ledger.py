"""Money on the ledger: calls of RevenueRouter and SettlementToken, and views at a final block."""

from collections.abc import Sequence
from typing import NamedTuple

from salus.kernel.clock import seconds
from salus.kernel.eip712 import digest, domain_separator, struct_hash, word
from salus.kernel.ids import NOBODY, Address, Digest, RecordId
from salus.kernel.secp256k1 import SigningKey, keccak256
from salus.platform.ledger import Block, Call, remembered
from salus.platform.work import Node
from salus.rights.identity.ledger import VALID, View, intent, signed, view
from salus.rights.revenue.projections import PROJECTIONS as EVENTS

ROUTER, TOKEN = "RevenueRouter", "SettlementToken"
PERMIT_TYPE = keccak256(
    b"Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
)


class StreamOnLedger(NamedTuple):
    """What a section earns, in the order of the ABI: `accrued` is units x DAY, `last` seconds."""

    accrued: int
    rate_per_day: int
    last: int
    generation: int
    shared_through_day: int


class PrepaymentOnLedger(NamedTuple):
    """What a license paid ahead, in the order of the ABI; the licensee is NOBODY for none."""

    licensee: Address
    start: int
    end_day: int
    rate_per_day: int
    recurring: bool


class LienOnLedger(NamedTuple):
    """Who has a claim on a token's income, in the order of the ABI; NOBODY for nobody."""

    module: Address
    id: int


class LastSale(NamedTuple):
    """The price (units) of the last sale of a token, and when (seconds); zeros for none."""

    price: int
    at: int


def settle(node: Node, token: int) -> Call:
    """Divide what the sections of a token have earned: by anybody."""
    return node.contracts[ROUTER].call("settle", token)


def accrue(node: Node, section: int) -> Call:
    """Count at most 64 days of a section that was left alone for long: by anybody."""
    return node.contracts[ROUTER].call("accrue", section)


def withdraw(
    node: Node, to: Address, amount: int, *, by: SigningKey, account: Address | None = None
) -> Call:
    """Pay a credit out. `account` is the subject account that `by` controls, if it is not a key."""
    router = node.contracts[ROUTER]
    own = intent(node, router, "withdraw", (to, amount), by=by, signer=account)
    return router.call("withdraw", to, amount, own.as_abi())


def withdraw_for(node: Node, account: Address) -> Call:
    """Pay an account all it is owed: by anybody."""
    return node.contracts[ROUTER].call("withdrawFor", account)


def permit_payer(node: Node, amount: int, *, by: SigningKey) -> Call:
    """Let the router pull up to `amount` from the address of a key (EIP-2612)."""
    token, router = node.contracts[TOKEN], node.contracts[ROUTER]
    nonce = int(view(node, TOKEN, "nonces", by.address))
    deadline = seconds(node.clock.now()) + VALID
    struct = struct_hash(
        PERMIT_TYPE,
        *(word(each) for each in (by.address, router.address, amount, nonce, deadline)),
    )
    domain = domain_separator(TOKEN, node.ledger.chain_id, token.address)
    signature = by.sign(digest(domain, struct))
    r, s, v = signature[:32], signature[32:64], signature[64]
    return router.call("permitPayer", by.address, amount, deadline, v, r, s)


def issue(node: Node, to: Address, amount: int, *, by: SigningKey) -> Call:
    """Issue settlement tokens: by an acting key of the platform."""
    return signed(node, TOKEN, "issue", to, amount, by=by)


def redeem(node: Node, amount: int, *, by: SigningKey) -> Call:
    """Give settlement tokens back: by their holder."""
    return signed(node, TOKEN, "redeem", amount, by=by)


def set_blocked(node: Node, account: Address, *, is_blocked: bool, by: SigningKey) -> Call:
    """Stop an account from sending and receiving, or let it again: by the platform."""
    return signed(node, TOKEN, "setBlocked", account, is_blocked, by=by)


def section_id(record: RecordId, section: int) -> int:
    """What streams are kept under: as the token of the section, detached or not."""
    return record << 8 | section


def streams(node: Node, ids: Sequence[int], *, at: Block) -> list[StreamOnLedger]:
    """The streams of sections, in one question."""
    router = node.contracts[ROUTER]

    def ask() -> list[StreamOnLedger]:
        answers = node.ledger.call([router.call("streamOf", each) for each in ids], at=at)
        return [StreamOnLedger(*router.result("streamOf", each)) for each in answers]

    return list(remembered(node.ledger).take(at, (router.address, "streams", *ids), ask))


def rate_of(ask: View, token: int, *, at: Block) -> int:
    """Units a day that flow to a token."""
    return int(ask(ROUTER, "rateOf", token, at=at))


def pending_of(ask: View, token: int, *, at: Block) -> int:
    """Units that `settle` would divide."""
    return int(ask(ROUTER, "pendingOf", token, at=at))


def credit_of(node: Node, account: Address) -> int:
    """Units that are owed to an account."""
    return int(view(node, ROUTER, "creditOf", account))


def balance_of(node: Node, account: Address) -> int:
    """Units of the settlement token that an account holds."""
    return int(view(node, TOKEN, "balanceOf", account))


def is_blocked(node: Node, account: Address) -> bool:
    """Whether the platform has stopped an account."""
    return bool(view(node, TOKEN, "isBlocked", account))


def allowance_of(node: Node, account: Address) -> int:
    """Units that the router may pull from an account."""
    return int(view(node, TOKEN, "allowance", account, node.contracts[ROUTER].address))


def prepayment_of(ask: View, token: int, number: int, *, at: Block) -> PrepaymentOnLedger:
    """What the license of a number, under the offer of a token, has paid ahead."""
    return PrepaymentOnLedger(*ask(ROUTER, "prepaymentOf", token, number, at=at))


def lien_of(ask: View, token: int, *, at: Block) -> LienOnLedger:
    return LienOnLedger(*ask(ROUTER, "lienOf", token, at=at))


def creditor_on(node: Node, ask: View, token: int, *, at: Block) -> Address:
    """Who is paid first from the income of a token; NOBODY while it is not pledged."""
    lien = lien_of(ask, token, at=at)
    if lien.module == NOBODY:
        return NOBODY
    holder = next(each for each in node.contracts.values() if each.address == lien.module)
    return Address(ask(holder.name, "creditorOf", lien.id, at=at))


def last_sale_of(ask: View, token: int, *, at: Block) -> LastSale:
    return LastSale(*ask(ROUTER, "lastSaleOf", token, at=at))


def collateral_fingerprint(ask: View, token: int, *, at: Block) -> Digest:
    """The hash of all that a lender relies on."""
    return Digest(ask(ROUTER, "collateralFingerprint", token, at=at))


PROJECTIONS = EVENTS
