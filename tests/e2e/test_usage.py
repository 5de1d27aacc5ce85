"""/usage: figures as a picture, in words and as a file, for whom they are."""

from typing import Any

import pytest

from bot.sandbox.discord_server import Message, User
from bot.storage.usage import day_of
from bot.storage.use import Account, Use
from bot.usage import texts
from tests.e2e.test_settings import said
from tests.e2e.world import World

MANAGE_GUILD = 1 << 5
PAID, LOCAL = Use("openai", "=gpt", 1_000, 0, 300, cost=70_000), Use("mistral", "x", 9, 0, 1)


async def run(world: World, user: User, **options: Any) -> Message:
    return await said(world, await world.discord.slash(user, world.channel, "usage", options))


@pytest.fixture
async def boss(world: World) -> User:
    """Return somebody who manages the server; Alice and Bob have used something there."""
    services, guild_id = world.bot.services, world.guild.id
    day = day_of(round(services.now().timestamp() * 1e6))
    used = (world.alice, PAID), (world.bob, LOCAL), (world.bob, LOCAL)
    for number, (user, use) in enumerate(used):
        account = Account(f"{number}", guild_id, user.id)
        await services.stored.usage.settle(account, [use], day)
    role = world.discord.add_role(world.guild, "boss", permissions=MANAGE_GUILD)
    boss = world.discord.add_user("boss")
    world.discord.add_member(world.guild, boss, [role])
    return boss


async def test_figures_are_for_oneself_and_those_of_a_server_for_its_managers(
    world: World, boss: User
) -> None:
    own = await run(world, world.alice)
    assert own.content.startswith(f"{texts.TITLE[False]}: this month\n1 question · 1,300 tokens")
    assert [file.filename for file in own.attachments] == ["usage.png"]
    assert "Cost in US dollars, this month: $0.07 in all." in (own.attachments[0].description or "")
    assert (await run(world, world.alice, whose="server")).content == texts.NOT_ALLOWED

    in_dm = world.alice, world.discord.dm(world.alice), "usage", {"whose": "server"}
    assert (await said(world, await world.discord.slash(*in_dm))).content == texts.NO_SERVER

    shown = await run(world, boss, whose="server", period="week")
    assert f"1. <@{world.alice.id}>: 1 question" in shown.content
    assert f"2. <@{world.bob.id}>: 2 questions · 20 tokens · free" in shown.content
    assert not shown.pings
    (file,) = (
        await said(world, await world.discord.click(boss, shown, "Download CSV"))
    ).attachments
    assert file.filename == "usage-week.csv"
    assert f'"<@{world.alice.id}>","OpenAI","\'=gpt",1,1000,0,300,0.070000' in file.data.decode()

    await world.discord.select(boss, shown, "abi:usage:server", ["year"])
    await world.discord.until(lambda: "12 months" in shown.content, why="another period")
    await world.discord.click(boss, shown, "My own")
    await world.discord.until(lambda: texts.NOTHING[False] in shown.content, why="own figures")
    assert not shown.attachments

    limit = {"limits": "2 questions/day"}
    await said(world, await world.discord.slash(boss, world.channel, "settings set limits", limit))
    await world.shows(await world.ask("hi", user=boss), "-# OpenAI")
    await world.bot.services.answers.settled(10.0)
    await world.discord.select(boss, shown, "abi:usage:me", ["today"])
    await world.discord.until(lambda: "today\n1 question" in shown.content, why="what was asked")
    assert "`sandbox-small` (OpenAI): 1 question" in shown.content
    assert "\n- 1 of 2 questions today; resets <t:" in shown.content

    world.guild.members[boss.id].roles.clear()
    pressed = await world.discord.click(boss, shown, "This server")
    assert (await said(world, pressed)).content == texts.NOT_ALLOWED
