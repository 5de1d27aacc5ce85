"""One simulation, from its seed to what it found."""

from __future__ import annotations

import asyncio
import random
import secrets
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.simulation.clocks import true_s
from tests.simulation.loop import SimulatedLoop
from tests.simulation.plan import Plan
from tests.simulation.story import Story
from tests.simulation.world import Violation, World, stamp

MEMORY = Path("/dev/shm")  # noqa: S108 - a database in memory, if there is such a place
_KEPT: list[object] = []


@dataclass(slots=True)
class Report:
    """The outcome of a simulation: how long it was, its faults and its violations."""

    plan: Plan
    days: float
    faults: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)


def simulate(plan: Plan) -> Report:
    random.seed(plan.seed)
    secrets._sysrand = random.Random(plan.seed)  # type: ignore[attr-defined]
    folder = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="simulation-", dir=folder) as data_dir:
        # Not closed: that would wait for the tasks of processes that were killed. Nor collected as
        # garbage, which would wake them in the next simulation.
        _KEPT.append(loop := SimulatedLoop())
        return loop.run_until_complete(_simulate(plan, Path(data_dir)))


async def _simulate(plan: Plan, data_dir: Path) -> Report:
    world = World(
        plan.seed,
        data_dir,
        processes=plan.processes,
        bots=plan.bots,
        reads_content=plan.reads_content,
        shards=plan.shards,
    )
    _KEPT.append(world)
    watching = world.shards and asyncio.create_task(world.shards.watch())
    story = Story(world)
    await story.begin()
    events = plan.events
    for quiet_s in plan.quiets:
        telling = [asyncio.create_task(story.tell(e)) for e in events if e.at_s <= quiet_s]
        events = tuple(e for e in events if e.at_s > quiet_s)
        await asyncio.gather(*telling)
        await asyncio.sleep(max(0.0, quiet_s - true_s()))
        await story.heal()
        await asyncio.sleep(plan.settles_s)
        world.promises.check()
        if world.violations:
            break
    del watching
    trace = [f"{stamp(at_s)} {what}" for at_s, what in world.trace]
    return Report(plan, true_s() / 86400, world.faults.injected, world.violations, trace)
