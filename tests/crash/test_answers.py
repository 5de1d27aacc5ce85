"""Answers that are being written when their process dies, or stands still."""

import random
import sys
import time
from collections.abc import Sequence

import pytest

from bot.answers.buttons import Button
from bot.sandbox.discord_server import Interaction, Message
from bot.sandbox.model_server import Reply
from tests.crash.installation import IS_LONG, Installation, in_short
from tests.e2e.world import below_heading

ANSWERS = 50
ROUNDS = 5 if IS_LONG else 1
WORDS = [f"word{number:02} " for number in range(60)]
REST = "and the rest."
LEASE_S = 45
# What is promised, which a busy machine may miss; far from the lease all the same.
WITHIN_S = 3.0 if IS_LONG else 10.0


def has(button: Button, message: Message) -> bool:
    return any(b["custom_id"].startswith(button) for b in message.buttons())


async def ask(installation: Installation, count: int) -> list[Interaction]:
    """Ask one question in each of so many channels."""
    people, channels = installation.people(count), installation.channels(count)
    return [
        await installation.discord.slash(person, channel, "ask", {"prompt": "Tell me."})
        for person, channel in zip(people, channels, strict=True)
    ]


async def ask_elsewhere(installation: Installation, count: int) -> list[Interaction]:
    """Ask as people who have brought the bot along, and alone see the answers."""
    discord, people = installation.discord, installation.people(count)
    guild = discord.add_guild("Elsewhere", has_bot=False)
    hall = discord.add_channel(guild, "hall")
    for person in people:
        discord.add_member(guild, person)
    return [await discord.slash(p, hall, "ask", {"prompt": "Tell me."}) for p in people]


async def all_show(installation: Installation, asked: Sequence[Interaction], word: str) -> None:
    await installation.until(
        lambda: all(a.messages and word in a.messages[0].content for a in asked)
    )


async def all_end(installation: Installation, asked: Sequence[Interaction]) -> None:
    await installation.until(lambda: all(has(Button.AGAIN, a.messages[0]) for a in asked))


def assert_one_end(asked: Interaction) -> Message:
    """The question has one end, in its one message; return that."""
    (message,) = asked.messages
    shown = [m for m in asked.channel.messages.values() if m.author is message.author]
    assert [m for m in shown if m.visible_to is message.visible_to] == [message]
    assert has(Button.AGAIN, message)
    assert not has(Button.STOP, message)
    return message


@in_short("sqlite")
async def test_answers_cut_off_by_a_kill_go_on_in_their_messages(
    installation: Installation,
) -> None:
    chance = random.Random(11)
    for _ in range(ROUNDS):
        installation.model.open_reply = Reply(chunks=WORDS, delay_s=0.1)
        bot = await installation.start_bot()
        asked = await ask(installation, ANSWERS - 5) + await ask_elsewhere(installation, 5)
        word = WORDS[chance.randrange(5)].strip()
        await all_show(installation, asked, word)
        await bot.kill()
        shown = [a.messages[0].content for a in asked]
        installation.model.open_reply = Reply(chunks=[REST])
        next_bot = await installation.start_bot()
        await all_end(installation, asked)
        await installation.none_left()
        for question, before in zip(asked, shown, strict=True):
            text = assert_one_end(question).content
            assert text.startswith(before)
            assert REST in text or before == text  # on a busy machine it had ended
            assert text.count("word00") == 1
        await next_bot.kill()


@in_short("postgresql")
async def test_an_answer_goes_on_within_seconds_of_its_process_death(
    installation: Installation,
) -> None:
    installation.model.open_reply = Reply(chunks=WORDS, delay_s=1.0)
    bot = await installation.start_bot(LEASE_S=str(LEASE_S))
    (asked,) = await ask(installation, 1)
    await all_show(installation, [asked], "word00")
    # On machines of their own, where the database allows it: their sessions alone tell.
    away = [str(installation.config.data_dir / name) for name in ("second", "third")]
    if installation.config.database_url is None:
        away = [str(installation.config.data_dir)] * 2
    other = await installation.start(LEASE_S=str(LEASE_S), ABI_DATA_DIR=away[0])
    await other.says("Scheduler started.")
    installation.model.open_reply = Reply(chunks=["second ", *WORDS], delay_s=0.5)
    await bot.kill()
    alive_s = await until_shown(installation, asked, "second")
    installation.model.open_reply = Reply(chunks=["third ", REST])
    await other.kill()
    await installation.start_bot(LEASE_S=str(LEASE_S), ABI_DATA_DIR=away[1])
    restarted_s = await until_shown(installation, asked, "third")
    sys.stdout.write(
        f"\nthe first new word {alive_s:.1f} s after the kill where another process is alive,"
        f" {restarted_s:.1f} s after a restarted one is ready\n"
    )
    assert max(alive_s, restarted_s) <= WITHIN_S
    await all_end(installation, [asked])
    assert_one_end(asked)


async def until_shown(installation: Installation, asked: Interaction, word: str) -> float:
    """Return the seconds until an answer shows a word."""
    since_s = time.monotonic()
    await installation.until(lambda: word in asked.messages[0].content)
    return time.monotonic() - since_s


@in_short("sqlite")
async def test_a_question_whose_process_dies_at_once_is_answered(
    installation: Installation,
) -> None:
    installation.model.open_reply = Reply(chunks=[REST], delay_s=5.0)
    bot = await installation.start_bot()
    asked = await ask(installation, 5)
    await installation.until(lambda: all(a.messages for a in asked))  # they were acknowledged
    await bot.kill()
    installation.model.open_reply = Reply(chunks=[REST])
    await installation.start_bot()
    await all_end(installation, asked)
    for question in asked:
        assert below_heading(assert_one_end(question)).startswith(REST)


@in_short("sqlite")
async def test_questions_that_wait_in_line_when_their_process_dies_are_answered(
    installation: Installation,
) -> None:
    installation.model.open_reply = Reply(chunks=WORDS, delay_s=0.2)
    bot = await installation.start_bot(ABI_OPENAI_PARALLEL="1")
    asked = await ask(installation, 5)
    await installation.until(
        lambda: sum("in line" in m.content for a in asked for m in a.messages) == len(asked) - 1
    )
    await bot.kill()
    installation.model.open_reply = Reply(chunks=[REST])
    await installation.start_bot(ABI_OPENAI_PARALLEL="1")
    await all_end(installation, asked)
    await installation.none_left()
    for question in asked:
        text = assert_one_end(question).content
        assert REST in text
        assert "in line" not in text
    assert len(installation.model.requests) == 1 + len(asked)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite serves one
async def test_a_process_that_slept_past_its_lease_writes_no_more_of_an_answer(
    installation: Installation,
) -> None:
    installation.model.open_reply = Reply(chunks=WORDS[:40], delay_s=0.1)
    sleeper = await installation.start_bot()
    (asked,) = await ask(installation, 1)
    await all_show(installation, [asked], "word00")
    sleeper.freeze()
    installation.model.open_reply = Reply(chunks=[REST])
    await installation.start_bot()
    await all_end(installation, [asked])
    ended = assert_one_end(asked).content
    sleeper.thaw()
    await sleeper.says("the claim was lost")
    assert assert_one_end(asked).content == ended
    assert REST in ended
