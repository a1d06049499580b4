"""`salus appraise`."""

from salus.kernel.encoding import to_hex
from salus.platform.cli import Commands, Console
from salus.platform.i18n import translate
from salus.platform.node import open_node
from salus.platform.work import Work
from salus.rights.revenue.currency import shown
from salus.services.lending.appraising import Valued, read_value
from salus.services.lending.cli.words import Record, at, shown_token, token_of
from salus.services.lending.model import limit
from salus.services.lending.model.offer import DEFAULT_LIQUIDATION
from salus.services.lending.watching import keep_watching

app = Commands()
_BAR = 32  # characters
_TERMS = ("month", "quarter", "prepaid", "flowing")


@app.command()
def appraise(console: Console, record: Record) -> None:
    """Read what a record is worth to a lender, from the licenses that give most.

    Example: salus appraise 5a10
    """
    with open_node(console.home) as node:
        with node.sessions() as session, session.begin():
            token = token_of(session, record)
            keep_watching(Work(node, session))
        found = read_value(node, token)
    console.answer(_described(found))
    value = found.appraisal.value
    console.say(
        "{record} is worth {value}, as read at {at}.",
        record=shown_token(token),
        value=shown(value),
        at=at(found.appraisal.at),
    )
    _explain(console, found)
    most = limit(DEFAULT_LIQUIDATION, value)
    console.say("A loan on it can be {most} at most.", most=shown(most))


def _described(found: Valued) -> dict[str, object]:
    """Money in units."""
    return {
        "record": shown_token(found.token),
        "value": found.appraisal.value,
        "read_at": at(found.appraisal.at),
        "fresh": found.is_fresh,
        "raw": found.incomes.raw(),
        "terms": dict(zip(_TERMS, found.incomes.shown(), strict=True)),
        "licenses": [
            {
                "license": f"{each.license:032x}",
                "licensee": to_hex(each.licensee),
                "rate_per_day": each.rate_per_day,
            }
            for each in found.licenses
        ],
    }


def _explain(console: Console, found: Valued) -> None:
    """The four incomes with bars; the shortest one is the value, unless it rises slowly."""
    terms = found.incomes.shown()
    names = (
        translate("earned in the last month"),
        translate("earned in the last quarter"),
        translate("paid ahead"),
        translate("flowing now"),
    )
    most = max(*terms, found.appraisal.value, 1)
    rows = [(name, shown(term), _bar(term, most)) for name, term in zip(names, terms, strict=True)]
    rows.append(
        (translate("value"), shown(found.appraisal.value), _bar(found.appraisal.value, most))
    )
    console.table(("twelve months of what is", "worth", "compared"), rows)
    if len({each.licensee for each in found.licenses}) < 4:
        console.say("Fewer than four licensees who count are worth nothing to a lender.")
    elif found.appraisal.value < found.incomes.raw():
        console.say("A value rises by 2 % a day at most, and no higher than a recent sale allows.")


def _bar(units: int, most: int) -> str:
    return "█" * (_BAR * units // most) or "▏"
