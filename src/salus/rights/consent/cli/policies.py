"""`salus policy`: what governors publish and approve for everybody."""

from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.clock import moment, stamp
from salus.kernel.encoding import to_hex
from salus.kernel.secp256k1 import SigningKey
from salus.platform.cli import Commands, Console
from salus.platform.node import open_node
from salus.rights.consent import policies
from salus.rights.consent.errors import UnknownKind
from salus.rights.consent.model import PolicyKind
from salus.rights.identity.keyring import of_home

app = Commands()
policy = Commands(help="What governors publish and approve for a whole network.")
app.add_typer(policy, name="policy", help="What governors publish and approve for a network.")

_Governor = Annotated[str, typer.Option("--as", help="A governor who lives in this home.")]


@policy.command()
def publish(
    console: Console,
    file: Annotated[Path, typer.Argument(help="The text, as everybody will get it.")],
    *,
    kind: Annotated[
        str, typer.Option("--for", help="What for: `wording`, `legal-limit` or `profile`.")
    ],
    signer: _Governor,
) -> None:
    """Publish a text by its hash, so that anybody can see that it is the one in use.

    Example: salus policy publish consent-wording.txt --for wording --as hospital
    """
    named, content, by = kind_named(kind), file.read_bytes(), _governor(console, signer)
    with open_node(console.home) as node:
        published = policies.publish_policy(node, content, named, by=by)
    console.answer({"policy": to_hex(published), "for": kind})
    console.say(
        "Published. The SHA-256 of the text is {policy}; keep the text where everybody finds it.",
        policy=to_hex(published),
    )


@policy.command(name="list")
def list_(console: Console) -> None:
    """List the policies that governors published. A text is one of them by its SHA-256.

    Example: salus policy list
    """
    with open_node(console.home) as node, node.reading() as session:
        rows = [
            {
                "policy": to_hex(each.policy),
                "for": _word(each.kind),
                "published": stamp(moment(each.published_at)),
            }
            for each in policies.policies(session)
        ]
    console.answer(rows)
    if rows:
        console.table(("policy", "for", "published"), [tuple(row.values()) for row in rows])
    else:
        console.say("No policy was published.")


@policy.command()
def approve_condition(
    console: Console,
    condition: Annotated[
        str, typer.Argument(help="A contract of this network by its name, or its address.")
    ],
    *,
    signer: _Governor,
) -> None:
    """Let grants name a contract as their condition, for ever.

    Example: salus policy approve-condition Referrals --as hospital
    """
    by = _governor(console, signer)
    with open_node(console.home) as node:
        contract = policies.condition_named(node, condition)
        policies.approve_condition(node, contract, by=by)
    console.answer({"condition": to_hex(contract), "approved": True})
    console.say("From now on grants may name {condition} as their condition.", condition=condition)


@policy.command()
def conditions(console: Console) -> None:
    """List the conditions that grants can name, and those that no governor approved yet.

    Example: salus policy conditions
    """
    with open_node(console.home) as node, node.reading() as session:
        rows = [
            {
                "condition": each.name or None,
                "contract": to_hex(each.contract),
                "approved": stamp(moment(each.approved_at)) if each.approved_at else None,
            }
            for each in policies.known_conditions(node, session)
        ]
    console.answer(rows)
    console.table(
        ("condition", "contract", "approved"),
        [tuple(value or "" for value in row.values()) for row in rows],
    )


def kind_named(text: str) -> PolicyKind:
    """Raises UnknownKind."""
    known = {_word(kind): kind for kind in PolicyKind}
    if text not in known:
        raise UnknownKind(kind=text[:32])
    return known[text]


def _word(kind: PolicyKind) -> str:
    return kind.name.lower().replace("_", "-")


def _governor(console: Console, name: str) -> SigningKey:
    """Raises UnknownParty."""
    return of_home(console.home).party(name).signing
