"""The metrics of a process in Prometheus's text form; ``EVENTS`` and ``GAUGES`` name them all."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from bot.process.health import Health, is_connected
from bot.process.version import VERSION
from connectors.recorder import Event

if TYPE_CHECKING:
    from bot.services import Services

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
# A provider may list hundreds of models: what comes later is counted together.
MOST_SERIES, LONGEST_LABEL = 200, 100
OTHER: Final = "other"

_ANSWERS_S = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)
_WORDS_S = (0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300)
_WAITS_S = (0.01, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600)
_LATE_S = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600, 86_400)
_LAGS_S = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)

# The help, the labels, and for what takes time the buckets in seconds.
EVENTS: Final[dict[Event, tuple[str, tuple[str, ...], tuple[float, ...]]]] = {
    Event.QUESTION: ("Answers that ended", ("provider", "model", "outcome"), ()),
    Event.ANSWER_S: ("From a question to the end of its answer", ("provider",), _ANSWERS_S),
    Event.FIRST_WORD_S: ("From a request to the first word", ("provider",), _WORDS_S),
    Event.QUEUE_WAIT_S: ("Wait for a place at a provider", ("provider",), _WAITS_S),
    Event.PROVIDER_REQUEST: ("Requests to providers", ("provider", "status"), ()),
    Event.DISCORD_REQUEST: ("Requests to Discord's REST API", ("route", "status"), ()),
    Event.RETRY: ("Requests that were sent again", ("peer",), ()),
    Event.JOB_LATE_S: ("How late jobs started", ("kind",), _LATE_S),
    Event.LOOP_LAG_S: ("How late the event loop ran a timer", (), _LAGS_S),
}
GAUGES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "abi_build_info": ("The version that runs", ("version", "python")),
    "abi_gateway_connected": ("1 if every shard is connected and has its servers", ()),
    "abi_shard_connected": ("1 if a shard is connected", ("shard",)),
    "abi_shard_latency_seconds": ("From a heartbeat to its acknowledgement", ("shard",)),
    "abi_queue_length": ("Requests that wait for a place at a provider", ("provider",)),
    "abi_queue_places": ("Places at a provider", ("provider",)),
    "abi_queue_places_taken": ("Places that are taken", ("provider",)),
    "abi_provider_failing": ("1 if others are asked first", ("provider",)),
    "abi_ledger_running": ("Jobs that a process works on", ("kind",)),
    "abi_ledger_waiting": ("Jobs that wait for their time", ("kind",)),
    "abi_ledger_due": ("Jobs that wait although they are due", ("kind",)),
    "abi_ledger_oldest_due_seconds": ("How long the first of them has been due", ("kind",)),
}

Sample = tuple[str, float, tuple[str, ...]]  # name, value and labels of a gauge


class Metrics:
    """A Recorder that keeps its counts for ``text``; it uses no registry of the library's own."""

    def __init__(self) -> None:
        # Each would double the lines, and nobody plots them.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._counters = {
            event: Counter(event, text, labels, registry=self._registry)
            for event, (text, labels, buckets) in EVENTS.items()
            if not buckets
        }
        self._histograms = {
            event: Histogram(event, text, labels, buckets=buckets, registry=self._registry)
            for event, (text, labels, buckets) in EVENTS.items()
            if buckets
        }
        self._seen: dict[Event, set[tuple[str, ...]]] = {event: set() for event in Event}

    def count(self, event: Event, *labels: str) -> None:
        self._counters[event].labels(*self._bounded(event, labels)).inc()

    def observe(self, event: Event, seconds: float, *labels: str) -> None:
        histogram = self._histograms[event]
        if labels:
            histogram = histogram.labels(*self._bounded(event, labels))
        histogram.observe(seconds)

    def _bounded(self, event: Event, labels: tuple[str, ...]) -> tuple[str, ...]:
        seen = self._seen[event]
        if labels not in seen:
            labels = tuple(map(_printable, labels))
            if labels not in seen and len(seen) >= MOST_SERIES:
                return (OTHER,) * len(labels)
            seen.add(labels)
        return labels

    def show(self, health: Health) -> None:
        """Add the gauges of a process, which are read whenever somebody asks."""
        self._registry.register(_Gauges(lambda: samples(health)))

    def text(self) -> bytes:
        """Return all metrics in Prometheus's text form, version 0.0.4."""
        return generate_latest(self._registry)


def _printable(label: str) -> str:
    """Return a label that can be sent: a server may call its models whatever it likes."""
    return label[:LONGEST_LABEL].encode(errors="replace").decode()


class _Gauges(Collector):
    def __init__(self, read: Callable[[], Iterable[Sample]]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        families = {n: GaugeMetricFamily(n, text, labels=of) for n, (text, of) in GAUGES.items()}
        for name, value, labels in self._read():
            families[name].add_metric(labels, value)
        return iter(families.values())


def samples(health: Health) -> Iterator[Sample]:
    """Yield what the gauges show at this moment."""
    yield "abi_build_info", 1.0, (VERSION, platform.python_version())
    if health.services is not None:
        yield from _of_providers(health.services)
    yield from _of_gateway(health)
    for depth in health.depths:
        kind = (depth.kind,)
        yield "abi_ledger_running", depth.running, kind
        yield "abi_ledger_waiting", depth.waiting, kind
        yield "abi_ledger_due", depth.due, kind
        yield "abi_ledger_oldest_due_seconds", depth.oldest_due_s, kind


def _of_providers(services: Services) -> Iterator[Sample]:
    for name in services.catalog.usable():
        backend, provider = services.catalog.backends[name], (name,)
        yield "abi_queue_length", backend.line.waiting, provider
        yield "abi_queue_places", backend.line.size, provider
        yield "abi_queue_places_taken", backend.line.taken, provider
        yield "abi_provider_failing", backend.breaker.is_open, provider


def _of_gateway(health: Health) -> Iterator[Sample]:
    if health.gateway is None:
        return
    yield "abi_gateway_connected", is_connected(health.gateway), ()
    for number, shard in health.gateway.shards.items():
        label = (str(number),)
        yield "abi_shard_connected", not shard.is_closed(), label
        yield "abi_shard_latency_seconds", shard.latency, label
