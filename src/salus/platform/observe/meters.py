"""Metrics as Prometheus reads them. Loaded only where somebody watches."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
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


class Counts:
    """What one process counts; `measure` watches its operations."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._operations = self._histogram(OPERATION, "operation", "outcome")
        self._requests = self._histogram(REQUEST, "method", "route", "status")

    def _histogram(self, name: str, *labels: str) -> Histogram:
        text = HISTOGRAMS[name]
        return Histogram(name, text, labels, buckets=_BUCKETS, registry=self.registry)

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


class Meters(Counts):
    """What one program tells: its own counts, those of its other processes, and its checks.

    `others` is the folder into which the other processes count: see `observe.together`.
    """

    def __init__(self, health: Health, others: Path | None = None) -> None:
        super().__init__()
        self._told = CollectorRegistry()
        ProcessCollector(registry=self._told)
        self._told.register(_Figures(health))
        Info(BUILD.removesuffix("_info"), INFOS[BUILD], registry=self._told).info(
            {"protocol": SPOKEN}
        )
        self._told.register(_Together(self.registry, others))

    def text(self) -> bytes:
        """Everything, in the text format of Prometheus."""
        return generate_latest(self._told)


class _Together(Collector):
    """The counts of all processes of a program, added up when somebody asks."""

    def __init__(self, own: CollectorRegistry, others: Path | None) -> None:
        self._own, self._others = own, others

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        counted = list(self._own.collect())
        if self._others is not None:
            of_others = MultiProcessCollector(None, str(self._others))  # type: ignore[no-untyped-call]
            counted += of_others.collect()  # type: ignore[no-untyped-call]
        yield from _added(counted)


def _added(counted: Iterable[Metric]) -> Iterator[Metric]:
    """Each family once, with the sum of every sample: buckets count all that is below, too."""
    families: dict[str, Metric] = {}
    sums: dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], float]] = {}
    for each in counted:
        families.setdefault(each.name, Metric(each.name, each.documentation, each.type))
        known = sums.setdefault(each.name, {})
        for sample in each.samples:
            key = sample.name, tuple(sorted(sample.labels.items()))
            known[key] = known.get(key, 0.0) + sample.value
    for name, family in families.items():
        for (series, labels), value in sums[name].items():
            family.add_sample(series, dict(labels), value)
        yield family


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
