"""Processes that divide Discord's global limit, in virtual time, with a table in memory."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Collection, Iterable
from typing import Any

from bot.process.budget.budget import KEPT_PER_S, LEASE_S, Budget
from bot.storage.holding import Holding
from connectors.database import DatabaseUnavailable
from connectors.discord import GLOBAL_PER_S, GlobalLimit
from tests.virtual_time import run

ALL = GLOBAL_PER_S - KEPT_PER_S
JITTER_S = 0.05
SEEDS = 3


class Table:
    """A stand-in for the database's table. While it is away, each look fails."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[Holding, float]] = {}
        self.is_away = False

    async def share(
        self,
        name: str,
        wanted: float,
        choose: Callable[[Collection[Holding]], float],
        *,
        ends_others: bool,
    ) -> list[Holding]:
        await asyncio.sleep(0.005)
        if self.is_away:
            raise DatabaseUnavailable("the database does not answer")
        share = self.rows[name][0].share if name in self.rows else 0.0
        self.rows[name] = Holding(name, share, wanted), now()
        if ends_others:
            self.rows = {k: v for k, v in self.rows.items() if now() - v[1] <= LEASE_S}
        chosen = choose([held for held, _ in self.rows.values()])
        self.rows[name] = Holding(name, chosen, wanted), now()
        await asyncio.sleep(0.005)
        return [held for held, _ in self.rows.values()]

    async def leave(self, name: str) -> None:
        if name in self.rows:
            self.rows[name] = self.rows[name][0], now() - LEASE_S + 2.0


class Process:
    """One process, its share, and requests that wait for it."""

    def __init__(self, name: str, table: Table, sent: list[float]) -> None:
        self.name, self._table, self._sent = name, table, sent
        self.frozen_at: float | None = None
        self._thawed = asyncio.Event()
        self.limit = GlobalLimit(clock=now)
        self.budget = Budget(self.limit, GLOBAL_PER_S, read_clocks=self.clocks)
        own_table: Any = self
        self.keeping = self.budget.start(own_table, lambda: asyncio.sleep(0, name))
        self._requests: list[asyncio.Task[None]] = []

    def clocks(self) -> tuple[float, float]:
        at = now() if self.frozen_at is None else self.frozen_at
        return at, at

    async def share(self, *given: Any, **options: Any) -> list[Holding]:
        if self.frozen_at is not None:
            await self._thawed.wait()
        return await self._table.share(*given, **options)

    async def leave(self, name: str) -> None:
        if self.frozen_at is None:
            await self._table.leave(name)

    def freeze(self) -> None:
        """Stop it like SIGSTOP; never thawed, it is as good as dead."""
        self.frozen_at = now()
        self._thawed.clear()
        self.end_requests()

    def end_requests(self) -> None:
        for request in self._requests:
            request.cancel()

    def thaw(self) -> None:
        self.frozen_at = None
        self._thawed.set()

    def load(self, requests: int) -> None:
        self._requests += [asyncio.create_task(self._request()) for _ in range(requests)]

    async def _request(self) -> None:
        slot = await self.limit.turn()
        counted_at = now() + random.uniform(0.01, 0.01 + JITTER_S)
        await asyncio.sleep(counted_at - now())
        self._sent.append(counted_at)
        await asyncio.sleep(0.01)
        self.limit.answered(slot, "POST")


def now() -> float:
    return asyncio.get_running_loop().time()


def most_in_a_second(sent: Iterable[float]) -> int:
    times, most, first = sorted(sent), 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - 1.0 + 1e-9:
            first += 1
        most = max(most, last - first + 1)
    return most


async def three() -> tuple[Table, list[float], list[Process]]:
    """Return three processes that know each other."""
    random.seed(7)
    table, sent = Table(), list[float]()
    processes = [Process(name, table, sent) for name in "abc"]
    await asyncio.sleep(10)
    return table, sent, processes


def test_a_process_alone_has_everything_once_it_is_known() -> None:
    async def alone() -> None:
        process = Process("a", Table(), [])
        assert process.budget.share() == 1
        await asyncio.sleep(1)
        assert process.budget.share() == ALL

    run(alone())


def test_one_busy_process_gets_nearly_all() -> None:
    async def busy() -> float:
        _, sent, [first, *_] = await three()
        first.load(500)
        begun = now()
        await asyncio.sleep(9)
        return len([at for at in sent if begun + 5 <= at < begun + 9]) / 4

    assert run(busy()) >= 0.85 * ALL


def test_a_thousand_requests_of_three_processes_are_sent_as_fast_as_discord_allows() -> None:
    async def everything() -> tuple[float, int]:
        _, sent, processes = await three()
        begun = now()
        for process in processes:
            process.load(334)
        await asyncio.sleep(30)
        return max(sent) - begun, most_in_a_second(sent)

    last_s, most = run(everything())
    assert last_s <= 1.1 * 1000 / GLOBAL_PER_S
    assert most <= GLOBAL_PER_S


def test_those_that_begin_in_the_same_moment_have_equal_parts_at_once() -> None:
    async def begin() -> list[float]:
        _, _, processes = await three()
        for process in processes:
            process.load(334)
        await asyncio.sleep(0.5)
        return [process.budget.share() for process in processes]

    assert run(begin()) == [ALL / 3] * 3


def test_what_a_dead_process_had_goes_to_the_others_with_its_lease() -> None:
    async def die() -> float:
        _, _, [first, second, third] = await three()
        first.load(500)
        await asyncio.sleep(3)
        first.freeze()
        second.load(500)
        third.load(500)
        await asyncio.sleep(LEASE_S + 4)
        return second.budget.share() + third.budget.share()

    assert run(die()) == ALL


def test_a_process_that_wakes_has_next_to_nothing_until_it_has_asked() -> None:
    async def wake() -> tuple[float, float]:
        _, _, [first, *_] = await three()
        first.freeze()
        await asyncio.sleep(LEASE_S + 1)
        first.thaw()
        at_once = first.budget.share()
        await asyncio.sleep(5)
        return at_once, first.budget.share()

    at_once, later = run(wake())
    assert at_once == 1
    assert later > 1


def test_shares_stay_as_they_are_while_the_database_is_away() -> None:
    async def away() -> None:
        table, sent, processes = await three()
        table.is_away = True
        before = [process.budget.share() for process in processes]
        await asyncio.sleep(60)
        assert [process.budget.share() for process in processes] == before
        late = Process("d", table, sent)
        await asyncio.sleep(20)
        assert not late.keeping.done()
        assert late.budget.share() == 1
        table.is_away = False
        await asyncio.sleep(1)
        assert sum(held.share for held, _ in table.rows.values()) <= ALL

    run(away())


def test_a_process_that_leaves_gives_its_share_back() -> None:
    async def leave() -> float:
        _, _, [first, *others] = await three()
        await first.budget.aclose()
        others[0].load(300)
        await asyncio.sleep(6)
        return sum(process.budget.share() for process in others)

    assert run(leave()) == ALL


def test_all_together_never_send_more_than_discord_allows() -> None:
    for seed in range(SEEDS):
        sent = run(_anything(seed))
        assert most_in_a_second(sent) <= GLOBAL_PER_S, seed


async def _anything(seed: int) -> list[float]:
    """Have processes join, leave, freeze, wake and be busy, and the database come and go."""
    random.seed(seed)
    rng = random.Random(seed)
    table, sent = Table(), list[float]()
    processes = [Process("0", table, sent)]
    for number in range(1, 40):
        await asyncio.sleep(rng.uniform(0, 3))
        process = rng.choice(processes)
        match rng.choice(("load", "load", "load", "join", "freeze", "thaw", "leave", "database")):
            case "load" if process.frozen_at is None:
                process.load(rng.randint(1, 200))
            case "join" if len(processes) < 6 and not table.is_away:
                processes.append(Process(str(number), table, sent))
            case "freeze" if process.frozen_at is None and not table.is_away:
                process.freeze()
            case "thaw" if process.frozen_at is not None:
                process.thaw()
            case "leave" if len(processes) > 1 and process.frozen_at is None:
                processes.remove(process)
                process.end_requests()
                await process.budget.aclose()
            case "database":
                table.is_away = not table.is_away
    return sent
