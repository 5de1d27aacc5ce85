"""Gateways that share nothing: shards set by hand, a database that is away, one SQLite file."""

import asyncio

import pytest

from bot.process.shards.texts import WAITS
from bot.sandbox.discord_server import Interaction
from bot.sandbox.model_server import Reply
from tests.crash.installation import IS_LONG, Installation
from tests.crash.test_answers import all_end
from tests.crash.test_shards import SHARDS, assert_once, one_on_each

pytestmark = pytest.mark.skipif(not IS_LONG, reason="it takes half a minute: make soak waits")
NOWHERE = "postgresql://abi@127.0.0.1:1/abi"


async def ask_on_each_shard(installation: Installation) -> list[Interaction]:
    discord, alice = installation.discord, installation.people(1)[0]
    installation.model.open_reply = Reply(chunks=["one ", "two ", "three."])
    asked = []
    for number, guild in enumerate(one_on_each(discord)):
        discord.add_member(guild, alice)
        room = discord.add_channel(guild, f"room-{number}")
        await asyncio.sleep(0.5)  # a busy machine may be too late for many at once
        asked.append(await discord.slash(alice, room, "ask", {"prompt": f"Question {number}?"}))
    await installation.until(lambda: all(question.messages for question in asked))
    return asked


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_each_process_answers_on_the_shards_that_were_set_for_it(
    installation: Installation,
) -> None:
    discord = installation.discord
    discord.shards = SHARDS
    for shards in ("0-5/12", "6-11/12"):
        await installation.start_bot(ABI_SHARDS=shards)
    await installation.until(lambda: discord.gateway.is_ready)
    asked = await ask_on_each_shard(installation)
    await all_end(installation, asked)
    for question in asked:
        assert_once(question)
    assert discord.gateway.identifies == SHARDS


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_who_starts_without_its_database_takes_nothing_and_can_be_stopped(
    installation: Installation,
) -> None:
    discord = installation.discord
    discord.shards = SHARDS
    await installation.start_bot()
    await installation.until(lambda: discord.gateway.is_ready)
    without = await installation.start("run", DATABASE_URL=NOWHERE)
    await without.says(WAITS.partition("%")[0])
    asked = await ask_on_each_shard(installation)
    await all_end(installation, asked)
    for question in asked:
        assert_once(question)
    assert await without.stop(within_s=30.0) == 0
    assert without.log.count(WAITS.partition("%")[0]) < 3
    assert discord.gateway.identifies == SHARDS


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_file_serves_one_gateway_and_a_restart_may_overlap(
    installation: Installation,
) -> None:
    first = await installation.start_bot()
    second = await installation.start("run")
    assert await second.ends() == 2
    assert second.log.count("\n") == 1
    assert "one SQLite file serves one" in second.log
    next_one = await installation.start("run")
    await asyncio.sleep(5.0)
    assert await first.stop(within_s=30.0) == 0
    await next_one.says("Ready as")
