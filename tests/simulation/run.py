"""One simulation, from its seed to what it found."""

from __future__ import annotations

import asyncio
import random
import secrets
import tempfile
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from tests.simulation.clocks import true_s
from tests.simulation.loop import SimulatedLoop
from tests.simulation.story import QUIET_S, Plan, Story, plan_of
from tests.simulation.world import Violation, World, stamp

MEMORY = Path("/dev/shm")  # noqa: S108 - a database in memory, if there is such a place


@dataclass(slots=True)
class Report:
    """The outcome of a simulation: how long it was, its faults and its violations."""

    seed: int
    days: float
    faults: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)


def simulate(seed: int, keep: Collection[int] | None = None) -> Report:
    """Run a seed; of its events only those numbered in ``keep``, if that is given."""
    random.seed(seed)
    secrets._sysrand = random.Random(seed)  # type: ignore[attr-defined]
    plan = plan_of(seed)
    folder = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="simulation-", dir=folder) as data_dir:
        # Not closed: that would wait for the tasks of processes that were killed.
        return SimulatedLoop().run_until_complete(_simulate(seed, plan, keep, Path(data_dir)))


async def _simulate(seed: int, plan: Plan, keep: Collection[int] | None, data_dir: Path) -> Report:
    world = World(seed, data_dir, processes=plan.processes, bots=plan.bots)
    story = Story(world, seed)
    await story.begin()
    events = [e for number, e in enumerate(plan.events) if keep is None or number in keep]
    for quiet_s in plan.quiets:
        telling = [asyncio.create_task(story.tell(e)) for e in events if e.at_s <= quiet_s]
        events = [e for e in events if e.at_s > quiet_s]
        await asyncio.gather(*telling)
        await asyncio.sleep(max(0.0, quiet_s - true_s()))
        await story.heal()
        await asyncio.sleep(QUIET_S)
        world.promises.check()
        if world.violations:
            break
    trace = [f"{stamp(at_s)} {what}" for at_s, what in world.trace]
    return Report(seed, true_s() / 86400, world.faults.injected, world.violations, trace)
