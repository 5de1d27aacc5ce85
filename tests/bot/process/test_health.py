import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.process.health import ASK_EVERY_S, RECONNECT_WITHIN_S, Health, Readiness
from bot.settings import Settings
from connectors.recorder import UNRECORDED, Event
from tests.bot.process.conftest import Clock, Services, Watched

READY = Readiness(is_ready=True, gateway="ok", database="ok", providers="ok")


async def test_a_process_whose_parts_all_work_is_ready(watched: Watched) -> None:
    assert await watched.health.readiness() == READY
    assert watched.health.is_alive()


async def test_a_process_that_only_starts_is_alive_and_not_ready() -> None:
    health = Health()
    starting = Readiness(
        is_ready=False, gateway="starting", database="starting", providers="starting"
    )
    assert await health.readiness() == starting
    assert health.is_alive()


async def test_a_shard_that_is_away_is_told_and_for_long_is_no_life(watched: Watched) -> None:
    watched.gateway.shards[1].is_open = False
    watched.clock.now += RECONNECT_WITHIN_S - 1
    readiness = await watched.health.readiness()
    assert (readiness.is_ready, readiness.gateway) == (False, "not connected")
    assert watched.health.is_alive()
    watched.clock.now += 1
    assert not watched.health.is_alive()
    watched.gateway.shards[1].is_open = True
    assert watched.health.is_alive()
    assert await watched.health.readiness() == READY


async def test_who_has_to_wait_for_the_logins_of_the_next_day_is_alive(watched: Watched) -> None:
    watched.gateway.shards[1].is_open = False
    services: Any = watched.services
    gateway: Any = watched.gateway
    waits = [True]
    watched.health.watch(services, gateway, is_held_up=lambda: waits[0])
    watched.clock.now += RECONNECT_WITHIN_S
    assert watched.health.is_alive(), "a restart would end the shards that are connected"
    assert (await watched.health.readiness()).gateway == "not connected"
    waits[0] = False
    assert not watched.health.is_alive()


async def test_a_login_that_takes_long_counts_from_the_last_connection(watched: Watched) -> None:
    watched.clock.now += 600.0
    watched.health.look()
    watched.gateway.has_begun = False
    services: Any = watched.services
    gateway: Any = watched.gateway
    watched.health.watch(services, gateway)
    watched.clock.now += RECONNECT_WITHIN_S - 1
    assert watched.health.is_alive()
    watched.clock.now += 1
    assert not watched.health.is_alive()


async def test_a_database_that_does_not_answer_is_told_without_its_address(
    watched: Watched,
) -> None:
    watched.services.has_database = False
    readiness = await watched.health.readiness()
    assert (readiness.is_ready, readiness.database) == (False, "does not answer")
    assert "secret" not in repr(readiness)


async def test_a_database_that_hangs_is_not_waited_for(watched: Watched) -> None:
    async def hang() -> None:
        raise TimeoutError

    services: Any = watched.services
    services.depth = hang
    assert (await watched.health.readiness()).database == "does not answer"


async def test_a_database_that_takes_nothing_more_is_told(
    watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.services.settings = Settings(data_dir=tmp_path)
    (tmp_path / "abi.db").touch()
    assert (await watched.health.readiness()).database == "ok"
    watched.clock.now += ASK_EVERY_S
    monkeypatch.setattr("bot.process.health.ROOM_BYTES", 1 << 62)
    assert (await watched.health.readiness()).database == "cannot be written"
    monkeypatch.undo()
    watched.clock.now += ASK_EVERY_S
    assert await watched.health.readiness() == READY


async def test_the_database_is_asked_seldom_however_often_people_ask(watched: Watched) -> None:
    await asyncio.gather(*(watched.health.readiness() for _ in range(50)))
    assert watched.services.asked == 1
    watched.clock.now += ASK_EVERY_S
    await watched.health.readiness()
    assert watched.services.asked == 2


async def test_no_provider_and_only_failing_providers_are_told(watched: Watched) -> None:
    catalog = watched.services.catalog
    for name in ("openai", "mistral"):
        assert (await watched.health.readiness()).providers == "ok"
        catalog.backends[name].breaker.is_open = True
    assert (await watched.health.readiness()).providers == "all keep failing"
    services: Any = Services({})
    watched.health.watch(services)
    assert (await watched.health.readiness()).providers == "none is set up"


async def test_a_process_without_a_gateway_needs_none(watched: Watched) -> None:
    services: Any = watched.services
    watched.health.watch(services)
    watched.clock.now += 2 * RECONNECT_WITHIN_S
    assert watched.health.is_alive()
    assert await watched.health.readiness() == READY


async def test_the_lag_of_the_event_loop_is_measured() -> None:
    clock = Clock()
    seen: list[tuple[Event, float, tuple[str, ...]]] = []

    class Recorder:
        count = UNRECORDED.count

        def observe(self, event: Event, seconds: float, *labels: str) -> None:
            seen.append((event, round(seconds, 3), labels))
            if len(seen) == 2:
                raise asyncio.CancelledError

    async def sleep(seconds: float) -> None:
        clock.now += seconds + 0.25

    ticking = asyncio.create_task(Health(Recorder(), clock=clock).tick(sleep))
    await asyncio.wait({ticking})
    assert seen == [(Event.LOOP_LAG_S, 0.25, ())] * 2
