"""`salus approve-offer`, `salus post-offer`: what is offered of a pledge, if its lender agrees."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from salus.kernel.clock import moment, stamp
from salus.kernel.documents import text
from salus.kernel.encoding import to_hex
from salus.kernel.ids import record_text
from salus.platform.cli import Commands, Console
from salus.platform.files import write_atomic
from salus.platform.i18n import language
from salus.platform.node import open_node
from salus.rights.consent.cli.words import PATIENT
from salus.rights.identity.keyring import of_home
from salus.services.exchange import drafting
from salus.services.exchange.cli.words import Owner, described_offer, hand_of
from salus.services.exchange.drafting import OfferApproval, OfferDraft, read_file

app = Commands()
_Draft = Annotated[Path, typer.Argument(help="What `salus offer --draft` wrote.")]
_Approval = Annotated[Path, typer.Argument(help="What `salus approve-offer` wrote.")]
_Days = Annotated[int, typer.Option(min=1, max=365, help="For how many days the word is good.")]
_Output = Annotated[Path, typer.Option("-o", "--output", help="File for the borrower.")]


@app.command(name="approve-offer")
def approve_offer(
    console: Console,
    draft: _Draft,
    *,
    output: _Output,
    days: _Days = 7,
    name: Annotated[str, typer.Option("--as", help="Who lent: the holder of the note.")] = "bank",
) -> None:
    """Agree, as the lender, to an offer of what is pledged. Its text is shown.

    Example: salus approve-offer draft.json --as bank -o approval.json
    """
    made = read_file(OfferDraft, draft)
    key = of_home(console.home).party(name).signing
    valid = int(timedelta(days=days).total_seconds())
    with open_node(console.home) as node:
        given = drafting.approve(node, made, valid=valid, by=key)
    write_atomic(output, text(given))
    console.answer(
        {
            "agreement": to_hex(given.agreement),
            "record": record_text(made.record),
            "by": name,
            "until": stamp(moment(given.deadline)),
            "file": str(output),
        }
    )
    agreement = made.agreement
    said = agreement.chinese if language() == "zh-Hans" else agreement.english
    for line in said.splitlines():
        console.say("{line}", line=line)
    console.say(
        "{name} agrees until {until}. Give {file} to the borrower.",
        name=name,
        until=stamp(moment(given.deadline)),
        file=output,
    )


@app.command(name="post-offer")
def post_offer(console: Console, approval: _Approval, *, signer: Owner = PATIENT) -> None:
    """Post what was drafted of a pledge, with the word of its lender.

    Example: salus post-offer approval.json
    """
    given = read_file(OfferApproval, approval)
    with open_node(console.home) as node:
        with node.reading() as session:
            made = drafting.drafted(session, given)
            hand = hand_of(node, session, console.home, made.record, signer)
        known = drafting.post_approved(node, made, given, by=hand)
        console.answer(described_offer(node, console.home, known))
    console.say("The offer has the number {offer}.", offer=known.offer.id)
