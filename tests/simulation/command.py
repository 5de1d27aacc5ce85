"""The command: plans in processes of their own, what they found, and the shortest of it."""

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
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path
from time import perf_counter

import msgspec

from tests.simulation import database
from tests.simulation.plan import Plan, plan_of
from tests.simulation.run import Report, simulate
from tests.simulation.world import Violation

# Of the processor. A simulation that takes longer goes round in circles without end.
LONGEST_S = 400
SHRINK_S = 120.0
SHOWN_LINES = 120
REPLAY = "python -m tests.simulation --seed {} --keep {}"
# Plans that have found something, by what it was; a seed would make another one some day.
STORIES = Path(__file__).with_name("stories.json")


@dataclass(slots=True)
class Totals:
    runs: int = 0
    days: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)


def main() -> None:
    asked = _arguments()
    database.install()
    # What is imported and compiled once is there in every process from here on.
    simulate(plan_of(0).only(()))
    if asked.seed is not None:
        plan = plan_of(asked.seed)
        if asked.keep is not None:
            plan = plan.only([int(number) for number in asked.keep.split(",") if number])
        report = _collect(plan, *_fork(plan))
        print("\n".join(report.trace))
        print(_found(report))
        sys.exit(bool(report.violations))
    totals = _run_all(asked)
    faults = ", ".join(f"{count} {name}" for name, count in totals.faults.most_common())
    print(f"{totals.runs} simulations, {totals.days:.1f} simulated days, ", end="")
    print(
        f"{totals.faults.total()} faults ({faults}), {len(totals.failed)} of them with violations"
    )
    if totals.failed:
        print("Failed:", ", ".join(totals.failed))
    sys.exit(bool(totals.failed))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (default: 10)")
    parser.add_argument(
        "--seeds",
        help="which seeds, as 1,2,7 or 10-20 (default: the kept stories, then random ones)",
    )
    parser.add_argument("--stories", action="store_true", help="only the kept stories")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, help="run one seed again, and print its whole trace")
    parser.add_argument("--keep", help="with --seed: the numbers of the events that happen")
    parser.add_argument("--no-shrink", action="store_true")
    return parser.parse_args()


def _plans(asked: argparse.Namespace) -> Iterator[tuple[str, Plan]]:
    """Yield what to run, each with its name."""
    if asked.seeds is None:
        stories = msgspec.json.decode(STORIES.read_bytes(), type=dict[str, Plan])
        yield from stories.items()
    if not asked.stories:
        yield from ((f"seed {seed}", plan_of(seed)) for seed in _seeds(asked.seeds))


def _seeds(given: str | None) -> Iterator[int]:
    if given is None:
        first = random.SystemRandom().randrange(10**6) * 1000
        print(f"First seed: {first}", flush=True)
        return count(first)
    ranges = (part.partition("-") for part in given.split(","))
    return chain(*(range(int(first), int(last or first) + 1) for first, _, last in ranges))


def _run_all(asked: argparse.Namespace) -> Totals:
    """Run plans side by side until the time is over or there are no more."""
    totals, began_s, plans = Totals(), perf_counter(), _plans(asked)
    running: dict[int, tuple[str, Plan, int]] = {}  # by file: name, plan and process
    while True:
        in_time = perf_counter() - began_s < asked.minutes * 60
        while len(running) < asked.jobs and in_time and (named := next(plans, None)):
            file, process = _fork(named[1])
            running[file] = *named, process
        if not running:
            return totals
        for name, report in _finished(running):
            totals.runs += 1
            totals.days += report.days
            totals.faults += report.faults
            if report.violations:
                totals.failed.append(name)
                after_s = perf_counter() - began_s
                print(f"\n{name.capitalize()} after {after_s:.0f} s", flush=True)
                _explain(report, shrink=not asked.no_shrink)


def _finished(running: dict[int, tuple[str, Plan, int]]) -> Iterator[tuple[str, Report]]:
    """Wait until a simulation is done."""
    ready, _, _ = select.select(list(running), [], [])
    for file in ready:
        name, plan, process = running.pop(file)
        yield name, _collect(plan, file, process)


def _fork(plan: Plan) -> tuple[int, int]:
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
        report = simulate(plan)
    except BaseException:
        failure = Violation("the simulation failed", traceback.format_exc(), 0.0)
        report = Report(plan, 0.0, violations=[failure])
    with os.fdopen(writer, "wb") as pipe, contextlib.suppress(BrokenPipeError):
        pickle.dump(report, pipe)
        pipe.flush()
    os._exit(0)


def _collect(plan: Plan, file: int, process: int) -> Report:
    with os.fdopen(file, "rb") as pipe:
        data = pipe.read()
    os.waitpid(process, 0)
    if data:
        report: Report = pickle.loads(data)  # noqa: S301 - our own
        return report
    failure = Violation("the simulation failed", f"it died, or took over {LONGEST_S} s", 0.0)
    return Report(plan, 0.0, violations=[failure])


def _explain(report: Report, *, shrink: bool) -> None:
    """Print what a plan found, and the shortest list of events that still finds it."""
    plan = report.plan
    kept = list(range(len(plan.events)))
    if shrink:
        kept, report = _shrunk(report, kept)
    lines = report.trace[-SHOWN_LINES:]
    if len(report.trace) > len(lines):
        print(f"… {len(report.trace) - len(lines)} lines before")
    print("\n".join(lines))
    print(_found(report))
    print("As a story:", msgspec.json.encode(report.plan).decode())
    if plan == plan_of(plan.seed):
        print("Again:", REPLAY.format(plan.seed, ",".join(map(str, kept))), flush=True)


def _shrunk(report: Report, kept: list[int]) -> tuple[list[int], Report]:
    """Drop events, first many at once and then one by one, while the same promise is broken."""
    kinds, until_s = {v.kind for v in report.violations}, perf_counter() + SHRINK_S
    plan, size = report.plan, max(1, len(kept) // 2)
    while True:
        at = 0
        while at < len(kept):
            if perf_counter() > until_s:
                return kept, report
            fewer = kept[:at] + kept[at + size :]
            tried = _collect(plan, *_fork(plan.only(fewer)))
            if kinds & {violation.kind for violation in tried.violations}:
                kept, report = fewer, tried
            else:
                at += size
        if size == 1:
            return kept, report
        size //= 2


def _found(report: Report) -> str:
    return "\n".join(map(str, report.violations)) or "No violation."
