"""Metrics, health and traces: how long and how often, never of whom or what."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from salus.kernel.errors import SalusError
from salus.platform.observe import ALLOWED
from salus.platform.observe.checks import ledger_found, node_checks
from salus.platform.observe.door import watch_app
from salus.platform.observe.errors import PortTaken
from salus.platform.observe.figures import LABELS, Figure, every_name
from salus.platform.observe.health import Finding, Health
from salus.platform.observe.meters import Meters
from salus.platform.observe.otlp import parcel
from salus.platform.observe.together import FOLDER, counts_kept
from salus.platform.observe.tracing import ATTRIBUTES, allowed, tracing
from salus.platform.operations import observed, operation, watching
from salus.platform.testing import memory_node
from salus.platform.web import Peer, listen, new_app
from salus.platform.web.inside import Inside

SECRET = "4f00aa11bb22cc33"


class Refused(SalusError):
    """No {name}."""


def well() -> Finding:
    return Finding((Figure("salus_index_block", 7),))


def ill() -> Finding:
    raise Refused(name=SECRET)


def door() -> FastAPI:
    app = new_app("some door")

    @app.get("/records/{record}")
    def _record(record: str) -> dict[str, str]:
        if record == "none":
            raise Refused(name=SECRET)
        return {"record": record}

    return app


def samples(meters: Meters) -> dict[str, list[tuple[dict[str, str], float]]]:
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(meters.text().decode()):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((dict(sample.labels), sample.value))
    return found


@observed("vault.get")
def get(*, fails: bool = False) -> int:
    if fails:
        raise Refused(name=SECRET)
    return 3


def test_an_operation_is_counted_by_how_it_ended() -> None:
    meters = Meters(Health({}))
    with watching(meters.measure):
        assert get() == 3
        with pytest.raises(Refused):
            get(fails=True)
    get()
    counted = samples(meters)["salus_operation_duration_seconds_count"]

    assert counted == [
        ({"operation": "vault.get", "outcome": "done"}, 1.0),
        ({"operation": "vault.get", "outcome": Refused.key()}, 1.0),
    ]


def test_a_request_is_counted_by_the_template_of_its_address() -> None:
    meters, peer = Meters(Health({})), Peer.inside("door", door())
    with watching(meters.measure):
        peer.get(f"/records/{SECRET}?q={SECRET}")
        with pytest.raises(SalusError):
            peer.get("/records/none")
        with pytest.raises(SalusError):
            peer.get(f"/{SECRET}")
    counted = samples(meters)["salus_http_request_duration_seconds_count"]

    assert [(each["route"], each["status"]) for each, _ in counted] == [
        ("/records/{record}", "200"),
        ("/records/{record}", "400"),
        ("other", "404"),
    ]
    assert SECRET not in meters.text().decode()


def test_what_other_processes_count_is_added(tmp_path: Path) -> None:
    """One that has ended is told of too: a count that fell would look like a new beginning."""
    program = (
        "from salus.platform.observe.together import counting\n"
        "from salus.platform.operations import operation\n"
        "with counting():\n"
        "    for _ in range(2):\n"
        "        with operation('vault.get'): pass\n"
    )
    for _ in range(2):
        env = os.environ | {FOLDER: str(tmp_path)}
        subprocess.run((sys.executable, "-c", program), env=env, check=True)
    meters = Meters(Health({}), tmp_path)
    with watching(meters.measure):
        get()
    told = samples(meters)
    buckets = told["salus_operation_duration_seconds_bucket"]

    assert told["salus_operation_duration_seconds_count"] == [
        ({"operation": "vault.get", "outcome": "done"}, 5.0)
    ]
    assert [value for labels, value in buckets if labels["le"] == "+Inf"] == [5.0]
    assert [value for _, value in buckets] == sorted(value for _, value in buckets)


def test_nobody_counts_for_others_where_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALUS_OBSERVE_PORT", "0")
    with counts_kept() as nowhere:
        assert nowhere is None
    monkeypatch.setenv("SALUS_OBSERVE_PORT", "9")
    with counts_kept() as folder:
        assert folder is not None
        assert folder.stat().st_mode & 0o077 == 0

    assert not folder.exists()


def test_every_series_has_a_name_and_labels_of_the_lists() -> None:
    node = memory_node()
    meters = Meters(Health(node_checks(node)))
    with watching(meters.measure):
        node.follow()
        Peer.inside("door", door()).get("/records/1")
    found = samples(meters)

    assert found.keys() <= every_name() | {"salus_build_info"}
    for name in found.keys() - {"salus_build_info"}:
        for labels, _ in found[name]:
            assert labels.keys() <= LABELS, name


def test_a_program_is_ready_when_every_part_is_well() -> None:
    health = Health({"index": well})

    assert health.shown() == {
        "status": "ready",
        "checks": {"index": {"status": "ok", "index_block": 7}},
    }


def test_a_part_that_fails_is_named_with_its_error_and_without_its_words() -> None:
    health = Health({"index": well, "vault": ill})
    app = watch_app(health, Meters(health))
    with httpx.Client(transport=Inside(app), base_url="http://x") as c:
        answer = c.get("/health/ready")
        live = c.get("/health/live")
        text = c.get("/metrics").text

    assert answer.status_code == 503
    assert answer.json()["checks"]["vault"] == {"status": "failed", "error": Refused.key()}
    assert SECRET not in answer.text
    assert live.json() == {"status": "live"}
    assert 'salus_health_status{check="vault"} 0.0' in text
    assert 'salus_health_status{check="index"} 1.0' in text


def test_who_asks_often_gets_the_same_answer() -> None:
    asked = []

    def count() -> Finding:
        asked.append(1)
        return Finding()

    health = Health({"part": count})
    for _ in range(9):
        health.figures()

    assert len(asked) == 1


def test_the_checks_of_a_node_say_how_far_its_index_is() -> None:
    node = memory_node()
    node.clock.move(timedelta(seconds=9))  # type: ignore[attr-defined]
    node.ledger.advance()
    found = Health(node_checks(node)).shown()["checks"]

    assert isinstance(found, dict)
    assert found["index"]["index_lag_blocks"] == node.ledger.final().number + 1
    assert found["ledger"]["ledger_final_block"] == node.ledger.final().number
    assert {each["status"] for each in found.values()} == {"ok"}


def test_an_old_block_has_an_age() -> None:
    node = memory_node()
    clock = node.clock
    clock.move(timedelta(hours=1))  # type: ignore[attr-defined]
    found = {each.name: each.value for each in ledger_found(node.ledger, clock).figures}

    assert found["salus_ledger_final_age_seconds"] == 3_600


def test_a_taken_port_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from salus.platform.observe.door import watched  # noqa: PLC0415

    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("SALUS_OBSERVE_PORT", str(port))
        with pytest.raises(PortTaken, match=str(port)), watched({}):
            pass


def test_metrics_are_only_where_a_port_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    from salus.platform.observe.door import watched  # noqa: PLC0415

    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("SALUS_OBSERVE_PORT", str(port))
    with watched({"index": well}):
        ready = httpx.get(f"http://127.0.0.1:{port}/health/ready", trust_env=False)
    monkeypatch.setenv("SALUS_OBSERVE_PORT", "0")
    with watched({"index": well}), pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/health/ready", trust_env=False)

    assert ready.json()["status"] == "ready"


"""TRACES"""


class Collector(HTTPServer):
    """Takes what programs send, as a collector of OpenTelemetry does."""

    def __init__(self, status: int = 200) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.taken: list[dict[str, Any]] = []
        self.status = status

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1/traces"

    def spans(self) -> list[dict[str, Any]]:
        return [
            span
            for each in self.taken
            for resource in each["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
        ]


class Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        self.server.taken.append(
            json.loads(self.rfile.read(int(self.headers["content-length"] or 0)))
        )
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def collecting(status: int = 200) -> Iterator[Collector]:
    with Collector(status) as collector:
        thread = Thread(target=collector.serve_forever)
        thread.start()
        try:
            yield collector
        finally:
            collector.shutdown()
            thread.join()


def attributes(span: dict[str, Any]) -> dict[str, Any]:
    return {each["key"]: next(iter(each["value"].values())) for each in span["attributes"]}


def test_spans_are_sent_with_their_parents(monkeypatch: pytest.MonkeyPatch) -> None:
    with collecting() as collector:
        monkeypatch.setenv("SALUS_OBSERVE_TRACES", collector.url)
        with tracing(), operation("verb", action="grant"):
            get()
    inner, outer = collector.spans()

    assert (inner["name"], outer["name"]) == ("vault.get", "verb")
    assert inner["parentSpanId"] == outer["spanId"]
    assert inner["traceId"] == outer["traceId"]
    assert attributes(outer) == {"action": "grant", "outcome": "done"}
    assert int(outer["endTimeUnixNano"]) >= int(inner["endTimeUnixNano"])


def test_no_name_address_or_message_is_in_a_span(monkeypatch: pytest.MonkeyPatch) -> None:
    with collecting() as collector:
        monkeypatch.setenv("SALUS_OBSERVE_TRACES", collector.url)
        with tracing():
            peer = Peer.inside("door", door())
            peer.get(f"/records/{SECRET}?q={SECRET}", {"x-key": SECRET})
            with pytest.raises(SalusError):
                peer.get("/records/none")
            with pytest.raises(ZeroDivisionError), operation("job", patient=SECRET, count=1):
                raise ZeroDivisionError(SECRET)
    sent = json.dumps(collector.taken)
    found = [attributes(span) for span in collector.spans()]

    assert SECRET not in sent
    assert all(each.keys() <= ATTRIBUTES | {"outcome"} for each in found)
    assert found[-1] == {"count": "1", "outcome": "ZeroDivisionError"}
    assert all(not span.get("events") for span in collector.spans())


def test_what_a_span_may_say_a_log_line_may_say_too() -> None:
    assert ATTRIBUTES < ALLOWED
    assert allowed({"patient": SECRET, "count": 1, "status": None}) == {"count": 1}


def test_a_collector_that_is_away_or_refuses_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("SALUS_OBSERVE_TRACES", f"http://127.0.0.1:{port}/v1/traces")
    with tracing():
        get()
    with collecting(status=500) as refusing:
        monkeypatch.setenv("SALUS_OBSERVE_TRACES", refusing.url)
        with tracing():
            get()
    lost = [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    assert [line["error"] for line in lost] == ["ConnectError", "HTTPStatusError"]


def test_an_empty_parcel_is_a_parcel() -> None:
    assert parcel([])["resourceSpans"][0]["scopeSpans"][0]["spans"] == []


def test_nobody_is_asked_where_no_traces_are_set(tmp_path: Path) -> None:
    """The usual command: no watcher, so nothing is measured at all."""
    seen = []

    @observed("vault.put")
    def put() -> None:
        seen.append(1)

    put()

    assert seen == [1]
