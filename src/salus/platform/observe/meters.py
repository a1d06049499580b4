"""Metrics as Prometheus reads them. Loaded only where somebody watches."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import (
    CollectorRegistry,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from salus.kernel.clock import monotonic
from salus.platform.observe.figures import (
    BUILD,
    COUNTERS,
    GAUGES,
    HISTOGRAMS,
    INFOS,
    OPERATION,
    REQUEST,
)
from salus.platform.observe.health import Health
from salus.platform.operations import Operation
from salus.platform.web.speaking import SPOKEN

MEDIA = "text/plain; version=0.0.4; charset=utf-8"
HTTP = "request"  # the operation that is a request
_BUCKETS = (0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)  # seconds


disable_created_metrics()  # type: ignore[no-untyped-call]  # a series for each series, which nobody reads


class Meters:
    """What one program counts; `measure` watches its operations."""

    def __init__(self, health: Health) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(_Figures(health))
        Info(BUILD.removesuffix("_info"), INFOS[BUILD], registry=self._registry).info(
            {"protocol": SPOKEN}
        )
        self._operations = self._histogram(OPERATION, "operation", "outcome")
        self._requests = self._histogram(REQUEST, "method", "route", "status")

    def _histogram(self, name: str, *labels: str) -> Histogram:
        text = HISTOGRAMS[name]
        return Histogram(name, text, labels, buckets=_BUCKETS, registry=self._registry)

    @contextmanager
    def measure(self, seen: Operation) -> Iterator[None]:
        begun = monotonic()
        try:
            yield
        finally:
            self._kept(seen, monotonic() - begun)

    def _kept(self, seen: Operation, took: float) -> None:
        if seen.name != HTTP:
            self._operations.labels(seen.name, seen.outcome).observe(took)
            return
        known = (str(seen.values.get(name, "other")) for name in ("method", "route", "status"))
        self._requests.labels(*known).observe(took)

    def text(self) -> bytes:
        """Everything, in the text format of Prometheus."""
        return generate_latest(self._registry)


class _Figures(Collector):
    """The figures of the checks, looked up when somebody asks."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for each in self._health.figures():
            names = list(each.labels)
            if each.name not in families:
                kind, texts = _KINDS[each.name in COUNTERS]
                families[each.name] = kind(each.name, texts[each.name], labels=names)
            family = families[each.name]
            family.add_metric(list(each.labels.values()), each.value)  # type: ignore[attr-defined]
        yield from families.values()


_KINDS = {False: (GaugeMetricFamily, GAUGES), True: (CounterMetricFamily, COUNTERS)}
