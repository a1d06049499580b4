"""Spans as OTLP/HTTP in JSON, which every collector of OpenTelemetry takes at its port 4318.

The exporter of OpenTelemetry itself needs an older protobuf than the messages of consensus do.
Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import orjson
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from salus.platform.observe.log import log

_SECONDS = 5.0  # for one parcel: a collector that hangs must not hold up the end of a program


class JsonExporter(SpanExporter):
    """Sends to one URL; what it does not take is lost, and a line in the log says so."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = httpx.Client(timeout=_SECONDS, trust_env=False)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            answer = self._client.post(
                self._url,
                content=orjson.dumps(parcel(spans)),
                headers={"content-type": "application/json"},
            )
            answer.raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log("traces-lost", level="warning", error=type(error).__name__, count=len(spans))
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        self._client.close()


def parcel(spans: Sequence[ReadableSpan]) -> dict[str, Any]:
    """An `ExportTraceServiceRequest`; all spans are of one program."""
    resource = spans[0].resource.attributes if spans else {}
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes(resource)},
                "scopeSpans": [{"scope": {"name": "salus"}, "spans": [_span(s) for s in spans]}],
            }
        ]
    }


def _span(span: ReadableSpan) -> dict[str, Any]:
    context = span.get_span_context()
    assert context is not None, "a span that ended was begun"
    parent = {"parentSpanId": f"{span.parent.span_id:016x}"} if span.parent else {}
    return {
        "traceId": f"{context.trace_id:032x}",
        "spanId": f"{context.span_id:016x}",
        **parent,
        "name": span.name,
        "kind": span.kind.value + 1,  # the numbers of OTLP begin with `unspecified`
        "startTimeUnixNano": str(span.start_time),
        "endTimeUnixNano": str(span.end_time),
        "attributes": _attributes(span.attributes or {}),
        "status": {"code": span.status.status_code.value},
    }


def _attributes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in values.items()]


def _value(value: object) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"stringValue": str(value)}
