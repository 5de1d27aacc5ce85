"""/privacy: what is stored is shown, sent and deleted, and what nobody wants is not stored."""

from __future__ import annotations

import asyncio
import json

import pytest

from bot.answers import texts as answer_texts
from bot.conversations import texts as texts_of_talk
from bot.privacy import texts
from bot.sandbox.discord_server import Interaction, Message, User
from bot.sandbox.model_server import Reply
from tests.e2e.test_chat import answer, asked, call, post
from tests.e2e.world import World, is_end

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


MANAGE_GUILD = 1 << 5


async def shown(world: World, used: Interaction) -> Message:
    """Return what an interaction has answered, which only one person sees."""
    await world.discord.until(
        lambda: used.messages and not any(m.loading for m in used.messages), why="an answer"
    )
    (only,) = used.messages
    assert only.ephemeral
    return only


async def press(world: World, user: User, message: Message, label: str, text: str) -> None:
    await world.discord.click(user, message, label)
    await world.discord.until(lambda: text in message.content, why=f"{text!r}")


async def until_nothing_is_stored(world: World, user: User) -> None:
    """Wait until the row of an answer that has ended is written."""
    async with asyncio.timeout(10.0):
        while not (await world.bot.services.privacy.count(user.id)).is_empty(is_server=False):  # noqa: ASYNC110
            await asyncio.sleep(0)  # the row's last write tells nobody


async def test_what_is_stored_is_shown_sent_and_deleted_also_while_an_answer_is_written(
    world: World,
) -> None:
    world.openai.script += [Reply(chunks=["Marzipan it is."])]
    await answer(world, await post(world, f"{call(world)} my marzipan question"))
    zone = await world.discord.slash(
        world.alice, world.channel, "timezone", {"zone": "Europe/Oslo"}
    )
    await shown(world, zone)
    reminder = await world.discord.slash(
        world.alice, world.channel, "remind", {"when": "tomorrow 9:00", "text": "buy marzipan"}
    )
    await shown(world, reminder)
    page = await shown(world, await world.discord.slash(world.alice, world.channel, "privacy", {}))
    assert "- Conversations: 1 question, the first <t:" in page.content
    assert "- Reminders, with those of the last days: 1 reminder" in page.content
    assert "- Your time zone: `Europe/Oslo`" in page.content
    assert "- OpenAI: goes to a server that the person who runs me has chosen." in page.content

    sent = await shown(world, await world.discord.click(world.alice, page, "Export"))
    (message,) = world.discord.messages(world.discord.dm(world.alice), viewer=world.alice)
    assert str(message.id) in sent.content
    held = json.loads(message.attachments[0].data)
    assert held["conversations"][0]["prompt"] == "my marzipan question"
    assert "Marzipan it is." in message.attachments[1].data.decode()

    world.openai.script += [Reply(chunks=["More marzipan"], end="hang")]
    writing = await world.ask("marzipan again")
    await world.shows(writing, "More marzipan")
    await press(world, world.alice, page, texts.DELETE, "cannot be undone")
    await press(world, world.alice, page, texts.YES_DELETE, "Everything is deleted.")
    assert "- conversations: 2\n- answers: 2\n- reminders: 1" in page.content
    assert any(map(is_end, writing.messages))
    files = b"".join(p.read_bytes() for p in world.settings.data_dir.glob("abi.db*") if p.is_file())
    assert b"arzipan" not in files


async def test_a_servers_manager_sees_and_deletes_what_is_stored_for_it_and_nobody_else(
    world: World,
) -> None:
    await answer(world, await post(world, f"{call(world)} my marzipan question"))
    role = world.discord.add_role(world.guild, "boss", permissions=MANAGE_GUILD)
    world.guild.members[world.bob.id].roles.append(role)
    page = await shown(world, await world.discord.slash(world.bob, world.channel, "privacy", {}))
    await press(world, world.bob, page, texts.SERVER, "1 question of 1 person")
    await press(world, world.bob, page, texts.DELETE, "cannot be undone")
    world.guild.members[world.bob.id].roles.remove(role)
    refused = await world.discord.click(world.bob, page, texts.YES_DELETE)
    await world.discord.until(
        lambda: any(m.content == texts.NOT_A_MANAGER for m in refused.messages), why="a refusal"
    )
    world.guild.members[world.bob.id].roles.append(role)
    await press(world, world.bob, page, texts.YES_DELETE, "- conversations: 1")
    # Where people have brought the bot along, what is stored is theirs.
    elsewhere = world.discord.add_guild("Elsewhere", has_bot=False)
    room = world.discord.add_channel(elsewhere, "room")
    boss = world.discord.add_role(elsewhere, "boss", permissions=MANAGE_GUILD)
    world.discord.add_member(elsewhere, world.bob, [boss])
    there = await shown(world, await world.discord.slash(world.bob, room, "privacy", {}))
    assert texts.SERVER not in [button["label"] for button in there.buttons()]
    assert (await world.bot.services.privacy.count(world.alice.id)).is_empty(is_server=False)


async def test_who_wants_nothing_remembered_asks_each_question_alone_and_is_not_quoted(
    world: World,
) -> None:
    dm = world.discord.dm(world.alice)
    before = await answer(world, await post(world, "my marzipan question", dm))
    page = await shown(world, await world.discord.slash(world.alice, dm, "privacy", {}))
    await press(world, world.alice, page, texts.HISTORY_OUT, "stands alone")
    await press(world, world.alice, page, texts.YES_FORGET, texts.IS_OUT["history"])
    last = await answer(world, await post(world, "and nougat?", dm))
    assert "marzipan" not in "".join(asked(world))
    await until_nothing_is_stored(world, world.alice)
    assert [(b["label"], b["disabled"]) for b in last.buttons()] == [("Ask again", True)]
    again = await world.discord.click(world.alice, before, "Ask again")
    await world.discord.until(lambda: again.messages, why="a refusal")
    assert again.messages[-1].content == answer_texts.FORGOTTEN

    said = await post(world, "I like nougat", world.channel)
    used = await world.discord.context(world.bob, world.channel, "Ask about this", message=said)
    await world.discord.until(lambda: used.modal, why="the form")
    sent = await world.discord.submit(world.bob, used, {"text": "what?"})
    await world.discord.until(lambda: any(map(is_end, sent.messages)), why="an end")
    assert texts_of_talk.HIDDEN in sent.messages[0].content
    assert "nougat" not in "".join(asked(world))


async def test_an_export_is_shown_where_direct_messages_are_closed(world: World) -> None:
    await answer(world, await post(world, f"{call(world)} my marzipan question"))
    world.alice.blocks_dms = True
    used = await world.discord.slash(world.alice, world.channel, "privacy", {})
    page = await shown(world, used)
    sent = await shown(world, await world.discord.click(world.alice, page, "Export"))
    assert sent.content.startswith(texts.NO_DM)
    assert b"marzipan" in sent.attachments[0].data
