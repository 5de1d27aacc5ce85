import re

from prometheus_client.parser import text_string_to_metric_families

from bot.process.metrics import EVENTS, GAUGES, MOST_SERIES, Metrics
from connectors.recorder import UNRECORDED, Event
from tests.bot.process.conftest import Watched


def read(metrics: Metrics) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return each sample by its name and its labels' values, in the order of their names."""
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }


def test_what_is_counted_and_observed_is_told() -> None:
    metrics = Metrics()
    metrics.count(Event.QUESTION, "openai", "gpt", "answered")
    metrics.count(Event.QUESTION, "openai", "gpt", "answered")
    metrics.observe(Event.FIRST_WORD_S, 0.3, "openai")
    metrics.observe(Event.LOOP_LAG_S, 0.002)
    found = read(metrics)
    assert found["abi_questions_total", ("gpt", "answered", "openai")] == 2
    assert found["abi_first_word_seconds_bucket", ("0.25", "openai")] == 0
    assert found["abi_first_word_seconds_bucket", ("0.5", "openai")] == 1
    assert found["abi_loop_lag_seconds_count", ()] == 1


def test_every_event_has_a_metric_and_takes_its_labels() -> None:
    metrics = Metrics()
    assert set(EVENTS) == set(Event)
    for event, (_, labels, buckets) in EVENTS.items():
        if buckets:
            metrics.observe(event, 1.0, *labels)
            UNRECORDED.observe(event, 1.0, *labels)
        else:
            metrics.count(event, *labels)
            UNRECORDED.count(event, *labels)
    assert {name for name, _ in read(metrics)} >= {
        f"{event}_count" for event in Event if "seconds" in event
    }


def test_names_that_go_on_for_ever_are_counted_together() -> None:
    metrics = Metrics()
    for number in range(MOST_SERIES + 50):
        metrics.count(Event.QUESTION, "openai", f"model-{number}", "answered")
    metrics.count(Event.QUESTION, "openai", "model-0", "answered")
    found = {
        labels: n for (name, labels), n in read(metrics).items() if name == "abi_questions_total"
    }
    assert len(found) == MOST_SERIES + 1
    assert found["other", "other", "other"] == 50
    assert found["model-0", "answered", "openai"] == 2


def test_whatever_a_server_calls_its_models_can_be_sent() -> None:
    metrics = Metrics()
    for name in ("\ud800", 'a "quoted"\nname', "x" * 100_000, "x" * 100_001):
        metrics.count(Event.QUESTION, "openai", name, "answered")
    found = {labels[0]: n for (name, labels), n in read(metrics).items() if "questions" in name}
    assert found == {"?": 1, 'a "quoted"\nname': 1, "x" * 100: 2}


async def test_the_gauges_tell_how_things_are_when_asked(watched: Watched) -> None:
    metrics = Metrics()
    metrics.show(watched.health)
    await watched.health.readiness()
    watched.gateway.shards[1].is_open = False
    backend = watched.services.catalog.backends["openai"]
    backend.breaker.is_open = True
    async with backend.line.turn(7):
        found = read(metrics)
    assert found["abi_queue_places_taken", ("openai",)] == 1
    assert found["abi_queue_places_taken", ("mistral",)] == 0
    assert found["abi_provider_failing", ("openai",)] == 1
    assert found["abi_gateway_connected", ()] == 0
    assert found["abi_shard_connected", ("0",)] == 1
    assert found["abi_shard_connected", ("1",)] == 0
    assert found["abi_shard_latency_seconds", ("0",)] == 0.05
    assert found["abi_ledger_due", ("reminder",)] == 3
    assert found["abi_ledger_oldest_due_seconds", ("reminder",)] == 4.5
    assert {name for name, _ in found} >= set(GAUGES)
    assert "7" not in {value for _, labels in found for value in labels}


def test_a_process_that_only_starts_tells_its_version() -> None:
    metrics = Metrics()
    metrics.show(Watched().health)
    [labels] = [labels for name, labels in read(metrics) if name == "abi_build_info"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", labels[1])
