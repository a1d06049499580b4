"""`salus license`: what there is, what was agreed, who was told; `revoke-license`, `prune`."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from salus.kernel.clock import moment, seconds, stamp
from salus.kernel.encoding import to_hex
from salus.kernel.ids import record_text
from salus.platform.cli import Commands, Console
from salus.platform.files import write_atomic
from salus.platform.i18n import language, translate
from salus.platform.node import open_node
from salus.rights.consent.cli.words import PATIENT
from salus.rights.consent.licensing.licenses import license_text
from salus.rights.identity.keyring import of_home
from salus.rights.records.service import find_record
from salus.rights.revenue.currency import shown
from salus.services.exchange import service
from salus.services.exchange.agreements import Agreed, agreed_for, offers_under
from salus.services.exchange.cli.words import (
    NAMES,
    License,
    agreement_in,
    described_license,
    hand_of,
    names,
    salt_in,
)
from salus.services.exchange.errors import AgreementMissing
from salus.services.exchange.model import Kind
from salus.services.exchange.model.agreement import Text, agreement_bytes
from salus.services.exchange.notices import notices as known_notices
from salus.services.exchange.reading import KnownLicense, find_license, licenses, offer_of

app = Commands()
license_ = Commands(help="Licenses that were bought, and what was agreed.")
app.add_typer(license_, name="license", help="Licenses that were bought, and what was agreed.")

_OfRecord = Annotated[str, typer.Option("--record", help="Only of this record.")]
_OfLicensee = Annotated[str, typer.Option("--as", help="Only those of this party.")]
_ToldTo = Annotated[str, typer.Option("--as", help="Only what this party was told.")]
_Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", help="File for the agreement, whose hash is on the ledger."),
]


@license_.command(name="list")
def list_(console: Console, *, record: _OfRecord = "", licensee: _OfLicensee = "") -> None:
    """List licenses: who may use what until when, and what it cost.

    Example: salus license list --as institute
    """
    holder = of_home(console.home).member(licensee).address if licensee else None
    with open_node(console.home) as node, node.reading() as session:
        only = find_record(session, record) if record else None
        now = seconds(node.clock.now())
        found = licenses(session, record=only, licensee=holder)
        console.answer([described_license(session, console, each, now) for each in found])
    if not found:
        console.say("There are no licenses.")
        return
    console.table(
        ("license", "licensee", "kind", "sections", "until", "state", "paid", "given back"),
        [_row(console, each, now) for each in found],
    )


def _row(console: Console, each: KnownLicense, now: int) -> tuple[object, ...]:
    return (
        license_text(each.id)[:12],
        of_home(console.home).name_of(each.licensee),
        NAMES[each.kind],
        ", ".join(names(each.mask)),
        translate("for ever") if each.kind is Kind.PERPETUAL else stamp(moment(each.end))[:10],
        each.word(now).value,
        shown(each.paid),
        shown(each.refunded),
    )


@license_.command()
def show(console: Console, license_: License, *, output: _Output = None) -> None:
    """Show a license and its agreement; with a file, the text and the salt behind its hash.

    Example: salus license show 7f3a -o agreement.json
    """
    with open_node(console.home) as node, node.reading() as session:
        found = find_license(session, license_)
        now = seconds(node.clock.now())
        said = described_license(session, console, found, now)
        agreed = _agreed(session, found)
    texts = {"en": agreed.text.english, "zh-Hans": agreed.text.chinese} if agreed else None
    console.answer(
        said | {"salt": to_hex(agreed.salt) if agreed else None, "agreement_text": texts}
    )
    console.table(
        ("license", "licensee", "kind", "sections", "until", "state", "paid", "given back"),
        [_row(console, found, now)],
    )
    if agreed is None:
        console.warn("The text of its agreement is in the home of the seller.")
    else:
        _show_agreement(console, agreed, output)


def _agreed(session: Session, found: KnownLicense) -> Agreed | None:
    """The text, where it is kept here and did not go with an erased record."""
    try:
        return agreed_for(session, offer_of(session, found.offer).offer)
    except AgreementMissing:
        return None


def _show_agreement(console: Console, agreed: Agreed, output: Path | None) -> None:
    for line in _spoken(agreed.text).splitlines():
        console.say("{line}", line=line)
    console.say("Its hash is {hash}.", hash=to_hex(agreed.hash))
    if output is not None:
        write_atomic(output, agreement_bytes(agreed.text))
        console.say(
            "The text is in {file}; its salt is {salt}.", file=output, salt=to_hex(agreed.salt)
        )


def _spoken(text: Text) -> str:
    return text.chinese if language().startswith("zh") else text.english


@license_.command()
def check(
    console: Console,
    file: Annotated[Path, typer.Argument(help="What `salus license show -o` wrote.")],
    *,
    salt: Annotated[
        str, typer.Option(help="The salt that was shown with it; those of this home without.")
    ] = "",
) -> None:
    """Compare the file of an agreement with the salted hash on the ledger, byte by byte.

    Example: salus license check agreement.json --salt 0x4f1c
    """
    kept, salted = agreement_in(file), salt_in(salt) if salt else None
    with open_node(console.home) as node, node.reading() as session:
        offers = offers_under(session, node, kept, salted)
        bought = [each for each in licenses(session) if each.offer in offers]
    texts = [license_text(each.id) for each in bought]
    console.answer({"file": str(file), "offers": offers, "licenses": texts})
    console.say(
        "The text is the agreement of the offer {offer}, as its hash on the ledger says.",
        offer=", ".join(map(str, offers)),
    )
    if texts:
        console.say("These licenses are under it: {licenses}.", licenses=", ".join(texts))


@license_.command()
def notices(console: Console, *, record: _OfRecord = "", name: _ToldTo = "") -> None:
    """Show who was told of licenses and sales, and when.

    Example: salus license notices --record 5a10
    """
    with open_node(console.home) as node, node.reading() as session:
        found = known_notices(session, find_record(session, record) if record else None)
    ring = of_home(console.home)
    only = ring.member(name).address if name else None
    rows = [
        {
            "time": stamp(moment(each.at)),
            "what": each.step.value,
            "license": license_text(each.subject),
            "record": record_text(each.record),
            "told": PATIENT if each.role.value == "subject" else ring.name_of(each.told),
            "role": each.role.value,
        }
        for each in found
        if only is None or each.told == only
    ]
    console.answer(rows)
    if not rows:
        console.say("There was nothing to tell.")
        return
    columns, spoken = ("time", "what", "license", "told", "role"), {"what", "role"}
    console.table(
        columns,
        [
            tuple(translate(row[each]) if each in spoken else row[each] for each in columns)
            for row in rows
        ],
    )


@app.command(name="revoke-license")
def revoke_license(console: Console, license_: License) -> None:
    """End a license this second, as the patient. What was paid ahead goes back to who paid.

    Example: salus revoke-license 7f3a
    """
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_license(session, license_)
            hand = hand_of(node, session, console.home, found.record, PATIENT)
        ended = service.revoke(node, found, by=hand)
        with node.reading() as session:
            now = seconds(node.clock.now())
            console.answer(described_license(session, console, ended, now))
    console.say(
        "The license has ended. {refund} goes back to who paid.",
        refund=shown(ended.refunded - found.refunded),
    )


@app.command()
def prune(console: Console, license_: License) -> None:
    """Take what the patient has closed out of a license, and give the rest of its price back.

    Anybody may, and it happens by itself.

    Example: salus prune 7f3a
    """
    with open_node(console.home) as node:
        with node.reading() as session:
            found = find_license(session, license_)
        left = service.prune(node, found)
        with node.reading() as session:
            now = seconds(node.clock.now())
            console.answer(described_license(session, console, left, now))
    console.say(
        "{refund} goes back to who paid. What is left: {sections}.",
        refund=shown(left.refunded - found.refunded),
        sections=", ".join(names(0 if left.ended_at else left.mask)) or "-",
    )
