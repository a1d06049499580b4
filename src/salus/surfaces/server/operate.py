"""Whoever runs the node: whether its parts are well, which jobs wait. Nothing of any record."""

import platform
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from salus.kernel.clock import moment
from salus.platform.database import worktable
from salus.platform.i18n import translate
from salus.platform.observe.checks import node_checks
from salus.platform.observe.figures import Figure
from salus.platform.observe.health import Health
from salus.platform.web.portal import Card, Nav, Page, PageMissing, Pages, Redirect, Role, Visit
from salus.platform.web.portal.pages import ROOT, Answer
from salus.rights.custody.auditing.operating import party_of
from salus.rights.custody.household import inside
from salus.rights.custody.reaching import keepers_check

OPERATE = f"{ROOT}/operate"
pages = Pages(
    "server",
    nav=(
        Nav(Role.OPERATOR, "Home", f"{ROOT}/home", 0),
        Nav(Role.OPERATOR, "This node", OPERATE, 10),
    ),
)
MOST = 200  # jobs that are listed
PARTS = {
    "ledger": "Ledger",
    "database": "Database",
    "index": "Index",
    "vault": "Vault",
    "disk": "Disk",
    "custodians": "Key holders",
}
FIGURES = {
    "salus_ledger_final_block": "last final block",
    "salus_ledger_final_age_seconds": "its age in seconds",
    "salus_index_block": "block of the index",
    "salus_index_lag_blocks": "blocks behind",
    "salus_jobs_waiting": "jobs waiting",
    "salus_jobs_failing": "jobs failing",
    "salus_home_free_bytes": "bytes free",
    "salus_keepers_reachable": "key holders that answer",
    "salus_keepers_needed": "key holders needed",
    "salus_keepers_gateway": "gateway answers",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the node: `fault` is the key of an error, empty when all is well."""

    name: str
    fault: str
    figures: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Job:
    """A job that waits or runs."""

    number: int
    name: str
    at: datetime
    attempts: int
    is_running: bool
    error: str


def _only_operators(visit: Visit) -> None:
    """Raises PageMissing for whoever does not run this node."""
    running = party_of(visit.home)
    if running is not None and running.name != visit.who.party:
        raise PageMissing


@pages.get("/operate", Role.OPERATOR)
def operate(visit: Visit) -> Answer:
    _only_operators(visit)
    now = visit.node.clock.now()
    with visit.node.reading() as session:
        jobs = [_job(each) for each in worktable.listed(session, now, most=MOST)]
    return Page(
        "server/operate.html",
        {
            "parts": _parts(visit),
            "jobs": jobs,
            "now": now,
            "inside": inside(visit.home),
            "versions": _versions(visit),
        },
    )


def _parts(visit: Visit) -> list[Part]:
    checks = node_checks(visit.node) | keepers_check(visit.node, visit.home)
    return [
        Part(
            translate(PARTS.get(name, name)),
            found.fault or "",
            tuple(_figure(each) for each in found.figures),
        )
        for name, found in Health(checks).findings().items()
    ]


def _figure(figure: Figure) -> tuple[str, float]:
    return translate(FIGURES.get(figure.name, figure.name)), figure.value


def _job(each: worktable.Listed) -> Job:
    return Job(
        each.number, each.name, moment(each.run_at), each.attempts, each.is_running, each.error
    )


def _versions(visit: Visit) -> list[tuple[str, str]]:
    return [
        ("Salus", _own_version()),
        ("Python", platform.python_version()),
        (translate("Chain"), str(visit.node.ledger.chain_id)),
    ]


def _own_version() -> str:
    try:
        return version("salus")
    except PackageNotFoundError:  # it runs from its source
        return translate("not installed: from its source")


@pages.post("/operate/jobs/{number}/run", Role.OPERATOR, again=lambda visit, **_: operate(visit))
def run(visit: Visit, number: str) -> Answer:
    """Let a job run with the next beat instead of after its pause."""
    _only_operators(visit)
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        raise PageMissing
    with visit.node.sessions() as session, session.begin():
        is_waiting = worktable.hasten(session, int(number), visit.node.clock.now())
    if is_waiting:
        return Redirect(OPERATE, said=translate("It runs with the next beat."))
    return Redirect(OPERATE, said=translate("It runs already, or is done."))


@pages.card(Role.OPERATOR, order=10)
def state(visit: Visit) -> Card | None:
    """What is not well, on the first page."""
    running = party_of(visit.home)
    if running is not None and running.name != visit.who.party:
        return None
    broken = [each for each in _parts(visit) if each.fault]
    return Card("server/state.html", {"broken": broken}, urgent=bool(broken))
