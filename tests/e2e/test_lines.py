"""Waiting for a provider that is busy, and going elsewhere while one keeps failing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.answers import texts, waiting
from bot.providers.breaker import FAILURES
from bot.sandbox.discord_server import Interaction
from bot.sandbox.model_server import Reply
from tests.e2e.test_models import ended, run
from tests.e2e.world import World, below_heading, is_end

ONE_AT_A_TIME = {"ABI_OPENAI_PARALLEL": "1"}


@pytest.fixture
async def busy(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """A world whose provider takes one question at a time, and whose seconds are short."""
    monkeypatch.setattr(waiting, "TICK_S", 0.02)
    async with World(environ=ONE_AT_A_TIME, providers=["openai"]) as world:
        yield world


def held() -> tuple[Reply, asyncio.Event]:
    gate = asyncio.Event()
    return Reply(chunks=["First ", "done."], gates={1: gate}), gate


async def hold(world: World) -> tuple[Interaction, asyncio.Event]:
    """Ask as alice what is not answered before the gate opens."""
    reply, gate = held()
    world.openai.script.append(reply)
    asked = await world.ask("first")
    await world.shows(asked, "First")
    return asked, gate


async def test_who_waits_sees_the_place_in_line_and_then_the_answer(busy: World) -> None:
    first, gate = await hold(busy)
    second = await busy.ask("second", user=busy.bob)
    await busy.shows(second, "-# OpenAI is busy: you are next in line.")
    assert second.messages[0].buttons()[0]["label"] == "Stop"
    assert len(busy.openai.requests) == 1
    gate.set()
    assert "A short answer." in await ended(busy, second)
    assert "First done." in await ended(busy, first)


async def test_who_mentions_the_bot_sees_the_place_in_line_too(busy: World) -> None:
    first, gate = await hold(busy)
    await busy.discord.mention(busy.bob, busy.channel, "second")
    await busy.discord.until(
        lambda: any("you are next in line" in m.content for m in busy.read()), why="the place"
    )
    traffic = busy.bot.services.answers._dependencies.traffic
    assert traffic is not None
    assert traffic.writing == {}, "who waits does not slow down what others write there"
    gate.set()
    await ended(busy, first)
    await busy.discord.until(
        lambda: any("A short answer." in m.content and is_end(m) for m in busy.read()), why="an end"
    )
    assert len(busy.read()) == 2, busy.discord.dump()
    await busy.bot.services.answers.settled(10.0)


async def test_who_stops_in_line_is_never_asked_for(busy: World) -> None:
    first, gate = await hold(busy)
    second = await busy.ask("second", user=busy.bob)
    await busy.shows(second, "in line")
    await busy.discord.click(busy.bob, second.messages[0], "Stop")
    await ended(busy, second)
    assert below_heading(second.messages[-1]) == texts.STOPPED_EARLY
    gate.set()
    await ended(busy, first)
    assert len(busy.openai.requests) == 1


async def test_one_persons_questions_do_not_keep_another_waiting(busy: World) -> None:
    _, gate = await hold(busy)
    for n in range(4):
        # One after the other: on a busy machine two at once may change places.
        await busy.shows(await busy.ask(f"alice {n}"), "in line")
    asked = await busy.ask("bob", user=busy.bob)
    await busy.shows(asked, "next in line")
    gate.set()
    await busy.openai.until(lambda: len(busy.openai.requests) == 6)
    prompts = [request["messages"][-1]["content"] for request in busy.openai.requests]
    assert prompts == ["first", "bob", *(f"alice {n}" for n in range(4))]


async def test_who_waits_in_line_is_answered_after_a_restart(busy: World) -> None:
    first, _ = await hold(busy)
    second = await busy.ask("second", user=busy.bob)
    await busy.shows(second, "in line")
    busy.openai.script.append(Reply(chunks=["rest."]))
    await busy.stop_bot()
    await busy.start_bot()
    both = [first, second]
    await busy.discord.until(
        lambda: all(any(map(is_end, asked.messages)) for asked in both), why="two ends"
    )
    await busy.bot.services.answers.settled(10.0)
    assert [sum(map(is_end, asked.messages)) for asked in both] == [1, 1]
    assert "in line" not in "".join(m.content for asked in both for m in asked.messages)
    asked_of_model = [request["messages"][0]["content"] for request in busy.openai.requests]
    assert sorted(asked_of_model) == ["first", "first", "second"]


async def test_the_status_shows_the_line_and_how_soon_the_last_answers_began(busy: World) -> None:
    await ended(busy, await busy.ask("before"))
    _, gate = await hold(busy)
    second = await busy.ask("second", user=busy.bob)
    await busy.shows(second, "in line")
    read = (await run(busy, "providers")).splitlines()
    assert read[1] == "-# 1 of 1 places taken, 1 in line · first words ▁▁ 0.0 s"
    gate.set()
    await ended(busy, second)


async def test_who_keeps_failing_is_asked_last_but_by_name_it_is_asked(
    two_providers: World,
) -> None:
    world = two_providers
    world.openai.open_reply = Reply(status=401)
    for _ in range(FAILURES):
        assert "Mistral" in await ended(world, await world.ask("hello"))
    assert "OpenAI" not in await ended(world, await world.ask("hello"))
    assert len(world.openai.requests) == FAILURES
    read = await run(world, "providers")
    assert f"-# 0 of 32 places taken · {FAILURES} failures in a row: others are asked first" in read
    assert read.endswith("**Mistral** (OpenAI keeps failing at the moment).")
    world.openai.open_reply = Reply(chunks=["Here ", "again."])
    assert "Here again." in await ended(world, await world.ask("hello", provider="openai"))
    assert "OpenAI" in await ended(world, await world.ask("hello"))


async def test_the_operators_order_decides_who_is_asked_and_who_goes_on(
    two_providers: World,
) -> None:
    world = two_providers
    await world.stop_bot()
    world.settings = replace(world.settings, providers=("anthropic", "mistral", "openai"))
    await world.start_bot()
    assert "Mistral" in await ended(world, await world.ask("hello"))
    assert world.openai.requests == []
    world.mistral.open_reply = Reply(status=401)
    assert "OpenAI" in await ended(world, await world.ask("hello"))
