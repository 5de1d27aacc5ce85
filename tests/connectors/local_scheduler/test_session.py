import asyncio
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

from connectors.database import DatabaseUnavailable
from connectors.database.address import parse
from connectors.local_scheduler import session as session_module
from connectors.local_scheduler.presence import FileLock, Presence
from connectors.local_scheduler.running import clocks
from connectors.local_scheduler.session import _CERTAIN_S, _FREE_S, _STEADY_S, Session, _key
from tests import virtual_time
from tests.connectors.local_scheduler.conftest import World
from tests.connectors.local_scheduler.rooms import (
    NOW,
    Room,
    eventually,
    is_settled,
    room,
    until,
)
from tests.pooler import pooler_of


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
async def test_a_process_whose_session_is_cut_keeps_its_jobs(world: World) -> None:
    async with room(world.config) as here, room(world.config) as other:
        here.gate.clear()
        added = await here.scheduler.run_now(NOW)
        job = await here.next()
        (pid,) = await world.run(lambda c: list(c.execute(_HOLDER, _locked(here)).scalars()))
        await world.sql(f"SELECT pg_terminate_backend({pid})")
        session = here.scheduler._runner._presence
        await eventually(lambda: _is_again(session))
        await job.ensure_claim()
        here.gate.set()
        await until(world, added.id, is_settled)
        assert other.began.empty()
    assert (await world.get(added.id)).attempts == 1


def _locked(made: Room) -> dict[str, int]:
    key = _key(made.scheduler._ledger.worker)
    return {"high": (key >> 32) & 0xFFFFFFFF, "low": key & 0xFFFFFFFF}


_HOLDER = text("SELECT pid FROM pg_locks WHERE classid = :high AND objid = :low")


async def _is_again(session: Presence) -> bool:
    return session.term == 2 and session.is_certain()


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
async def test_a_process_without_its_session_may_not_act_and_others_wait_a_little(
    world: World,
) -> None:
    seen, other = _session(world), _session(world)
    name = await seen.begin()
    job_id = await world.add(-1)
    await world.claim(name)
    holders = partial(world.of("other").holders, kinds=["reminder"])
    assert await world.run(lambda c: (other.dead(c, holders), other.suspects())) == ([], False)
    await seen._lose()
    assert not seen.is_certain()
    await eventually(lambda: _finds(world, other, holders, name))
    first_s = other._free_since[name]
    assert time.monotonic() - first_s >= _FREE_S > _CERTAIN_S
    await world.run(lambda c: world.of("other").expire(c, [name]))
    (taken,) = await world.claim("other")
    assert (taken.id, taken.crashes) == (job_id, 1)
    await other._lose()


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
async def test_whoever_has_lost_its_own_session_lets_the_others_come_back_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = [0.0]
    monkeypatch.setattr(session_module, "time", SimpleNamespace(monotonic=lambda: now_s[0]))
    seen, other = _session(world), _session(world, "two")
    name = await seen.begin()
    await other.begin()
    await world.add(-1)
    await world.claim(name)
    holders = partial(world.of("other").holders, kinds=["reminder"])
    await seen._lose()
    await eventually(lambda: _suspects(world, other, holders))
    await other._lose()  # the database goes away for a minute
    now_s[0] = 60.0
    assert await world.run(lambda c: (other.dead(c, holders), other.suspects())) == ([], False)
    await other._open()
    for now_s[0], dead in (
        (60.0, []),
        (60.0 + _STEADY_S, []),
        (60.0 + _STEADY_S + _FREE_S, [name]),
    ):
        other._seen_at = clocks()
        assert await world.run(lambda c: other.dead(c, holders)) == dead
    await other._lose()


async def _suspects(world: World, session: Session, holders: Any) -> bool:
    session._seen_at = clocks()  # a slow machine does not make it uncertain
    assert await world.run(lambda c: session.dead(c, holders)) == []
    return session.suspects()  # once the server has seen that the other one hung up


async def _finds(world: World, session: Session, holders: Any, name: str) -> bool:
    return await world.run(lambda c: session.dead(c, holders)) == [name]


def test_who_waits_in_vain_for_a_session_hears_of_it(tmp_path: Path) -> None:
    async def wait() -> None:
        address: Any = parse("postgresql://nowhere/abi")
        session = Session(address, "one", FileLock(tmp_path, "one"), _works)
        session.term = 1
        with pytest.raises(DatabaseUnavailable):
            await session.certain()

    virtual_time.run(wait())


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
async def test_behind_a_pooler_there_is_no_lock_and_it_is_known(world: World) -> None:
    async with pooler_of(str(world.config.database_url)) as url:
        address: Any = parse(url)
        session = Session(address, "one", FileLock(None, "one"), _works)
        assert await session.begin() == "one"
        assert session.is_certain()


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
async def test_a_process_that_does_nothing_asks_its_session_when_it_must_be_certain(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "_REST_S", 3600.0)
    works = [False]
    session = _session(world, works=lambda: works[0])
    await session.begin()
    keeping = asyncio.create_task(session.keep_forever())
    await eventually(lambda: _rests(session))
    session._seen_at = 0.0, 0.0
    assert not session.is_certain()
    works[0] = True
    assert await session.certain() == 1
    assert session.is_certain()
    await eventually(lambda: _works_again(session))
    await _end(keeping)


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
async def test_a_process_that_rests_looks_closely_at_one_that_may_be_dead(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "_REST_S", 3600.0)
    seen, other = _session(world), _session(world, "two", works=lambda: False)
    name = await seen.begin()
    await other.begin()
    await world.add(-1)
    await world.claim(name)
    holders = partial(world.of("other").holders, kinds=["reminder"])
    keeping = asyncio.create_task(other.keep_forever())
    await eventually(lambda: _rests(other))
    other._seen_at = 0.0, 0.0
    await world.run(lambda c: other.dead(c, holders))
    assert not other.is_alone
    await seen._lose()
    await eventually(lambda: _finds(world, other, holders, name))
    assert other.is_certain()
    await _end(keeping)


async def _rests(session: Session) -> bool:
    return session._rest is not None


async def _works_again(session: Session) -> bool:
    return session._rest is None and session.is_certain()


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


def _works() -> bool:
    return True


def _session(world: World, worker: str = "one", works: Callable[[], bool] = _works) -> Session:
    address: Any = world.config.address
    return Session(address, worker, FileLock(None, worker), works)
