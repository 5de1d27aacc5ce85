"""Discord's 50 requests a second, divided by processes while a thousand reminders are due."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from bot.sandbox.discord_server import Interaction, Message, User
from bot.sandbox.discord_server.rest.call import Request
from bot.sandbox.model_server import Reply
from tests.crash.installation import IS_LONG, BotProcess, Installation, reminder, said

JOBS, PER_S = 1000, 50
DUE_IN_S, SETTLED_S = 15.0, 8.0
EVERY_S = 2.0
WORDS_S = 3.0

pytestmark = [
    pytest.mark.skipif(not IS_LONG, reason="it takes minutes: make soak waits"),
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]


class Traffic:
    """The requests that Discord counts, as it saw them."""

    def __init__(self, installation: Installation) -> None:
        self.counted: list[float] = []
        self.refused: list[str] = []
        installation.discord.on_request.append(self._note)

    def _note(self, request: Request) -> None:
        if not request.path.startswith(("/interactions/", "/webhooks/")):
            self.counted.append(request.time)
        if request.status == 429:
            self.refused.append(f"{request.method} {request.path}")

    def within(self, from_s: float, to_s: float) -> int:
        return sum(from_s <= at <= to_s for at in self.counted)

    def most_in_a_second(self) -> int:
        times, most, first = sorted(self.counted), 0, 0
        for last, at in enumerate(times):
            while times[first] <= at - 1.0:
                first += 1
            most = max(most, last - first + 1)
        return most


class Talk:
    """People who ask meanwhile, with ``/ask`` and by a mention, each time in another channel."""

    def __init__(self, installation: Installation, alice: User) -> None:
        self._installation, self._alice = installation, alice
        self.asked: list[Interaction] = []
        self.mentions: list[Message] = []

    async def go_on(self) -> None:
        discord, guild = self._installation.discord, self._installation.guild
        while True:
            await asyncio.sleep(EVERY_S)
            room = discord.add_channel(guild, f"ask-{len(self.asked)}")
            self.asked.append(await discord.slash(self._alice, room, "ask", {"prompt": "Why?"}))
            other = discord.add_channel(guild, f"chat-{len(self.asked)}")
            self.mentions.append(await discord.mention(self._alice, other, "Why?"))

    def shown_in_s(self) -> list[float]:
        """Return after how long each mention had its first words."""
        return [first_answer(m).created - m.created for m in self.mentions]


def first_answer(question: Message) -> Message:
    return next(m for m in question.channel.messages.values() if m.author.bot)


async def keep_due(installation: Installation, count: int) -> tuple[list[str], float]:
    """Write reminders that are all due in a moment; return their texts and that moment."""
    people, channels = installation.people(20), installation.channels(count // 5)
    due = datetime.now(UTC) + timedelta(seconds=DUE_IN_S)
    texts = [f"job {number}" for number in range(count)]
    jobs = [
        reminder(people[number % 20], channels[number // 5], words, next_run=due)
        for number, words in enumerate(texts)
    ]
    await installation.keep(*jobs)
    return texts, due.timestamp()


async def three_bots(installation: Installation, **environ: str) -> list[BotProcess]:
    installation.discord.shards = 3
    installation.model.open_reply = Reply(chunks=["one ", "two ", "three."], delay_s=0.2)
    processes = [await installation.start("run", **environ) for _ in range(3)]
    for process in processes:
        await process.says("This process holds")
    discord = installation.discord
    await installation.until(lambda: discord.gateway.is_ready and discord.commands)
    await asyncio.sleep(SETTLED_S)
    return processes


async def all_come(installation: Installation, texts: list[str], due_at: float) -> float:
    """Return how long after their time the last of the reminders has come."""
    await asyncio.sleep(max(due_at - time.time(), 0))
    await installation.none_left(120.0)
    posts = [post for post in installation.posts() if said(post) in texts]
    assert Counter(map(said, posts)) == Counter(texts)
    return max(post.created for post in posts) - due_at


async def test_a_thousand_reminders_come_as_fast_as_discord_allows_and_hold_nobody_up(
    installation: Installation,
) -> None:
    (alice,) = installation.people(1)
    # With the lease of the other tests, what is claimed ahead is given back before it is due.
    await three_bots(installation, LEASE_S="45")
    traffic, talk = Traffic(installation), Talk(installation, alice)
    texts, due_at = await keep_due(installation, JOBS)
    talking = asyncio.create_task(talk.go_on())
    took_s = await all_come(installation, texts, due_at)
    talking.cancel()
    with suppress(asyncio.CancelledError):
        await talking
    await installation.none_left(120.0)
    shown_in_s, sent = talk.shown_in_s(), traffic.within(due_at, due_at + took_s)
    late = [asked for asked in talk.asked if not asked.is_answered]
    sys.stdout.write(
        f"\n{JOBS} reminders in {took_s:.1f} s, of {sent} requests that Discord counted meanwhile,"
        f" {len(traffic.refused)} refused, at most {traffic.most_in_a_second()} in a second;"
        f" {len(talk.asked)} /ask, {len(late)} not taken;"
        f" first words of mentions after {statistics.median(shown_in_s):.2f} s,"
        f" at most {max(shown_in_s):.2f} s\n"
    )
    assert traffic.refused == []
    assert late == []
    assert max(shown_in_s) <= WORDS_S
    assert took_s <= 1.1 * JOBS / PER_S


async def test_the_others_take_over_the_share_of_one_that_is_killed_and_of_one_that_stands_still(
    installation: Installation,
) -> None:
    first, second, _ = await three_bots(installation)
    traffic = Traffic(installation)
    texts, due_at = await keep_due(installation, JOBS)
    await asyncio.sleep(max(due_at + 2 - time.time(), 0))
    await first.kill()
    second.freeze()
    await asyncio.sleep(12)
    second.thaw()
    took_s = await all_come(installation, texts, due_at)
    sys.stdout.write(
        f"\n{JOBS} reminders in {took_s:.1f} s beside a kill and a freeze,"
        f" {len(traffic.refused)} requests refused, at most {traffic.most_in_a_second()} in a"
        " second\n"
    )
    assert traffic.refused == []
