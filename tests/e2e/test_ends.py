"""Troubles while a message is answered: each question reaches exactly one visible end."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from bot.answers import texts
from bot.answers.buttons import Button
from bot.sandbox.discord_server import Channel, Fault, Message
from bot.sandbox.discord_server.rules import permissions as p
from bot.sandbox.discord_server.rules.intents import MESSAGE_CONTENT
from bot.sandbox.model_server import Reply
from connectors.local_scheduler import id_from
from tests.e2e.test_chat import answer, call, post, remark, replies, thread_of
from tests.e2e.world import World

LONG = "word " * 390 + "\n\n"  # nearly a message


def messages(world: World) -> list[Message]:
    """Return what the bot has said anywhere, whoever sees it."""
    places = world.discord.world.channels.values()
    everything = [message for place in places for message in place.messages.values()]
    return [message for message in everything if message.author is world.discord.bot_user]


def showing(world: World, button: Button, question: Message) -> list[Message]:
    """Return the messages with a button of the answer to a question."""
    custom_id = f"{button}:{id_from(question.id)}"
    return [
        message
        for message in messages(world)
        if any(b["custom_id"] == custom_id for b in message.buttons())
    ]


def quicken(world: World) -> None:
    """Make a channel take its messages and edits fifty times as fast, in as small steps."""
    for found in world.discord.api._router._routes.values():
        for at, (parts, route, bucket) in enumerate(found):
            if bucket.window_s == 5.0:
                found[at] = (parts, route, replace(bucket, window_s=0.1))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World() as world:
        quicken(world)
        yield world


async def end_of(world: World, question: Message) -> Message:
    """Wait for the end of an answer, wherever it is; check that there is one, and no other sign."""
    await world.discord.until(lambda: showing(world, Button.AGAIN, question), why="an end")
    await world.bot.services.answers.settled(10.0)
    await world.discord.until(lambda: not showing(world, Button.STOP, question), why="no Stop")
    (end,) = showing(world, Button.AGAIN, question)
    assert not any(message.pings for message in messages(world))
    return end


async def mishap(
    world: World, place: Channel, happens: Callable[[], object], *chunks: str
) -> Message:
    """Ask a question, let something happen after the first chunk of its answer, and return it."""
    gate = asyncio.Event()
    written = chunks or ("One, ", "two.")
    world.openai.script.append(Reply(chunks=written, gates={1: gate}))
    question = await world.discord.mention(world.alice, place, "count")
    await world.discord.until(
        lambda: replies(question) and written[0][:4] in replies(question)[0].content,
        why="first words",
    )
    happens()
    gate.set()
    return question


def lose(world: World, method: str, times: int = 1) -> None:
    """Lose replies to requests for messages after these were carried out."""
    path = r"/channels/\d+/messages.*"
    world.discord.inject(Fault(method, path, times=times, after_effect=True, drop=True))


def tries(world: World, path: str, status: int) -> int:
    """Return how many requests ended with a status."""
    found = [r for r in world.discord.requests if re.fullmatch(path, r.path)]
    return sum(request.status == status for request in found)


def deny(world: World, permission: int) -> Callable[[], None]:
    return lambda: world.discord.set_overwrite(
        world.channel, world.discord.bot_user, deny=permission
    )


def allow(world: World) -> None:
    world.discord.set_overwrite(world.channel, world.discord.bot_user)


async def test_what_discord_delays_or_loses_is_shown_once_in_channels_and_threads(
    world: World,
) -> None:
    thread = await thread_of(world, await answer(world, await post(world, f"{call(world)} one?")))
    path = r"/channels/\d+/messages"
    slow = {"message": "slow mode", "code": 20016, "retry_after": 0.02}
    for place in (world.channel, thread):
        lose(world, "POST")
        world.discord.inject(Fault("POST", path, times=6, status=429, retry_after=0.02))
        world.discord.inject(Fault("POST", path, status=429, json=slow))
        question = await mishap(world, place, lambda: lose(world, "PATCH", 2), LONG, "Two. ", LONG)
        end = await end_of(world, question)
        said = [m.content for m in messages(world) if m.id > question.id and m.channel is place]
        assert "".join(said).count("word") == 780
        assert "".join(said).count("Two.") == 1
        assert end.content.endswith("-# OpenAI · sandbox-small")
        world.discord.clear_faults()


async def test_a_thread_that_is_archived_locked_or_deleted_loses_no_answer(world: World) -> None:
    thread = await thread_of(world, await answer(world, await post(world, f"{call(world)} one?")))
    dm = world.discord.dm(world.alice)

    def change(**changes: object) -> Callable[[], object]:
        return lambda: world.discord.core.threads.edit(thread, {"archived": False} | changes)

    archived = await mishap(world, thread, change(archived=True))
    assert (await end_of(world, archived)).content.startswith("One, two.")
    locked = await mishap(world, thread, change(archived=True, locked=True))
    await world.discord.until(lambda: showing(world, Button.AGAIN, locked), why="an end")
    await world.bot.services.answers.settled(10.0)
    (left,) = showing(world, Button.STOP, locked)
    change(locked=False)()
    end = await end_of(world, locked)
    assert (left.content, left.buttons()) == ("One,", [])
    assert end.channel is dm
    assert end.content.startswith(texts.BY_DIRECT_MESSAGE.format(channel_id=thread.id) + "two.")
    assert [b["label"] for b in end.buttons()] == [texts.ASK_AGAIN]
    gone = await mishap(world, thread, lambda: world.discord.remove_channel(thread))
    told = texts.ALL_BY_DIRECT_MESSAGE.format(channel_id=thread.id)
    assert (await end_of(world, gone)).content.startswith(f"{told}One, two.")


async def test_a_permission_that_is_lost_moves_the_rest_and_leaves_no_buttons(
    world: World,
) -> None:
    dm = world.discord.dm(world.alice)
    question = await mishap(world, world.channel, deny(world, p.SEND_MESSAGES))
    assert (await end_of(world, question)).channel is world.channel
    allow(world)
    question = await mishap(world, world.channel, deny(world, p.SEND_MESSAGES), LONG, LONG)
    assert (await end_of(world, question)).channel is dm
    allow(world)
    question = await mishap(world, world.channel, deny(world, p.READ_MESSAGE_HISTORY), LONG, LONG)
    assert (await end_of(world, question)).channel is world.channel
    allow(world)
    question = await mishap(world, world.channel, deny(world, p.ATTACH_FILES), *[LONG] * 7)
    assert (await end_of(world, question)).channel is dm
    said = [message.content for message in messages(world) if message.id > question.id]
    assert "".join(said).count("word") == 390 * 7
    assert not any("Still writing" in content for content in said)
    allow(world)
    question = await mishap(world, world.channel, deny(world, p.VIEW_CHANNEL))
    await world.discord.until(lambda: showing(world, Button.AGAIN, question), why="an end")
    await world.bot.services.answers.settled(10.0)
    (hidden,) = showing(world, Button.STOP, question)
    allow(world)
    end = await end_of(world, question)
    assert end.channel is dm
    assert (hidden.content, hidden.buttons()) == ("One,", [])


async def test_direct_messages_that_are_closed_show_the_end_where_they_can(world: World) -> None:
    dm = world.discord.dm(world.alice)

    def close() -> None:
        world.alice.blocks_dms = True

    question = await mishap(world, dm, close)
    assert (await end_of(world, question)).content.startswith("One, two.")
    world.alice.blocks_dms = False
    question = await mishap(world, dm, close, LONG, "Two. ", LONG)
    end = await end_of(world, question)
    assert texts.UNSENT in end.content
    assert end.attachments[0].data.decode() == f"{LONG}Two. {LONG}"
    assert end is replies(question)[0]


async def test_what_nobody_can_see_is_shown_as_soon_as_somebody_can(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.answers.leftovers.SOON_S", 0.1)
    gate = asyncio.Event()
    world.openai.script.append(Reply(chunks=["One, ", "two."], gates={0: gate}))
    question = await world.discord.mention(world.alice, world.channel, "count")
    await world.discord.until(lambda: world.openai.requests, why="a request")
    world.alice.blocks_dms = True
    deny(world, p.VIEW_CHANNEL)()
    gate.set()
    refused = r"/channels/\d+/messages"
    await world.discord.until(lambda: tries(world, refused, 403) >= 4, why="two tries")
    allow(world)
    end = await end_of(world, question)
    assert end.content == "One, two.\n-# OpenAI · sandbox-small"
    assert len(world.openai.requests) == 1


async def test_what_was_deleted_or_edited_while_away_is_made_up_for(world: World) -> None:
    slash = await world.ask("zero?")
    await world.end(slash)
    deleted, edited = [await post(world, f"{call(world)} {word}?") for word in ("one", "two")]
    quiet = world.discord.add_channel(world.guild, "quiet")
    unread = await post(world, f"{call(world)} and here?", quiet)
    for question in (deleted, edited, unread):
        await answer(world, question)
    world.openai.open_reply = Reply(chunks=["It is"], end="hang")
    dropped, changed = [await post(world, f"{call(world)} {word}?") for word in ("three", "four")]
    await world.discord.until(lambda: replies(dropped) and replies(changed), why="first words")
    await world.stop_bot()
    world.openai.open_reply = Reply(chunks=["Anew."])
    await world.discord.purge([deleted, dropped])
    world.discord.set_overwrite(quiet, world.discord.bot_user, deny=p.READ_MESSAGE_HISTORY)
    await world.discord.edit_message(world.alice, edited, f"{call(world)} five?")
    await world.discord.edit_message(world.alice, changed, f"{call(world)} six?")
    await world.start_bot()
    await world.discord.until(
        lambda: all(replies(q)[0].content.startswith("Anew.") for q in (edited, changed)),
        why="the answers to what is asked now",
    )
    await world.discord.until(lambda: replies(deleted) + replies(dropped) == [], why="none to stay")
    await world.bot.services.answers.settled(10.0)
    assert [len(replies(question)) for question in (edited, changed, unread)] == [1, 1, 1]
    assert slash.messages[0].content.endswith("-# OpenAI · sandbox-small")
    asked = str([request["messages"][-1] for request in world.openai.requests])
    assert "five?" in asked
    assert "six?" in asked


async def test_a_reply_to_a_deleted_message_is_answered_or_told_why_not(world: World) -> None:
    told = await world.discord.post(world.bob, world.channel, "tea is hot")
    await world.discord.delete_message(world.bob, told)
    question = await post(world, f"{call(world)} is that so?", reply_to=told)
    await answer(world, question)
    for is_resolved in (True, False):
        empty = await post(world, call(world), reply_to=told, is_resolved=is_resolved)
        assert await remark(world, empty) == texts.DELETED_QUOTE


@pytest.mark.usefixtures("alone")
async def test_a_missed_reply_is_answered_although_its_answer_was_deleted(world: World) -> None:
    world.discord.privileged_intents = MESSAGE_CONTENT
    await world.stop_bot()
    await world.start_bot()
    first = await answer(world, await post(world, f"{call(world)} one?"))
    told = await world.discord.post(world.bob, world.channel, "tea is hot")
    await world.stop_bot()
    missed = [
        await world.discord.reply(world.alice, target, "is that so?", ping=False)
        for target in (first, told)
    ]
    for target in (first, told):
        await world.discord.delete_message(world.bob, target)
    await world.start_bot()
    await answer(world, missed[0])
    await answer(world, await post(world, f"{call(world)} two?"))
    assert [len(replies(question)) for question in missed] == [1, 0]


async def test_fifty_people_at_once_in_a_channel_have_an_answer_each(world: World) -> None:
    world.openai.open_reply = Reply(chunks=["A short answer."])
    people = [world.discord.add_user(f"person{number}") for number in range(50)]
    for person in people:
        world.discord.add_member(world.guild, person)
    asked = [await world.discord.mention(person, world.channel, "why?") for person in people]
    await world.discord.until(
        lambda: all(showing(world, Button.AGAIN, question) for question in asked),
        timeout_s=30.0,
        why="all ends",
    )
    await world.bot.services.answers.settled(10.0)
    assert len(messages(world)) == 50
    for question in asked:
        assert replies(question) == showing(world, Button.AGAIN, question)
