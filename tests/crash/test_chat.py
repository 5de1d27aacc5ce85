"""Answers to messages whose process dies: mentions, replies, direct messages and threads."""

import asyncio
import random

import pytest

from bot.answers.buttons import Button
from bot.sandbox.discord_server import Fault, Message
from bot.sandbox.discord_server.rules.intents import MESSAGE_CONTENT
from bot.sandbox.model_server import Reply
from tests.crash.installation import IS_LONG, Installation, in_short
from tests.crash.test_answers import REST, WORDS, has

ROUNDS = 10 if IS_LONG else 1


async def ask_in_all_ways(installation: Installation) -> list[Message]:
    """Ask by a mention, by a reply, in a thread of the bot's, and in a direct message."""
    discord, people = installation.discord, installation.people(4)
    channels = installation.channels(3)
    installation.model.open_reply = Reply(chunks=["Ask on."])
    begun = [
        await discord.mention(person, channel, "hello")
        for person, channel in zip(people[1:3], channels[1:], strict=True)
    ]
    await installation.until(lambda: all(map(ends_of, begun)))
    (replied_to,), (opened,) = map(answers_to, begun)
    thread = await discord.create_thread(people[2], opened, "tea")
    thread.owner = discord.bot_user
    installation.model.open_reply = Reply(chunks=WORDS, delay_s=0.1)
    return [
        await discord.mention(people[0], channels[0], "why?"),
        await discord.reply(people[1], replied_to, "why?"),
        await discord.mention(people[2], thread, "why?"),
        await discord.post(people[3], discord.dm(people[3]), "why?"),
    ]


def answers_to(question: Message) -> list[Message]:
    """Return the bot's messages after a question, in its place."""
    later = [m for m in question.channel.messages.values() if m.id > question.id]
    return [message for message in later if message.author.bot]


def ends_of(question: Message) -> list[Message]:
    return [message for message in answers_to(question) if has(Button.AGAIN, message)]


def assert_one_end(question: Message) -> str:
    """The question has one end, in the one reply to it; return what that says."""
    (only,) = answers_to(question)
    assert only.reference is question
    assert has(Button.AGAIN, only)
    assert not has(Button.STOP, only)
    assert not only.pings
    return only.content


async def all_show(installation: Installation, asked: list[Message], word: str) -> None:
    await installation.until(
        lambda: all((found := answers_to(q)) and word in found[0].content for q in asked)
    )


async def all_end(installation: Installation, asked: list[Message]) -> None:
    await installation.until(lambda: all(map(ends_of, asked)))
    await installation.none_left()


@in_short("sqlite")
async def test_answers_to_messages_go_on_where_they_stand_after_a_kill(
    installation: Installation,
) -> None:
    chance = random.Random(7)
    for _ in range(ROUNDS):
        bot = await installation.start_bot()
        asked = await ask_in_all_ways(installation)
        await all_show(installation, asked, WORDS[chance.randrange(5)].strip())
        await bot.kill()
        installation.model.open_reply = Reply(chunks=[REST])
        next_bot = await installation.start_bot()
        await all_end(installation, asked)
        for question in asked:
            said = assert_one_end(question)
            assert REST in said
            assert said.count("word00") == 1
        await next_bot.kill()


@pytest.mark.parametrize("is_told", [True, False] if IS_LONG else [False])
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite serves one
async def test_of_two_gateways_one_answers_and_the_other_goes_on(
    installation: Installation, *, is_told: bool
) -> None:
    first = await installation.start_bot()
    other = await installation.start("run")
    await other.says("Ready as")
    asked = await ask_in_all_ways(installation)
    await all_show(installation, asked, "word00")
    installation.model.open_reply = Reply(chunks=[REST])
    await (first.stop() if is_told else first.kill())
    await all_end(installation, asked)
    for question in asked:
        assert assert_one_end(question).count("word00") == 1
    assert other.is_alive


@in_short("sqlite")
async def test_a_message_whose_process_dies_before_the_first_word_is_answered(
    installation: Installation,
) -> None:
    installation.discord.privileged_intents = MESSAGE_CONTENT
    bot = await installation.start_bot()
    (alice,), (channel,) = installation.people(1), installation.channels(1)
    installation.model.open_reply = Reply(chunks=[REST], delay_s=30.0)
    question = await installation.discord.mention(alice, channel, "why?")
    await installation.model.until(lambda: bool(installation.model.requests))
    await bot.kill()
    installation.model.open_reply = Reply(chunks=[REST])
    await installation.start_bot()
    await installation.until(lambda: ends_of(question))
    assert assert_one_end(question).startswith(REST)


@in_short("postgresql")
async def test_an_edit_and_a_deletion_that_were_begun_are_carried_out(
    installation: Installation,
) -> None:
    discord, gate = installation.discord, asyncio.Event()
    people, (edited_in, deleted_in) = installation.people(2), installation.channels(2)
    installation.model.open_reply = Reply(chunks=["It is blue."])
    bot = await installation.start_bot()
    edited = await discord.mention(people[0], edited_in, "why?")
    deleted = await discord.mention(people[1], deleted_in, "why?")
    await all_end(installation, [edited, deleted])
    messages = "/channels/{}/messages/.*"
    held = [
        discord.inject(Fault("PATCH", messages.format(edited_in.id), hold=gate, drop=True)),
        discord.inject(Fault("DELETE", messages.format(deleted_in.id), hold=gate, drop=True)),
    ]
    installation.model.open_reply = Reply(chunks=[REST])
    await discord.edit_message(people[0], edited, f"<@{discord.bot_user.id}> how?")
    await discord.delete_message(people[1], deleted)
    await installation.until(lambda: all(fault.seen for fault in held))
    await bot.kill()
    gate.set()
    await installation.start_bot()
    await installation.until(lambda: not answers_to(deleted))
    await installation.until(lambda: REST in answers_to(edited)[0].content)
    await all_end(installation, [edited])
    assert assert_one_end(edited).startswith(REST)
