"""The command: seeds in processes of their own, what they found, and the shortest story of it."""

from __future__ import annotations

import argparse
import contextlib
import os
import pickle  # noqa: TID251 - read from its own children only
import random
import resource
import select
import sys
import traceback
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from time import perf_counter

from tests.simulation import database
from tests.simulation.run import Report, simulate
from tests.simulation.story import plan_of
from tests.simulation.world import Violation

# Of the processor. A simulation that takes longer goes round in circles without end.
LONGEST_S = 150
SHRINK_S = 120.0
SHOWN_LINES = 120
REPLAY = "python -m tests.simulation --seed {}{}"


@dataclass(slots=True)
class Totals:
    seeds: int = 0
    days: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    failed: list[int] = field(default_factory=list)


def main() -> None:
    asked = _arguments()
    database.install()
    # What is imported and compiled once is there in every process from here on.
    simulate(0, ())
    if asked.seed is not None:
        keep = None if asked.keep is None else [int(n) for n in asked.keep.split(",") if n]
        report = _collect(asked.seed, *_fork(asked.seed, keep))
        print("\n".join(report.trace))
        print(_found(report))
        sys.exit(bool(report.violations))
    totals = _run_all(asked)
    faults = ", ".join(f"{count} {name}" for name, count in totals.faults.most_common())
    print(f"{totals.seeds} seeds, {totals.days:.1f} simulated days, ", end="")
    print(f"{totals.faults.total()} faults ({faults}), {len(totals.failed)} seeds with violations")
    if totals.failed:
        print("Failed seeds:", *totals.failed)
    sys.exit(bool(totals.failed))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (default: 10)")
    parser.add_argument("--seeds", help="which seeds, as 1,2,7 or 10-20 (default: random ones)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, help="run one seed again, and print its whole trace")
    parser.add_argument("--keep", help="with --seed: the numbers of the events that happen")
    parser.add_argument("--no-shrink", action="store_true")
    return parser.parse_args()


def _seeds(given: str | None) -> Iterator[int]:
    if given is None:
        first = random.SystemRandom().randrange(10**6) * 1000
        print(f"First seed: {first}", flush=True)
        while True:
            yield first
            first += 1
    for part in given.split(","):
        first_, _, last = part.partition("-")
        yield from range(int(first_), int(last or first_) + 1)


def _run_all(asked: argparse.Namespace) -> Totals:
    """Run seeds side by side until the time is over or there are no more."""
    totals, began_s, seeds = Totals(), perf_counter(), _seeds(asked.seeds)
    running: dict[int, tuple[int, int]] = {}  # by file: seed and process
    while True:
        in_time = perf_counter() - began_s < asked.minutes * 60
        while len(running) < asked.jobs and in_time and (seed := next(seeds, None)) is not None:
            file, process = _fork(seed, None)
            running[file] = seed, process
        if not running:
            return totals
        for report in _finished(running):
            totals.seeds += 1
            totals.days += report.days
            totals.faults += report.faults
            if report.violations:
                totals.failed.append(report.seed)
                print(f"\nSeed {report.seed} after {perf_counter() - began_s:.0f} s", flush=True)
                _explain(report, shrink=not asked.no_shrink)


def _finished(running: dict[int, tuple[int, int]]) -> Iterator[Report]:
    """Wait until a simulation is done."""
    ready, _, _ = select.select(list(running), [], [])
    for file in ready:
        seed, process = running.pop(file)
        yield _collect(seed, file, process)


def _fork(seed: int, keep: Collection[int] | None) -> tuple[int, int]:
    """Start a simulation in a process of its own; return a file to read from, and its id."""
    reader, writer = os.pipe()
    sys.stdout.flush()
    process = os.fork()
    if process:
        os.close(writer)
        return reader, process
    os.close(reader)
    resource.setrlimit(resource.RLIMIT_CPU, (LONGEST_S, LONGEST_S))
    try:
        report = simulate(seed, keep)
    except BaseException:
        failure = Violation("the simulation failed", traceback.format_exc(), 0.0)
        report = Report(seed, 0.0, violations=[failure])
    with os.fdopen(writer, "wb") as pipe, contextlib.suppress(BrokenPipeError):
        pickle.dump(report, pipe)
        pipe.flush()
    os._exit(0)


def _collect(seed: int, file: int, process: int) -> Report:
    with os.fdopen(file, "rb") as pipe:
        data = pipe.read()
    os.waitpid(process, 0)
    if data:
        report: Report = pickle.loads(data)  # noqa: S301 - our own
        return report
    failure = Violation("the simulation failed", f"it died, or took over {LONGEST_S} s", 0.0)
    return Report(seed, 0.0, violations=[failure])


def _explain(report: Report, *, shrink: bool) -> None:
    """Print what a seed found, and the shortest list of events that still finds it."""
    kept = list(range(len(plan_of(report.seed).events)))
    if shrink:
        kept, report = _shrunk(report, kept)
    lines = report.trace[-SHOWN_LINES:]
    if len(report.trace) > len(lines):
        print(f"… {len(report.trace) - len(lines)} lines before")
    print("\n".join(lines))
    print(_found(report))
    numbers = ",".join(map(str, kept))
    print("Again:", REPLAY.format(report.seed, f" --keep {numbers}" if shrink else ""), flush=True)


def _shrunk(report: Report, kept: list[int]) -> tuple[list[int], Report]:
    """Drop events, first many at once and then one by one, while the same promise is broken."""
    kinds, until_s = {v.kind for v in report.violations}, perf_counter() + SHRINK_S
    size = max(1, len(kept) // 2)
    while True:
        at = 0
        while at < len(kept):
            if perf_counter() > until_s:
                return kept, report
            fewer = kept[:at] + kept[at + size :]
            tried = _collect(report.seed, *_fork(report.seed, fewer))
            if kinds & {violation.kind for violation in tried.violations}:
                kept, report = fewer, tried
            else:
                at += size
        if size == 1:
            return kept, report
        size //= 2


def _found(report: Report) -> str:
    return "\n".join(map(str, report.violations)) or "No violation."
