"""People who have installed the bot for themselves, where it is no member."""

import asyncio

import pytest
import pytest_asyncio

from bot.answers import texts
from bot.answers.origin import TOKEN_MARGIN_S
from bot.sandbox.discord_server import Channel, Interaction, Message
from bot.sandbox.discord_server.rules.permissions import MANAGE_GUILD, USE_EXTERNAL_APPS
from bot.sandbox.model_server import Reply
from connectors.local_scheduler import State, id_from
from tests.e2e.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


@pytest_asyncio.fixture(loop_scope="module")
async def elsewhere(world: World) -> Channel:
    """Return a channel of a server without the bot, with Alice and Bob."""
    guild = world.discord.add_guild("Elsewhere", has_bot=False)
    for user in (world.alice, world.bob):
        world.discord.add_member(guild, user)
    return world.discord.add_channel(guild, "hall")


async def ended(world: World, asked: Interaction) -> Message:
    """Return the last message of an answer, once it has its buttons."""
    await world.shows(asked, "\n-# OpenAI")
    await world.bot.services.answers.settled(5.0)
    return asked.messages[-1]


async def replied(
    world: World, channel: Channel, command: str, options: dict[str, str] | None = None
) -> Message:
    """Return what Alice reads in reply to a command."""
    used = await world.discord.slash(world.alice, channel, command, options)
    await world.discord.until(lambda: used.messages and not used.messages[0].loading, why=command)
    return used.messages[0]


def labels(message: Message) -> list[str]:
    return [button["label"] for button in message.buttons()]


async def test_an_answer_is_private_there_and_goes_on_by_its_reply_button(
    world: World, elsewhere: Channel
) -> None:
    first = await ended(world, await world.ask("tea?", channel=elsewhere))
    assert (first.visible_to, labels(first)) == (world.alice, ["Ask again", "Reply"])
    form = await world.discord.click(world.alice, first, "Reply")
    await world.discord.until(lambda: form.modal, why="the form")
    second = await ended(world, await world.discord.submit(world.alice, form, {"text": "why?"}))
    assert second.visible_to is world.alice
    said = [message["content"] for message in world.openai.requests[-1]["messages"][1:]]
    assert said == ["tea?", "A short answer.", "why?"]


async def test_others_may_see_an_answer_only_where_the_server_lets_them(
    world: World, elsewhere: Channel
) -> None:
    shown = await ended(world, await world.ask("tea?", channel=elsewhere, private=False))
    assert shown.visible_to is None
    form = await world.discord.click(world.bob, shown, "Reply")
    await world.discord.until(lambda: form.modal, why="the form")
    replied = await ended(world, await world.discord.submit(world.bob, form, {"text": "why?"}))
    assert replied.visible_to is None
    assert "tea?" in world.openai.requests[-1]["messages"][1]["content"]
    everyone = elsewhere.guild.everyone if elsewhere.guild else None
    assert everyone is not None
    everyone.permissions &= ~USE_EXTERNAL_APPS
    asked = await world.ask("tea?", channel=elsewhere, private=False)
    hidden = await ended(world, asked)
    assert hidden.visible_to is world.alice
    assert hidden.content.startswith("A short answer.")


async def test_in_a_group_of_friends_commands_and_menus_work(world: World) -> None:
    group = world.discord.add_private_channel(world.alice, world.bob, world.discord.add_user("eve"))
    said = await world.discord.post(world.bob, group, "The kettle is on.")
    form = await world.discord.context(world.alice, group, texts.ABOUT_THIS, message=said)
    await world.discord.until(lambda: form.modal, why="the form")
    asked = await world.discord.submit(world.alice, form, {"text": "What does he mean?"})
    shown = await ended(world, asked)
    assert (shown.visible_to, labels(shown)) == (world.alice, ["Ask again", "Reply"])
    assert "The kettle is on." in str(world.openai.requests[-1]["messages"])
    asked = await world.ask("tea?", channel=group, private=False)
    assert (await ended(world, asked)).content.startswith("> **alice:** tea?\nA short answer.")
    form = await world.discord.context(world.alice, group, "Remind me about this", message=said)
    await world.discord.until(lambda: form.modal, why="the form")
    sent = await world.discord.submit(world.alice, form, {"when": "in 1 hour"})
    await world.discord.until(lambda: sent.messages, why="a confirmation")
    assert "\n-# I will send it as a direct message." in sent.messages[0].content
    (job,) = await world.bot.services.reminders.of(world.alice.id)
    assert job.channel_id is None
    assert job.payload["link"] == f"https://discord.com/channels/@me/{group.id}/{said.id}"
    focused = {"prompt": "tea?", "model": "sand"}
    choices = await world.discord.autocomplete(world.alice, group, "ask", focused, focused="model")
    assert choices
    offered = {c["name"] for c in world.discord.offered_commands(world.alice, group)}
    assert offered.isdisjoint({"settings", "digest", "persona"})
    for command in ("help", "model", "timezone", "reminders", "providers"):
        assert (await replied(world, group, command)).ephemeral


async def test_rules_of_a_server_do_not_hold_where_the_bot_is_no_member(
    world: World, elsewhere: Channel
) -> None:
    """A manager there who has installed the bot for themself can set nothing for others."""
    guild = elsewhere.guild
    assert guild is not None
    role = world.discord.add_role(guild, "chief", permissions=MANAGE_GUILD)
    guild.members[world.alice.id].roles.append(role)
    refused = await replied(world, elsewhere, "model", {"provider": "OpenAI", "where": "server"})
    assert "no server that I am a member of" in refused.content
    assert "Only people who manage" in (await replied(world, elsewhere, "doctor")).content


async def test_when_the_token_nears_its_end_an_answer_goes_on_in_direct_messages(
    world: World, elsewhere: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cogs.ask.questions.TOKEN_LIFE_S", TOKEN_MARGIN_S + 0.5)
    gate = asyncio.Event()
    world.openai.script.append(Reply(chunks=["Early. ", "Late."], gates={1: gate}))
    asked = await world.ask("hello", channel=elsewhere)
    await world.shows(asked, "Early.")
    await world.shows(asked, texts.GOES_ON_IN_DM)
    assert (asked.messages[0].content, labels(asked.messages[0])) == (
        f"Early.\n{texts.GOES_ON_IN_DM}",
        [],
    )
    (begun,) = world.read()
    assert begun.content.endswith(texts.STILL_TO_COME)
    gate.set()
    await world.discord.until(lambda: "Late.\n-# OpenAI" in begun.content, why="the end")


async def test_who_takes_no_direct_messages_reads_where_it_began_why_it_ends(
    world: World, elsewhere: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cogs.ask.questions.TOKEN_LIFE_S", TOKEN_MARGIN_S + 0.5)
    world.alice.blocks_dms = True
    world.openai.script.append(Reply(chunks=["Early. "], end="hang"))
    asked = await world.ask("hello", channel=elsewhere)
    await world.shows(asked, "Early.")
    await world.shows(asked, texts.NO_WAY_ON)
    (message,) = asked.messages
    assert message.content == f"Early.\n{texts.NO_WAY_ON}"
    assert labels(message) == ["Continue", "Ask again", "Reply"]
    await world.openai.until(lambda: world.openai.open_streams == 0)


async def is_stored_as_ended(world: World, asked: Interaction) -> bool:
    job = await world.bot.services.scheduler.get(id_from(asked.id))
    return job is not None and job.state is State.SETTLED


async def test_an_end_that_could_not_be_shown_is_shown_to_who_asks_for_it(
    world: World, elsewhere: Channel
) -> None:
    gate = asyncio.Event()
    world.alice.blocks_dms = True
    world.openai.script.append(Reply(chunks=["Early. ", "Late."], gates={1: gate}))
    asked = await world.ask("hello", channel=elsewhere)
    await world.shows(asked, "Early.")
    asked.expire()
    gate.set()
    await world.bot.services.answers.settled(5.0)
    while not await is_stored_as_ended(world, asked):  # noqa: ASYNC110 - it has no event
        await asyncio.sleep(0)
    await world.discord.click(world.alice, asked.messages[0], "Stop")
    await world.shows(asked, texts.ENDED_ALONE)
    (message,) = asked.messages
    assert labels(message) == ["Ask again"]
    assert [file.data for file in message.attachments] == [b"Early. Late."]


@pytest.mark.usefixtures("alone")
async def test_after_a_restart_an_answer_goes_on_by_its_token_and_can_be_stopped(
    world: World, elsewhere: Channel
) -> None:
    world.openai.script.append(Reply(chunks=["Early. "], end="hang"))
    world.openai.open_reply = Reply(chunks=["Late."], end="hang")
    asked = await world.ask("hello", channel=elsewhere)
    await world.shows(asked, "Early.")
    await world.stop_bot()
    await world.start_bot()
    await world.shows(asked, "Early. Late.")
    await world.discord.click(world.alice, asked.messages[0], "Stop")
    await world.shows(asked, texts.STOPPED)
    (message,) = asked.messages
    assert labels(message) == ["Continue", "Ask again", "Reply"]
    assert world.read() == [], "nothing in direct messages"
