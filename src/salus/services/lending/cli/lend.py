"""`salus lend offer`, `withdraw-offer`, `list`, `show`, `notices`, `sell-note`."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from salus.kernel.encoding import to_hex
from salus.kernel.ids import NOBODY, Digest, record_text
from salus.platform.cli import Commands, Console
from salus.platform.i18n import language, translate
from salus.platform.node import open_node
from salus.platform.settings import read
from salus.platform.work import Node
from salus.rights.consent.authority.cli.people import address_of
from salus.rights.consent.cli.words import PATIENT, parse_until
from salus.rights.consent.cli.words import name_of as party_name
from salus.rights.identity.keyring import of_home
from salus.rights.records.service import find_record
from salus.rights.revenue.currency import parse_amount, shown
from salus.services.lending import service
from salus.services.lending.agreement import Agreement
from salus.services.lending.cli.words import LoanNumber, Record, at, shown_token, token_of
from salus.services.lending.errors import AgreementMissing
from salus.services.lending.model import LoanOffer, Mode
from salus.services.lending.notices import Notified, Told, tell
from salus.services.lending.notices import notices as known_notices
from salus.services.lending.offers import Fate, SignedOffer, fate_of, find_offer, name_of, offers
from salus.services.lending.reading import loan_number, to_now
from salus.services.lending.settings import LendingSettings
from salus.services.lending.words import parse_mode, parse_percent, percent

app, lend = Commands(), Commands()
app.add_typer(lend, name="lend", help="Offer loans on records, and hand their notes on.")
_NONE = Digest(bytes(32))

_Principal = Annotated[str, typer.Option(help="What is lent, in currency units: 100 or more.")]
_Apr = Annotated[str, typer.Option(help="Percent a year, at most 36; 12 without, 0 in fruits.")]
_Days = Annotated[int, typer.Option(min=30, max=1_095, help="Days until it is due.")]
_Mode = Annotated[str, typer.Option(help="What income does: `amortize`, `sweep` or `fruits`.")]
_Split = Annotated[str, typer.Option(help="In sweep, percent of the rest that pays principal.")]
_Warn = Annotated[str, typer.Option(help="A breach is cured at this debt, in percent of value.")]
_Liquidate = Annotated[
    str, typer.Option(help="More debt is a breach, in percent of the value; 0 for no trigger.")
]
_MinRate = Annotated[str, typer.Option(help="The least a day that the record must earn now.")]
_Covenant = Annotated[str, typer.Option(help="The least a day that it must earn later on.")]
_Until = Annotated[str, typer.Option(help="The last day of the offer, such as 2027-12-31.")]
_Output = Annotated[Path | None, typer.Option("-o", "--output", help="File for the borrower.")]


@lend.command()
def offer(
    console: Console,
    record: Record,
    *,
    principal: _Principal,
    apr: _Apr = "",
    days: _Days = 365,
    mode: _Mode = "amortize",
    split: _Split = "50",
    warn: _Warn = "60",
    liquidate: _Liquidate = "75",
    min_rate: _MinRate = "",
    covenant: _Covenant = "",
    until: _Until = "",
    name: Annotated[str, typer.Option("--as", help="Who lends, such as `bank`.")] = "bank",
    output: _Output = None,
) -> None:
    """Sign an offer to lend on a record as it is now, and let its principal be pulled.

    Example: salus lend offer 5a10 --principal 400 --apr 12 --days 365 --as bank -o offer.json
    """
    asked = _Asked(principal, apr, days, mode, split, warn, liquidate, covenant, min_rate)
    lender = of_home(console.home).party(name)
    with open_node(console.home) as node:
        with node.reading() as session:
            wished = _wished(token_of(session, record), asked)
        lasting = timedelta(days=read(LendingSettings).offer_days)
        end = parse_until(until) if until else node.clock.now() + lasting
        made = service.offer(node, wished, until=end, lender=lender, copy=output)
    console.answer(_described(console, made, "open"))
    _report(console, made, name, output)


class _Asked(NamedTuple):
    """Terms as they were written."""

    principal: str
    apr: str
    days: int
    mode: str
    split: str
    warn: str
    liquidate: str
    covenant: str
    min_rate: str


def _wished(token: int, asked: _Asked) -> LoanOffer:
    """Raises UnknownMode, BadTerm and BadAmount."""
    mode = parse_mode(asked.mode)
    trigger = parse_percent(asked.liquidate, "--liquidate")
    return LoanOffer(
        lender=NOBODY,
        token=token,
        fingerprint=_NONE,
        principal=parse_amount(asked.principal),
        agreement_hash=_NONE,
        apr_bps=parse_percent(asked.apr or ("0" if mode is Mode.FRUITS else "12"), "--apr"),
        term_days=asked.days,
        mode=mode,
        split_bps=parse_percent(asked.split, "--split") if mode is Mode.SWEEP else 0,
        warn_bps=parse_percent(asked.warn, "--warn") if trigger else 0,
        liquidation_bps=trigger,
        covenant_rate_per_day=parse_amount(asked.covenant) if asked.covenant else 0,
        min_rate_per_day=parse_amount(asked.min_rate) if asked.min_rate else 0,
    )


def _report(console: Console, made: SignedOffer, name: str, output: Path | None) -> None:
    console.say(
        "{lender} offers {principal} on {record} until {until}. The offer is {offer}.",
        lender=name,
        principal=shown(made.principal),
        record=shown_token(made.token),
        until=at(made.deadline),
        offer=name_of(made),
    )
    if output is not None:
        console.say("Give {file} to whoever owns the record.", file=str(output))


@lend.command(name="withdraw-offer")
def withdraw_offer(
    console: Console,
    offer: Annotated[str, typer.Argument(help="The offer, a beginning of it, or its file.")],
    *,
    name: Annotated[str, typer.Option("--as", help="The lender that signed it.")] = "bank",
) -> None:
    """Take a signed offer back before somebody borrows on it.

    Example: salus lend withdraw-offer 0x7f3a --as bank
    """
    lender = of_home(console.home).party(name)
    with open_node(console.home) as node:
        with node.reading() as session:
            signed = find_offer(session, offer)
        service.withdraw_offer(node, signed, by=lender)
    console.answer(_described(console, signed, Fate.WITHDRAWN.value))
    console.say("The offer {offer} was taken back. Nobody can borrow on it.", offer=name_of(signed))


@lend.command(name="list")
def list_(console: Console) -> None:
    """List the loan offers that this home has.

    Example: salus lend list
    """
    with open_node(console.home) as node:
        to_now(node)
        with node.reading() as session:
            found = offers(session)
        states = [fate_of(node, each).value for each in found]
    console.answer(
        [_described(console, each, state) for each, state in zip(found, states, strict=True)]
    )
    if not found:
        console.say("There are no loan offers. A lender makes one with `salus lend offer`.")
        return
    console.table(
        ("offer", "record", "lender", "principal", "a year", "days", "mode", "until", "state"),
        [
            (
                name_of(each)[:10],
                shown_token(each.token),
                party_name(console.home, each.lender),
                shown(each.principal),
                percent(each.apr_bps),
                each.term_days,
                Mode(each.mode).name.lower(),
                at(each.deadline),
                translate(state),
            )
            for each, state in zip(found, states, strict=True)
        ],
    )


def _described(console: Console, offer: SignedOffer, state: str) -> dict[str, object]:
    """Money in units, parts in basis points."""
    return {
        "offer": name_of(offer),
        "record": shown_token(offer.token),
        "lender": party_name(console.home, offer.lender),
        "principal": offer.principal,
        "apr_bps": offer.apr_bps,
        "days": offer.term_days,
        "mode": Mode(offer.mode).name.lower(),
        "split_bps": offer.split_bps,
        "warn_bps": offer.warn_bps,
        "liquidation_bps": offer.liquidation_bps,
        "covenant_rate_per_day": offer.covenant_rate_per_day,
        "min_rate_per_day": offer.min_rate_per_day,
        "until": at(offer.deadline),
        "state": state,
    }


@lend.command()
def show(
    console: Console,
    offer: Annotated[str, typer.Argument(help="The offer, its file, or the number of a loan.")],
) -> None:
    """Show the agreement of an offer or of a loan, as it was signed.

    Example: salus lend show 0x7f3a
    """
    with open_node(console.home) as node:
        found = _agreement(node, offer)
    console.answer(
        {
            "agreement": to_hex(found.hash()),
            "salt": to_hex(found.salt),
            "en": found.english,
            "zh-Hans": found.chinese,
        }
    )
    text = found.chinese if language() == "zh-Hans" else found.english
    console.say("{text}", text=text)
    console.say("On the ledger it is {hash}.", hash=to_hex(found.hash()))


def _agreement(node: Node, text: str) -> Agreement:
    """Raises UnknownLoan, AgreementMissing and what `find_offer` raises."""
    if text.isdecimal() and len(text) < 10:
        kept = service.agreement(node, loan_number(text))
        if kept is None:
            raise AgreementMissing(loan=text)
        return kept
    with node.reading() as session:
        return find_offer(session, text).agreement


@lend.command()
def notices(
    console: Console,
    *,
    record: Annotated[str, typer.Option("--record", help="Only of this record.")] = "",
    name: Annotated[str, typer.Option("--as", help="Only what this party was told.")] = "",
) -> None:
    """Show who was told of what happened to loans: breaches, cures, auctions, ends.

    Example: salus lend notices --as bank
    """
    ring = of_home(console.home)
    told = ring.member(name).address if name else None
    with open_node(console.home) as node:
        to_now(node)
        tell(node)
        with node.reading() as session:
            only = find_record(session, record) if record else None
            found = known_notices(session, only, told)
    rows = [_noticed(console, each) for each in found]
    console.answer(rows)
    if not rows:
        console.say("There was nothing to tell.")
        return
    columns = ("time", "loan", "what", "until", "told", "role")
    console.table(columns, [_words(row, columns) for row in rows])


def _noticed(console: Console, each: Notified) -> dict[str, object]:
    is_patient = each.role is Told.SUBJECT
    return {
        "time": at(each.at),
        "loan": each.loan,
        "record": record_text(each.record),
        "what": each.step.value,
        "until": at(each.until) if each.until else "",
        "told": PATIENT if is_patient else party_name(console.home, each.told),
        "role": each.role.value,
    }


def _words(row: dict[str, object], columns: tuple[str, ...]) -> tuple[object, ...]:
    """The same for people, in their language."""
    spoken = {"what", "role"}
    return tuple(
        translate(str(row[each])).replace("_", " ") if each in spoken else row[each]
        for each in columns
    )


@lend.command(name="sell-note")
def sell_note(
    console: Console,
    loan: LoanNumber,
    *,
    to: Annotated[str, typer.Option(help="Who is paid from now on: a name or an address.")],
    name: Annotated[str, typer.Option("--as", help="Who holds the note.")] = "bank",
) -> None:
    """Hand the right to be paid for a loan on. What is paid for it is between the two.

    Example: salus lend sell-note 1 --to acme --as bank
    """
    number = loan_number(loan)
    with open_node(console.home) as node:
        with node.reading() as session:
            holder = address_of(session, console.home, to)
        service.sell_note(node, number, holder, by=of_home(console.home).party(name).signing)
    console.answer({"loan": number, "holder": to_hex(holder)})
    console.say("{to} is paid for the loan {loan} from now on.", to=to, loan=number)
