"""`/api`: the verbs of the portal as JSON, for programs that bring a bearer token.

Each verb calls the same service as its page, under the same rules: what is withheld is not there.
"""

from collections.abc import Callable
from datetime import timedelta
from html import escape
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Request
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse, Response

from salus.kernel.canonical import parse as parse_json
from salus.kernel.clock import seconds, stamp
from salus.kernel.encoding import to_hex
from salus.kernel.ids import RecordId, record_text
from salus.platform.web import new_app
from salus.platform.web.portal import PageMissing, Role, Visit
from salus.platform.web.portal.headers import HEADERS
from salus.platform.web.portal.rates import Rates
from salus.platform.work import Node
from salus.rights.consent import service as consent
from salus.rights.consent.cli.words import state_of
from salus.rights.consent.model import LONGEST, Effect, Purpose
from salus.rights.consent.pages.choosing import found_grant, members
from salus.rights.consent.pages.mine import Mine, mine, one_of
from salus.rights.consent.pages.sharing import OFFERED
from salus.rights.custody.pages.looks import seen
from salus.rights.custody.pages.record import opened_section
from salus.rights.identity.keyring import of_home
from salus.rights.identity.notices import service as notices
from salus.rights.identity.tokens.service import Scope
from salus.rights.records.service import plain_units, units_of
from salus.surfaces.server import api_market
from salus.surfaces.server.api_door import PROBLEMS, Door, asking
from salus.surfaces.server.errors import BadShare
from salus.surfaces.server.shapes import (
    HEX,
    LookOut,
    Me,
    NoticeOut,
    Problem,
    RecordOut,
    SectionOut,
    ShareIn,
    ShareOut,
)

LEAST = 1
_Record = Annotated[str, InPath(pattern=HEX)]
_Section = Annotated[str, InPath(pattern="^[a-z-]{2,40}$")]
_Grant = Annotated[str, InPath(pattern="^0x[0-9a-f]{64}$")]
_ANYBODY = Annotated[Visit, asking(Scope.READ)]
_PATIENT = Annotated[Visit, asking(Scope.READ, Role.PATIENT)]
_SIGNS = Annotated[Visit, asking(Scope.SIGN, Role.PATIENT)]
router = APIRouter(responses=PROBLEMS)


def api_app(
    node: Node, home: Path, rates: Rates, *, is_behind: Callable[[], int] = lambda: 0
) -> FastAPI:
    """The application under `/api`; its schema is at `openapi.json`."""
    app = new_app("Salus", body_limit=64 * 1024)
    app.state.door = Door(node, home, rates, is_behind)
    app.include_router(router)
    app.include_router(api_market.router)
    made = app.openapi

    def openapi() -> dict[str, Any]:
        schema = made()
        parts = schema.setdefault("components", {})
        parts.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
        parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        schema["security"] = [{"token": []}]
        schema["servers"] = [{"url": "/api"}]
        return schema

    app.openapi = openapi  # type: ignore[method-assign]

    def docs(_: Request) -> Response:
        return HTMLResponse(_listed(openapi()), headers=dict(HEADERS))

    app.add_route("/docs", docs)
    return app


# ANYBODY


@router.get("/me")
def me(visit: _ANYBODY) -> Me:
    """Whom the token stands for."""
    return Me(role=visit.who.role, party=visit.who.party)


@router.get("/notices")
def told(visit: _ANYBODY) -> list[NoticeOut]:
    """That something happened, newest first."""
    with visit.node.reading() as session:
        found = notices.notices(session, visit.account)
    return [NoticeOut(kind=each.kind, at=stamp(each.at), seen=each.is_seen) for each in found]


# PATIENTS


@router.get("/records")
def records(visit: _PATIENT) -> list[RecordOut]:
    """The records of the patient, and what is in them."""
    return [
        RecordOut(record=each.text, version=each.summary.version, sections=each.summary.sections)
        for each in _mine(visit)
    ]


def _mine(visit: Visit) -> list[Mine]:
    with visit.node.reading() as session:
        return mine(visit, session)


def _one(visit: Visit, record: str) -> Mine:
    with visit.node.reading() as session:
        return one_of(visit, session, record)


@router.get("/records/{record}/sections/{section}")
def section(visit: _PATIENT, record: _Record, section: _Section) -> SectionOut:
    """The resources of a section, opened with the key of the patient and checked."""
    of = _one(visit, record)
    if section not in of.summary.sections:
        raise PageMissing
    raw = opened_section(visit, of, section).resources.values()
    return SectionOut(
        record=of.text,
        section=section,
        version=of.summary.version,
        resources=[_plain(parse_json(each)) for each in raw],
    )


def _plain(value: Any) -> Any:
    """JSON that keeps the digits of a number as they were written."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    is_own = value is None or isinstance(value, str | bool | int | float)
    return value if is_own else str(value)


@router.get("/looks")
def looks(visit: _PATIENT) -> list[LookOut]:
    """Who looked or was refused, newest first."""
    return [
        LookOut(
            at=stamp(each.at),
            reader=each.reader,
            purpose=each.purpose,
            section=each.section,
            refused=each.is_refused,
            emergency=each.is_emergency,
        )
        for each in seen(visit, _mine(visit))
        if not each.is_own
    ]


@router.get("/shares")
def shares(visit: _PATIENT) -> list[ShareOut]:
    """Everything that the patient shares or shared."""
    with visit.node.reading() as session:
        found = [
            (of, granted)
            for of in mine(visit, session)
            for granted in consent.grants(session, of.record)
            if granted.terms.effect == Effect.PERMIT
        ]
    return [_share(visit, of.record, granted) for of, granted in found]


def _share(visit: Visit, record: RecordId, granted: consent.Granted) -> ShareOut:
    ring, terms = of_home(visit.home), granted.terms
    return ShareOut(
        id=to_hex(granted.id),
        record=record_text(record),
        readers=[ring.name_of(each) for each in terms.clause.readers],
        purposes=list(terms.clause.purposes),
        until=stamp(terms.not_after),
        state=state_of(granted, seconds(visit.node.clock.now())),
    )


@router.post("/shares", status_code=201)
def share(visit: _SIGNS, asked: ShareIn) -> ShareOut:
    """Share sections with a member for a purpose, until a moment; signed by the patient's key."""
    of, now = _one(visit, asked.record), visit.node.clock.now()
    held = set(of.summary.sections)
    fits = (
        asked.reader in {name for name, _ in members(visit)}
        and set(asked.sections) <= held
        and asked.purpose in {each.name for each in OFFERED}
        and now < asked.until <= now + LONGEST - timedelta(days=LEAST)
    )
    if not fits:
        raise BadShare
    with visit.node.reading() as session:
        units = plain_units(units_of(session, of.record, asked.sections))
    granted = consent.grant(
        visit.node,
        record=of.record,
        units=[unit.id for unit in units],
        readers=[of_home(visit.home).member(asked.reader).address],
        purpose=Purpose[asked.purpose].name,
        until=asked.until.replace(microsecond=0),
        by=of.key,
    )
    visit.node.follow()
    return _share(visit, of.record, granted)


@router.post("/shares/{record}/{grant}/end")
def end(visit: _SIGNS, record: _Record, grant: _Grant) -> ShareOut:
    """End a share; what was read stays read."""
    of = _one(visit, record)
    with visit.node.reading() as session:
        granted = found_grant(session, of, grant)
    consent.revoke(visit.node, granted, by=of.key)
    visit.node.follow()
    with visit.node.reading() as session:
        return _share(visit, of.record, found_grant(session, of, grant))


# DOCUMENTATION


def _listed(schema: dict[str, Any]) -> str:
    """The schema as a page without scripts."""
    rows = [
        f"<tr><td><code>{method.upper()} /api{escape(path)}</code></td>"
        f"<td>{escape(verb.get('description', ''))}</td></tr>"
        for path, verbs in schema["paths"].items()
        for method, verb in verbs.items()
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Salus API</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/app/static/salus.css"></head><body><main class="frame">'
        "<div><h1>What a program can ask</h1><p>Send <code>Authorization: Bearer TOKEN</code>. "
        'Errors come as RFC 9457 problems. <a href="/api/openapi.json">OpenAPI</a></p>'
        "<table><thead><tr><th>Verb</th><th>What it does</th></tr></thead><tbody>"
        + "".join(rows)
        + "</tbody></table></div></main></body></html>"
    )
