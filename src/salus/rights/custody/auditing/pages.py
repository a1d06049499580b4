"""The audit as a privacy office sees it: search, one deed, proof, file, accounting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from salus.kernel.clock import moment
from salus.kernel.encoding import to_hex
from salus.kernel.errors import SalusError
from salus.kernel.ids import RecordId, record_from_text
from salus.platform.i18n import explain, translate
from salus.platform.web.portal import (
    Card,
    Download,
    Nav,
    Page,
    PageMissing,
    Pages,
    Role,
    Visit,
)
from salus.platform.web.portal.pages import ROOT, Answer
from salus.rights.consent.audit.accounting import Window, account, window
from salus.rights.consent.audit.errors import BadDates
from salus.rights.consent.audit.model import Outcome
from salus.rights.consent.audit.page import page as printed
from salus.rights.consent.audit.wording import purpose_words
from salus.rights.consent.model import Purpose
from salus.rights.custody.auditing import seeing
from salus.rights.custody.auditing.seeing import Seen, see
from salus.rights.custody.auditing.service import Checked, Deed
from salus.rights.custody.auditing.showing import (
    deed_row,
    disclosure_row,
    event_lines,
    page_row,
    time_of,
)
from salus.rights.custody.errors import AuditForked
from salus.rights.custody.pages.shelf import Lately
from salus.rights.identity.charter import charter_of
from salus.rights.identity.keyring import of_home
from salus.rights.identity.model import Roles
from salus.rights.records.naming import section_name
from salus.rights.records.sections import SECTIONS

AUDIT, REGULATOR = f"{ROOT}/privacy/audit", f"{ROOT}/regulator"
pages = Pages(
    "custody",
    nav=(
        Nav(Role.PRIVACY, "Home", f"{ROOT}/home", 0),
        Nav(Role.PRIVACY, "Audit", AUDIT, 20),
        Nav(Role.REGULATOR, "Home", f"{ROOT}/home", 0),
        Nav(Role.REGULATOR, "Logs and disclosures", REGULATOR, 10),
    ),
)
A_PAGE = 50
CODES = {name: code for code, name in SECTIONS.items()}
OUTCOMES = tuple(each.value for each in Outcome)
_GLANCED: Lately[tuple[int, int]] = Lately(60)


@dataclass(frozen=True, slots=True)
class Filter:
    """What somebody looks for; a field that says nothing is empty."""

    record: str
    first: str
    last: str
    outcome: str
    purpose: str

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Filter":
        names = ("record", "from", "to", "outcome", "purpose")
        return cls(*(query.get(name, "").strip()[:40] for name in names))

    def link(self) -> str:
        """The same as the rest of a link: handles, days and codes only."""
        pairs = {"record": self.record, "from": self.first, "to": self.last}
        pairs |= {"outcome": self.outcome, "purpose": self.purpose}
        return "&".join(f"{name}={value}" for name, value in pairs.items() if _is_plain(value))

    def span(self, now: datetime) -> Window:
        """Raises BadDates."""
        return window(self.first, self.last, now=now)

    def holds(self, deed: Deed) -> bool:
        return self.outcome in {"", deed.entry.outcome} and self.purpose in {"", deed.entry.purpose}


def _is_plain(value: str) -> bool:
    return bool(value) and all(char.isalnum() or char == "-" for char in value)


def _record(text: str) -> RecordId | None:
    """Raises PageMissing for what is no handle."""
    try:
        return record_from_text(text) if text else None
    except ValueError:
        raise PageMissing from None


def _seen(visit: Visit, wanted: Filter) -> Seen:
    """As the office of the visitor. Raises NotForYou, BadDates."""
    record, span = _record(wanted.record), wanted.span(visit.node.clock.now())
    return see(visit.node, visit.home, record, by=visit.who.party, span=span)


# SEARCH


@pages.get("/privacy/audit", Role.PRIVACY)
def audit(visit: Visit) -> Answer:
    wanted = Filter.of(visit.query)
    shows = {"wanted": wanted, "outcomes": _outcomes(), "purposes": _purposes()}
    try:
        seen = _seen(visit, wanted)
    except (BadDates, PageMissing) as error:
        refusal = explain(BadDates() if isinstance(error, BadDates) else error)
        empty = {"rows": [], "count": 0, "number": 1, "pages": 1, "doubts": None}
        return Page("custody/audit.html", {**shows, **empty, "refusal": refusal}, 422)
    deeds = [deed for deed in reversed(seen.deeds) if wanted.holds(deed)]
    number, most = _whole(visit.query.get("page", "1")), max(1, -(-len(deeds) // A_PAGE))
    shown = deeds[(number - 1) * A_PAGE : number * A_PAGE]
    found = {"rows": [_row(visit, each) for each in shown], "count": len(deeds)}
    paging = {"number": number, "pages": most, "doubts": seen}
    return Page("custody/audit.html", {**shows, **found, **paging})


def _outcomes() -> list[tuple[str, str]]:
    return [("", translate("Any")), *((each, translate(each)) for each in OUTCOMES)]


def _purposes() -> list[tuple[str, str]]:
    return [("", translate("Any")), *((each.name, purpose_words(each.name)) for each in Purpose)]


def _row(visit: Visit, deed: Deed) -> dict[str, Any]:
    """A deed in words; `at` is a moment."""
    row = deed_row(of_home(visit.home), deed)
    return row | {
        "at": moment(deed.entry.at // 1_000),
        "purpose": purpose_words(deed.entry.purpose),
        "sections": [section_name(CODES[name]) for name in row["sections"] if name in CODES],
        "outcome": translate(row["outcome"]),
        "is_refused": row["outcome"] == Outcome.REFUSED.value,
        "is_emergency": bool(row["emergency"]),
    }


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 7 else 1


@pages.get("/privacy/audit/deed/{request}", Role.PRIVACY)
def deed(visit: Visit, request: str) -> Answer:
    """One request, and what each log wrote of it."""
    seen = _seen(visit, Filter.of({}))
    found = [each for each in seen.deeds if to_hex(each.entry.request) == request]
    if not found:
        raise PageMissing
    lines = [
        (each.log, each.entry.sequence, translate(each.entry.outcome), time_of(each.entry.at))
        for each in seen.kept
        if to_hex(each.entry.request) == request
    ]
    return Page("custody/deed.html", {"row": _row(visit, found[0]), "lines": lines})


@pages.get("/privacy/audit/file", Role.PRIVACY)
def file(visit: Visit) -> Answer:
    """Every line of every log of the search, as AuditEvents of FHIR R4."""
    seen = _seen(visit, Filter.of(visit.query))
    lines = b"".join(event_lines(of_home(visit.home), seen.kept))
    return Download("audit.ndjson", lines, "application/fhir+ndjson")


# PROOF


@pages.post("/privacy/audit/check", Role.PRIVACY)
def check(visit: Visit) -> Answer:
    """Every line, and that the ledger has what was anchored of it."""
    _office(visit)
    return _checked(visit)


def _checked(visit: Visit) -> Answer:
    found: Sequence[Checked]
    try:
        found, silent = seeing.verify(visit.node, visit.home)
        forked = None
    except AuditForked as error:
        found, silent, forked = (), [], explain(error)
    shown = {"logs": found, "silent": silent, "forked": forked}
    return Page("custody/audit_checked.html", shown | {"at": visit.node.clock.now()})


def _office(visit: Visit) -> None:
    """Raises PageMissing for whoever is no privacy office."""
    if not of_home(visit.home).party(visit.who.party).roles & Roles.PRIVACY:
        raise PageMissing


# ACCOUNTING


@pages.get("/privacy/accounting/{record}", Role.PRIVACY)
def accounting(visit: Visit, record: str) -> Answer:
    """What was disclosed of a record in the last six years, to be printed for the patient."""
    wanted = Filter.of({**visit.query, "record": record})
    rows, span = _disclosed(visit, wanted)
    if visit.query.get("form") == "file":
        made = printed(rows, record=record, made=visit.node.clock.now(), span=span)
        return Download("accounting.html", made, "text/html; charset=utf-8")
    return Page("custody/audit_accounting.html", {"rows": rows, "record": record, "span": span})


def _disclosed(visit: Visit, wanted: Filter) -> tuple[list[Any], str]:
    ring, charter = of_home(visit.home), charter_of(visit.home)
    seen, span = _seen(visit, wanted), wanted.span(visit.node.clock.now())
    found = account(each.entry for each in seen.deeds if each.is_disclosed)
    rows = [page_row(disclosure_row(ring, charter, each)) for each in found]
    return rows, f"{time_of(span.first)[:10]} - {time_of(span.end - 1)[:10]}"


@pages.card(Role.PRIVACY, order=20)
def lately(visit: Visit) -> Card | None:
    """How much happened in the last seven days, and how much of it was refused."""
    try:
        count, refused = _GLANCED.take((visit.home, visit.who.party), lambda: _week(visit))
    except SalusError:  # this party sees no audit
        return None
    return Card("custody/audit_card.html", {"count": count, "refused": refused})


def _week(visit: Visit) -> tuple[int, int]:
    now = visit.node.clock.now()
    first = moment(int(now.timestamp()) - 7 * 86_400).date().isoformat()
    deeds = _seen(visit, Filter("", first, "", "", "")).deeds
    return len(deeds), sum(each.entry.outcome == Outcome.REFUSED.value for each in deeds)


# THE REGULATOR


@pages.get("/regulator", Role.REGULATOR)
def regulator(visit: Visit) -> Answer:
    """Read-only: the logs of this node, and what was disclosed where the office may see it."""
    party = of_home(visit.home).party(visit.who.party)
    is_office = bool(party.roles & Roles.PRIVACY)
    rows, span = _disclosed(visit, Filter.of(visit.query)) if is_office else ([], "")
    shown = {"rows": rows, "span": span, "is_office": is_office}
    logs = [log.name for log in seeing.logs(visit.node, visit.home)]
    return Page("custody/regulator.html", shown | {"logs": logs})


@pages.post("/regulator/check", Role.REGULATOR)
def check_again(visit: Visit) -> Answer:
    return _checked(visit)


@pages.get("/regulator/file", Role.REGULATOR)
def events(visit: Visit) -> Answer:
    """All lines that the office of the visitor may see. Raises NotForYou."""
    return file(visit)
