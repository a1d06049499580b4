"""Every metric that there is, by its name with its unit, as Prometheus wants them named."""

from collections.abc import Mapping
from dataclasses import dataclass, field

OPERATION = "salus_operation_duration_seconds"
REQUEST = "salus_http_request_duration_seconds"
BUILD = "salus_build_info"
HEALTH = "salus_health_status"

GAUGES: dict[str, str] = {
    HEALTH: "Whether a check finds its part in order: 1 or 0.",
    "salus_ledger_final_block": "Number of the last final block that the ledger names.",
    "salus_ledger_final_age_seconds": "How old the last final block is; an idle chain grows old.",
    "salus_index_block": "Number of the last block whose events are in the index.",
    "salus_index_lag_blocks": "Blocks that are final and not yet in the index.",
    "salus_jobs_waiting": "Jobs in the work table, those that are due later among them.",
    "salus_jobs_failing": "Jobs in the work table whose last try failed.",
    "salus_home_free_bytes": "Free space on the disk of the home.",
    "salus_keepers_reachable": "Custodians of new records that answer.",
    "salus_keepers_needed": "Custodians that open a unit together.",
    "salus_keepers_gateway": "Whether the gateway answers: 1 or 0.",
    "salus_pulse_age_seconds": "Seconds since the portal last heard the ledger.",
    "salus_certificate_expiry_timestamp_seconds": "When the own certificate ends, Unix time.",
}
COUNTERS: dict[str, str] = {
    "salus_bridge_total": "What the bridge of a validator counted, by `event`.",
}
HISTOGRAMS: dict[str, str] = {
    OPERATION: "How long an operation took, by its name and how it ended.",
    REQUEST: "How long a request took, by its method, route and status.",
}
INFOS: dict[str, str] = {BUILD: "Which version of the protocol of peers this program speaks."}
PROCESS = frozenset(
    {
        "process_cpu_seconds_total",
        "process_max_fds",
        "process_open_fds",
        "process_resident_memory_bytes",
        "process_start_time_seconds",
        "process_virtual_memory_bytes",
    }
)
"""Of the client library of Prometheus."""
LABELS = frozenset({"check", "event", "method", "operation", "outcome", "route", "status", "le"})
"""No value of these is ever a name, a record or an address."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number under one of the names above."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


def every_name() -> frozenset[str]:
    """As Prometheus stores them: a histogram has three."""
    parts = {f"{name}_{part}" for name in HISTOGRAMS for part in ("bucket", "count", "sum")}
    return frozenset({*GAUGES, *COUNTERS, *INFOS, *parts, *PROCESS})
