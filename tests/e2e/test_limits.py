"""Limits: what questions use, and how much of it a server allows."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from bot.answers.texts import INSTEAD
from bot.limits import texts
from bot.sandbox.discord_server import User
from bot.storage.limits import Limits, OperatorLimits
from tests.e2e.test_chat import answer, call, post
from tests.e2e.test_settings import MANAGE_GUILD, run, said
from tests.e2e.world import World


@pytest.fixture
def boss(request: pytest.FixtureRequest) -> User:
    name = "bounded" if "bounded" in request.fixturenames else "world"
    world: World = request.getfixturevalue(name)
    role = world.discord.add_role(world.guild, "boss", permissions=MANAGE_GUILD)
    boss = world.discord.add_user("boss")
    world.discord.add_member(world.guild, boss, [role])
    return boss


@pytest.fixture
async def bounded() -> AsyncIterator[World]:
    """Give a world with a local model, in which the operator allows little."""
    environ = {"LM_STUDIO_HOST": "{mistral}", "LM_STUDIO_MODEL": "sandbox-local"}
    world = World(environ=environ, providers=("openai", "lm_studio"))
    world.settings = replace(
        world.settings,
        limits=OperatorLimits(Limits(questions_day=3), Limits(questions_day=1)),
        provider="openai",
        providers=("openai",),
    )
    async with world:
        yield world


async def used(world: World) -> list[tuple[Any, ...]]:
    """Return what is entered: whose it is, and the questions, models and tokens."""
    query = text(
        "SELECT user_id, provider, questions, input_tokens > 0, output_tokens > 0, cost"
        " FROM usage_days ORDER BY user_id"
    )
    rows = await world.bot.services.stored.usage.read(lambda c: c.execute(query).all())
    return list(map(tuple, rows))


async def test_what_a_question_uses_is_entered(world: World) -> None:
    await world.end(await world.ask("why?"))
    await world.bot.services.answers.settled(5)
    [row] = await used(world)
    assert row[:5] == (world.alice.id, "openai", 1, True, True)


async def test_a_server_limits_what_its_members_may_use(world: World, boss: User) -> None:
    vip = world.discord.add_role(world.guild, "vip")
    changed = await run(world, boss, "set limits", limits="2 questions/day, $5/month")
    assert changed.content.startswith(
        "✅ Limits of each person: 2 questions/day, $5.00/month.\n-# Changed by"
    )
    await run(world, boss, "set limits", limits="3 questions/day", role=vip)
    shown = (await run(world, boss, "show")).content
    assert f"- Limits of roles: <@&{vip.id}>: 3 questions/day" in shown
    await answer(world, await post(world, f"{call(world)} one?"))
    await world.shows(await world.ask("two?"), "-# OpenAI")
    refused = await said(world, await world.ask("three?"))
    why = texts.YOURS["questions_day"].format(amount="2 questions")
    assert refused.content.startswith(f"{why} Ask again <t:")
    await post(world, f"{call(world)} four?")
    dm = world.discord.dm(world.alice)
    await world.discord.until(
        lambda: any(m.content.startswith(why) for m in world.discord.messages(dm)),
        why="a private sentence",
    )
    world.guild.members[world.alice.id].roles.append(vip)
    await world.shows(await world.ask("five?"), "-# OpenAI")
    await world.bot.services.answers.settled(5)
    assert sum(row[2] for row in await used(world)) == 3
    await world.discord.until(
        lambda: any("You have used 100 %" in m.content for m in world.discord.messages(dm)),
        why="a notice",
    )
    near = [m.content for m in world.discord.messages(dm) if "100 %" in m.content]
    assert len(near) == 1, near  # of its limit, once


async def test_a_refusal_that_takes_long_is_acknowledged_first_and_read_by_nobody_else(
    world: World, boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run(world, boss, "set limits", limits="1 question/day")
    await world.shows(await world.ask("one?"), "-# OpenAI")
    monkeypatch.setattr("bot.answers.acceptance.ADMITTED_WITHIN_S", 0.0)
    asked = await world.ask("two?")
    why = texts.YOURS["questions_day"].format(amount="1 question")
    await world.discord.until(
        lambda: any(m.content.startswith(why) for m in asked.messages), why="a refusal"
    )
    sent = [r for r in world.discord.requests if r.path.startswith(f"/interactions/{asked.id}/")]
    assert [request.json["type"] for request in sent] == [5]
    assert [m.ephemeral for m in asked.messages if not m.deleted] == [True]


async def test_the_operator_limits_people_and_all_servers(bounded: World, boss: User) -> None:
    world = bounded
    dm = world.discord.dm(world.alice)
    await world.end(await world.discord.slash(world.alice, dm, "ask", {"prompt": "one?"}))
    refused = await said(world, await world.discord.slash(world.alice, dm, "ask", {"prompt": "2?"}))
    assert refused.content.startswith("You have asked your 1 question for today. Ask again <t:")
    await run(world, boss, "set limits", limits="1 question/day")
    await run(world, boss, "set at_limit", answers="local")
    await world.shows(await world.ask("three?"), "-# OpenAI · sandbox-small")
    await world.bot.services.answers.settled(5)
    instead = await world.ask("four?")
    await world.shows(instead, f"-# LM Studio · sandbox-local · {INSTEAD}")
    await world.bot.services.answers.settled(5)
    refused = await said(world, await world.ask("five?", user=world.bob))
    assert refused.content.startswith(texts.ALL["questions_day"])
