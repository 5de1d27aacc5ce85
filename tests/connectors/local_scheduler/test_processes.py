"""Real processes and real kill -9: no effect is lost, and none is there twice once its nonce is honoured."""

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.local_scheduler import (
    Config,
    LocalScheduler,
    NewJob,
    Pace,
    Running,
    Settled,
    State,
)
from tests.connectors.local_scheduler.conftest import World

ROOT = Path(__file__).parents[3]
PROGRAM = Path(__file__).parent / "process.py"
JOBS = int(os.environ.get("SOAK_JOBS", "60"))
KILLS = int(os.environ.get("SOAK_KILLS", "3"))


class Process:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def says(self, word: str, times: int = 1) -> None:
        """Read until it has said a word so often."""
        assert self._process.stdout is not None
        async with asyncio.timeout(20):
            while times:
                line = (await self._process.stdout.readline()).decode().strip()
                assert line, f"it ended without saying {word}"
                times -= line == word

    def tell(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    @property
    def pid(self) -> int:
        return self._process.pid


@asynccontextmanager
async def process(config: Config, effects: Path, role: str) -> AsyncIterator[Process]:
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, str(PROGRAM)),
        *(str(config.data_dir), config.database_url or "", str(effects), role),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Process(started)
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


def done(effects: Path) -> list[tuple[str, str, int]]:
    """Return job, nonce and process of each effect."""
    lines = effects.read_text().splitlines() if effects.exists() else []
    return [(job, nonce, int(pid)) for job, nonce, pid in map(str.split, lines)]


async def none_left(world: World) -> None:
    async with asyncio.timeout(30):
        # Other processes write the rows, and SQLite tells nobody.
        while await world.run(lambda c: world.owners.owned_by(c, 1, None)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_no_effect_is_lost_or_doubled_by_kills(world: World, tmp_path: Path) -> None:
    effects, chance = tmp_path / "effects", random.Random(7)
    ids = [await world.add(-1) for _ in range(JOBS)]
    for _ in range(KILLS):
        if not await world.run(lambda c: world.owners.owned_by(c, 1, None)):
            break
        async with process(world.config, effects, "effects") as worker:
            await worker.says("effect", chance.randint(1, max(JOBS // KILLS - 5, 1)))
    async with process(world.config, effects, "effects"):
        await none_left(world)
    seen = done(effects)
    assert {job for job, _, _ in seen} == set(ids)
    assert len({nonce for _, nonce, _ in seen}) == JOBS
    assert len(seen) <= JOBS + 5 * KILLS  # at most what was in flight at each kill


async def test_three_processes_share_the_work(world: World, tmp_path: Path) -> None:
    effects = tmp_path / "effects"
    async with (
        process(world.config, effects, "effects") as one,
        process(world.config, effects, "effects") as two,
        process(world.config, effects, "effects") as three,
    ):
        await asyncio.gather(*(worker.says("ready") for worker in (one, two, three)))
        scheduler = LocalScheduler(world.config)
        due = datetime.now(UTC) + timedelta(seconds=0.5)
        new = NewJob(kind="reminder", owner_id=1, next_run=due)
        ids = [job.id for job in await asyncio.gather(*(scheduler.add(new) for _ in range(150)))]
        await none_left(world)
        await scheduler.aclose()
    seen = done(effects)
    assert Counter(job for job, _, _ in seen) == Counter(ids)
    if world.config.database_url is not None:
        shares = Counter(pid for _, _, pid in seen)
        assert set(shares) == {one.pid, two.pid, three.pid}


async def test_a_process_that_slept_past_its_lease_does_nothing_when_it_wakes(
    world: World, tmp_path: Path
) -> None:
    effects = tmp_path / "effects"
    await world.add(-1)
    async with process(world.config, effects, "told") as sleeper:
        await sleeper.says("started")
        sleeper.signal(signal.SIGSTOP)
        async with process(world.config, effects, "effects") as other:
            await none_left(world)
        sleeper.tell()
        sleeper.signal(signal.SIGCONT)
        await sleeper.says("ended")
    ((_, _, pid),) = done(effects)
    assert pid == other.pid


async def test_what_was_begun_at_once_goes_on_elsewhere_from_its_draft(
    world: World, tmp_path: Path
) -> None:
    async with process(world.config, tmp_path / "effects", "answer") as worker:
        await worker.says("saved")
        worker.signal(signal.SIGKILL)
    taken = asyncio.Queue[Running]()

    async def go_on(job: Running) -> Settled:
        taken.put_nowait(job)
        return Settled()

    scheduler = LocalScheduler(world.config, pace=Pace(poll_s=0.1))
    scheduler.handler("reminder", go_on)
    await scheduler.start()
    async with asyncio.timeout(20):
        job = await taken.get()
        await none_left(world)
    await scheduler.aclose()
    assert job.is_takeover
    assert job.draft == {"text": "so far"}
    assert not job.must_look_back()
    assert job.must_look_back(datetime.now(UTC) + timedelta(seconds=91))
    assert (await world.get(job.id)).state is State.SETTLED


async def test_of_many_processes_that_start_one_makes_the_table(
    database_url: str | None, tmp_path: Path
) -> None:
    config = Config(tmp_path, database_url)
    async with (
        process(config, tmp_path, "migrate") as one,
        process(config, tmp_path, "migrate") as two,
        process(config, tmp_path, "migrate") as three,
        process(config, tmp_path, "migrate") as four,
    ):
        all_four = (one, two, three, four)
        await asyncio.gather(*(worker.says("ready") for worker in all_four))
        for worker in all_four:
            worker.tell()
        await asyncio.gather(*(worker.says("migrated") for worker in all_four))


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
async def test_a_process_hears_of_what_another_one_adds(world: World, tmp_path: Path) -> None:
    effects = tmp_path / "effects"
    async with process(world.config, effects, "effects") as worker:
        await worker.says("ready")
        scheduler = LocalScheduler(world.config)
        await scheduler.add(NewJob(kind="reminder", owner_id=1))
        await worker.says("effect")  # it would look by itself only after half a minute
        await scheduler.aclose()
