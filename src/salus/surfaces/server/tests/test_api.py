"""The JSON verbs: who may, what they answer, and that no request breaks them."""

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salus.kernel.ids import record_text
from salus.platform.web.portal import Role
from salus.rights.consent.ledger import account_of
from salus.rights.consent.licensing import service as licensing
from salus.rights.consent.licensing.model import Duo, policy_for
from salus.rights.identity.accounts import service as accounts
from salus.rights.identity.accounts.wallet import Wallet
from salus.rights.identity.keyring import of_home
from salus.rights.revenue import service as revenue
from salus.rights.revenue.currency import UNIT
from salus.services.exchange import ledger as exchange
from salus.services.exchange import offering
from salus.services.exchange.model import Kind
from tests.support.portal import ORIGIN, PASSWORD, Opened, Visitor, opened

LABORATORY = 7


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("api") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def ada(portal: Opened) -> Visitor:
    return portal.patient("Ada", portal.record)


@pytest.fixture(scope="module")
def token(ada: Visitor) -> str:
    return made(ada, "read", "sign")


def made(who: Visitor, *scopes: str, days: int = 30, name: str = "my program") -> str:
    who.get("/app/settings/tokens")
    values = {"name": name, "scopes": list(scopes), "days": str(days)}
    page = who.post("/app/settings/tokens", values).text
    return page.split("<code>salus_", 1)[1].split("</code>", 1)[0]


def ask(portal: Opened, token: str, method: str, path: str, **options: Any) -> httpx.Response:
    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(portal.app)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            headers = {"authorization": f"Bearer salus_{token}"} if token else {}
            return await client.request(method, f"/api{path}", headers=headers, **options)

    return asyncio.run(go())


def wished(portal: Opened, **more: object) -> dict[str, object]:
    return {
        "record": record_text(portal.record),
        "reader": "clinic",
        "sections": ["laboratory"],
        "purpose": "TREAT",
        "until": (portal.clock.now() + timedelta(days=3)).isoformat(),
    } | more


def test_a_program_reads_shares_and_ends_as_its_owner(portal: Opened, token: str) -> None:
    (record,) = ask(portal, token, "GET", "/records").json()
    assert record["record"] == record_text(portal.record)
    opened_ = ask(portal, token, "GET", f"/records/{record['record']}/sections/laboratory").json()
    assert len(opened_["resources"]) == record["sections"]["laboratory"]
    shared = ask(portal, token, "POST", "/shares", json=wished(portal))
    assert (shared.status_code, shared.json()["state"]) == (201, "live")
    (listed,) = ask(portal, token, "GET", "/shares").json()
    assert listed == shared.json()
    ended = ask(portal, token, "POST", f"/shares/{listed['record']}/{listed['id']}/end")
    assert ended.json()["state"] not in {"live", "proposed"}
    assert ask(portal, token, "GET", "/looks").json() == []


def test_a_token_is_shown_once_and_kept_only_as_a_hash(
    portal: Opened, ada: Visitor, token: str
) -> None:
    assert token not in ada.get("/app/settings/tokens").text
    raw = (portal.home / "node" / "node.db").read_bytes()
    raw += (portal.home / "node" / "node.db-wal").read_bytes()
    assert token.encode() not in raw


@pytest.mark.parametrize("token_", ["", "x", "é"])
def test_without_a_good_token_there_is_a_problem(portal: Opened, token_: str) -> None:
    answer = ask(portal, token_ if token_.isascii() else "x" * 43, "GET", "/records")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].endswith("token-needed")


def test_a_token_ends_when_it_is_taken_back_and_with_its_time(portal: Opened, ada: Visitor) -> None:
    short, back = made(ada, "read", days=1), made(ada, "read", name="taken back")
    page = ada.get("/app/settings/tokens").text.split("<h2>taken back</h2>", 1)[1]
    action = page.split('action="/app/settings/tokens/', 1)[1].split('"', 1)[0]
    assert [ask(portal, each, "GET", "/me").status_code for each in (short, back)] == [200, 200]
    ada.follow(ada.post(f"/app/settings/tokens/{action}"))
    assert [ask(portal, each, "GET", "/me").status_code for each in (short, back)] == [200, 401]
    portal.clock.move(timedelta(days=1))
    assert ask(portal, short, "GET", "/me").status_code == 401


def test_a_scope_and_a_role_that_are_missing_are_named(portal: Opened) -> None:
    who = portal.patient("Reader only")
    token = made(who, "read")
    answer = ask(portal, token, "POST", "/shares", json=wished(portal))
    assert (answer.status_code, answer.json()["details"]["scope"]) == (403, "sign")
    assert ask(portal, token, "GET", "/offers").status_code == 403
    staff = portal.staff("Lee", "institute", Role.LICENSEE)
    other = made(staff, "read")
    assert ask(portal, other, "GET", "/offers").json() == []
    assert ask(portal, other, "GET", "/licenses").json() == []
    assert ask(portal, other, "GET", "/records").status_code == 403


def test_what_is_of_others_and_what_is_not_there_look_alike(portal: Opened) -> None:
    token = made(portal.patient("Eve"), "read", "sign")
    mine, none = record_text(portal.record), "0" * 32
    bodies = [
        ask(portal, token, "GET", f"/records/{each}/sections/laboratory") for each in (mine, none)
    ]
    bodies.append(ask(portal, token, "POST", "/shares", json=wished(portal)))
    assert {answer.status_code for answer in bodies} == {404}
    assert len({answer.text for answer in bodies}) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"reader": "nobody"},
        {"sections": ["genomics-of-mars"]},
        {"purpose": "SPY"},
        {"until": "2020-01-01T00:00:00Z"},
        {"until": "9999-01-01T00:00:00Z"},
    ],
)
def test_a_share_that_does_not_fit_is_refused(
    portal: Opened, token: str, wrong: dict[str, object]
) -> None:
    fresh = made(portal.patient(f"w{abs(hash(str(wrong)))}"), "read", "sign")
    assert ask(portal, fresh, "POST", "/shares", json=wished(portal) | wrong).status_code == 404
    assert ask(portal, token, "POST", "/shares", json=wished(portal) | wrong).status_code == 422


# BUYING


def offered(portal: Opened) -> int:
    """Sections of a record are on sale, and the institute has money for them."""
    ring, record = of_home(portal.home), portal.record
    root = accounts.sign_in(portal.node, name="Ada", password=PASSWORD).root
    key = Wallet(root).controller(record)
    licensing.set_policy(
        portal.node, record=record, policy=policy_for([LABORATORY], [Duo.GRU]), by=key
    )
    wished = offering.Wished(
        kind=Kind.SUBSCRIPTION,
        prices=((LABORATORY, 4 * UNIT),),
        until=portal.clock.now() + timedelta(days=90),
    )
    hand = exchange.Hand(key, account_of(portal.node, record))
    made_ = offering.post_offer(portal.node, record=record, wished=wished, by=hand)
    buyer, issuer = ring.party("institute"), ring.party("platform").signing
    revenue.issue(portal.node, to=buyer.address, amount=1_000 * UNIT, by=issuer)
    portal.node.follow()
    return int(made_.offer.id)


def test_a_program_of_a_licensee_buys_and_no_other_does(portal: Opened, token: str) -> None:
    number = offered(portal)
    staff = portal.staff("Buyer", "institute", Role.LICENSEE)
    reads, buys = made(staff, "read"), made(staff, "read", "sign", name="buys")
    (offer,) = ask(portal, buys, "GET", "/offers").json()
    assert (offer["id"], offer["sections"]) == (number, [LABORATORY])
    wish = {"offer": number, "sections": [LABORATORY], "use": "ACADEMIC", "days": 30}
    whole = wish | {"most": 500 * UNIT}
    refusals = {
        403: [(reads, whole), (token, whole)],
        404: [(buys, whole | {"offer": number + 1})],
        409: [(buys, whole | {"most": 1})],
        422: [
            (buys, wish),
            (buys, whole | {"sections": [LABORATORY, 3]}),
            (buys, whole | {"days": 36_000}),
            (buys, whole | {"use": "SPY"}),
            (buys, whole | {"more": 1}),
        ],
    }
    for status, tries in refusals.items():
        for each, body in tries:
            answer = ask(portal, each, "POST", "/licenses", json=body)
            assert answer.status_code == status, (body, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"
    assert ask(portal, buys, "GET", "/licenses").json() == []
    bought = ask(portal, buys, "POST", "/licenses", json=whole)
    assert bought.status_code == 201, bought.text
    assert bought.json()["sections"] == [LABORATORY]
    assert ask(portal, reads, "GET", "/licenses").json() == [bought.json()]


# EVERYTHING


@pytest.fixture(scope="module")
def bearers(portal: Opened, token: str) -> tuple[str, ...]:
    """Of a patient, of a licensee, one that only reads, one that is guessed, and none."""
    staff = portal.staff("Fuzzer", "insurer", Role.LICENSEE)
    both, reads = made(staff, "read", "sign"), made(portal.patient("Only reads"), "read")
    return (token, both, reads, "guessed", "")


@pytest.fixture(scope="module")
def schema(portal: Opened) -> dict[str, Any]:
    found: dict[str, Any] = ask(portal, "", "GET", "/openapi.json").json()
    return found


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


_PLACE = st.characters(codec="utf-8", exclude_characters="/?#%")
_PLACES = st.text(_PLACE, min_size=1, max_size=40).filter(lambda text: text.strip("."))
_NAMES = ("record", "reader", "sections", "purpose", "until", "offer", "use", "days", "most")
_PURCHASES = st.fixed_dictionaries(
    {
        "offer": st.integers(-2, 10**9 + 2),
        "sections": st.lists(st.integers(-1, 300), max_size=4),
        "use": st.sampled_from(("ACADEMIC", "DRUG", "SPY")),
        "days": st.integers(-1, 40_000),
        "most": st.integers(-1, 2**129),
    }
)
_BODIES = st.fixed_dictionaries({}, optional=dict.fromkeys(_NAMES, _JSON)) | _PURCHASES | _JSON


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.tuples(
        st.integers(0, 999),
        st.from_regex("[0-9a-f]{32}", fullmatch=True) | _PLACES,
        st.from_regex("[a-z-]{2,40}", fullmatch=True) | _PLACES,
        st.from_regex("0x[0-9a-f]{64}", fullmatch=True) | _PLACES,
        _BODIES,
        st.integers(0, 4),
    )
)
def test_every_answer_is_one_that_the_schema_names(
    portal: Opened,
    bearers: tuple[str, ...],
    schema: dict[str, Any],
    asked: tuple[int, str, str, str, object, int],
) -> None:
    at, record, section, grant, body, who = asked
    token = bearers[who]
    verbs = [(m, p, v) for p, every in schema["paths"].items() for m, v in every.items()]
    method, path, verb = verbs[at % len(verbs)]
    for name, value in (("record", record), ("section", section), ("grant", grant)):
        path = path.replace("{" + name + "}", quote(value, safe=""))
    options: dict[str, Any] = {"content": json.dumps(body)} if "requestBody" in verb else {}
    answer = ask(portal, token, method.upper(), path, **options)

    assert str(answer.status_code) in verb["responses"], answer.text
    assert answer.headers["cache-control"] == "no-store"
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.json()) >= {"type", "title", "status", "detail"}
        assert answer.json()["status"] == answer.status_code
        assert token not in answer.text or not token
    if who > 2:  # 404 where the letters make an address of no verb
        assert answer.status_code in {401, 404}


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "OPTIONS", "TRACE"])
def test_another_method_is_a_problem_too(
    portal: Opened, token: str, schema: dict[str, Any], method: str
) -> None:
    for path in schema["paths"]:
        answer = ask(portal, token, method, re.sub(r"\{[^}]+\}", "0" * 32, path))
        assert answer.status_code in {404, 405}
        assert answer.headers["content-type"] == "application/problem+json"
        assert "access-control-allow-origin" not in answer.headers


def test_the_documentation_lists_every_verb_without_scripts(
    portal: Opened, schema: dict[str, Any]
) -> None:
    page = ask(portal, "", "GET", "/docs")
    assert "<script" not in page.text
    for path in schema["paths"]:
        assert f"/api{path}" in page.text
