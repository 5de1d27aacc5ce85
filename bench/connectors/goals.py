"""Goals of the connectors, mostly as ratios to others in the same run, and the table of a run."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from bench.connectors.clients import PEERS
from bench.connectors.scenarios import Figures


class Run(NamedTuple):
    """One scenario of one client."""

    client: str
    scenario: str
    api: str = "openai"
    is_tls: bool = False


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure of ours, held against the same figure of another client, or as it is.

    At_most None is for information.
    """

    what: str
    scenario: str
    figure: str
    at_most: float | None
    versus: str | None = None
    api: str = "openai"
    is_tls: bool = False

    def run(self, client: str) -> Run:
        return Run(client, self.scenario, self.api, self.is_tls)


def _below_every_peer() -> list[Goal]:
    homes = {"anthropic_sdk": "anthropic", "ollama_sdk": "ollama"}
    others = [peer for peer in PEERS if peer != "openai_sdk"]
    return [Goal("request", "json", "cpu_us", 1, p, homes.get(p, "openai")) for p in others]


GOALS: Final = (
    Goal("import: CPU in ms", "import", "cpu_ms", 60),
    Goal("import: heavy packages loaded", "import", "heavy", 0),
    Goal("chunk in bulk", "burst", "cpu_us", 1.0, "raw_socket"),
    Goal("chunk in bulk", "burst", "cpu_us", 0.05, "openai_sdk"),
    Goal("chunk in bulk", "burst", "cpu_us", 0.15, "anthropic_sdk", "anthropic"),
    Goal("chunk in bulk", "burst", "cpu_us", 0.30, "ollama_sdk", "ollama"),
    Goal("chunk in bulk", "burst", "cpu_us", 0.02, "litellm"),
    Goal("chunk in a read of its own", "paced", "cpu_us", 1.3, "raw_socket"),
    Goal("chunk in a read of its own", "paced", "cpu_us", 0.40, "openai_sdk"),
    Goal("request", "json", "cpu_us", 0.60, "raw_httpx"),
    Goal("request", "json", "cpu_us", 0.45, "openai_sdk"),
    *_below_every_peer(),
    Goal("request, 64 at once", "c64", "cpu_us", 0.10, "raw_httpx"),
    Goal("stream of two chunks", "first", "cpu_us", None, "raw_httpx"),
    Goal("1,000 streams: failed", "conc1000", "failed", 0),
    Goal("1,000 streams: CPU", "conc1000", "cpu_s", 1.6, "raw_socket"),
    Goal("1,000 streams: peak memory", "conc1000", "peak_mib", 2.4, "raw_socket"),
    Goal("1,000 streams: peak memory", "conc1000", "peak_mib", 1, "openai_sdk"),
    Goal("1,000 streams: peak memory", "conc1000", "peak_mib", 1, "litellm"),
    Goal("1,000 streams: p99 gap", "conc1000", "gap_p99_ms", 1.5, "raw_socket"),
    Goal("TLS, request", "json", "cpu_us", None, "raw_socket", is_tls=True),
    Goal("TLS, request", "json", "cpu_us", None, "raw_httpx", is_tls=True),
    Goal("TLS, chunk in bulk", "burst", "cpu_us", None, "raw_socket", is_tls=True),
    Goal("TLS, chunk in bulk", "burst", "cpu_us", None, "raw_httpx", is_tls=True),
)


def runs_of(goals: Sequence[Goal]) -> list[Run]:
    """Return every run the goals need once, the clients of one scenario beside each other."""
    runs = {goal.run(client): None for goal in goals for client in ("ours", goal.versus) if client}
    order = {goal.scenario: number for number, goal in reversed(list(enumerate(goals)))}
    return sorted(runs, key=lambda run: (run.is_tls, order[run.scenario], run.api, run.client))


def report(
    goals: Sequence[Goal],
    measured: Mapping[Run, Sequence[Figures]],
    missing: Mapping[Run, str],
    write: Callable[[str], object],
) -> bool:
    """Write each goal with medians of both sides.

    Return whether ours never failed and missed no goal that was measured.
    """
    write("| what | of | ours | against | ratio | goal | |\n")
    write("| --- | --- | ---: | ---: | ---: | ---: | --- |\n")
    met = True
    for goal in goals:
        sides = [goal.run("ours")] + ([goal.run(goal.versus)] if goal.versus else [])
        met = met and not missing.get(sides[0], "").startswith("failed")
        absent = next((missing[run] for run in sides if run not in measured), None)
        name = f"{goal.what} ({goal.api})" if goal.api != "openai" else goal.what
        if absent is not None:
            write(f"| {name} | {goal.versus or ''} | | | | {_bound(goal)} | {absent} |\n")
            continue
        values = [statistics.median(one[goal.figure] for one in measured[run]) for run in sides]
        value = values[0] / values[1] if goal.versus else values[0]
        is_met = goal.at_most is None or value <= goal.at_most
        met = met and is_met
        against = f"{values[1]:.4g} | {value:.3g}" if goal.versus else " | "
        verdict = "" if is_met else "MISSED"
        write(
            f"| {name} | {goal.versus or ''} | {values[0]:.4g} | {against} | {_bound(goal)} | "
            f"{verdict} |\n"
        )
    return met


def _bound(goal: Goal) -> str:
    if goal.at_most is None:
        return ""
    return f"≤ {goal.at_most:g}{' of it' if goal.versus else ''}"
