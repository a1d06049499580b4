"""Traces by OpenTelemetry: one span for each operation, with attributes from a list.

Spans hold no message of an error, no address that was asked for, and no name of anybody. They end
with the process: no party learns which request of another led to one of its own.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Status, StatusCode, Tracer

from salus.platform.observe.keys import ALLOWED
from salus.platform.observe.otlp import JsonExporter
from salus.platform.observe.settings import ObserveSettings
from salus.platform.operations import DONE, Operation, Value, watching
from salus.platform.settings import read

ATTRIBUTES = ALLOWED - {"event", "level", "time", "request", "tx"}
"""Of what a log line may say, what a span may say too."""
SERVICE = "salus"


@contextmanager
def tracing(exporter: SpanExporter | None = None) -> Iterator[None]:
    """Every operation inside is a span; what is left is sent at the end. Raises BadSetting.

    Without an exporter spans go where the setting says.
    """
    exporter = exporter or JsonExporter(read(ObserveSettings).traces)
    provider = TracerProvider(resource=Resource({"service.name": SERVICE}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    try:
        with watching(_Spans(provider.get_tracer(SERVICE)).span):
            yield
    finally:
        provider.shutdown()


class _Spans:
    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    @contextmanager
    def span(self, seen: Operation) -> Iterator[None]:
        """Exceptions are not recorded: their text may hold anything."""
        started = self._tracer.start_as_current_span(
            seen.name, record_exception=False, set_status_on_exception=False
        )
        with started as span:
            try:
                yield
            finally:
                span.set_attributes(allowed(seen.values))
                span.set_attribute("outcome", seen.outcome)
                if seen.outcome != DONE:
                    span.set_status(Status(StatusCode.ERROR))


def allowed(values: Mapping[str, Value]) -> dict[str, str | int | float | bool]:
    """What is on the list and has a value."""
    return {
        name: value for name, value in values.items() if name in ATTRIBUTES and value is not None
    }
