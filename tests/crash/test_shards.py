"""Processes that share a gateway while they come, go, die, stand still, and get more shards."""

import asyncio
import itertools
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg
import pytest

from bot.errors import RESTARTING
from bot.sandbox.discord_server import Channel, DiscordServer, Interaction, Request, User
from bot.sandbox.discord_server.objects import Guild, Message
from bot.sandbox.model_server import Reply
from tests.crash.installation import IS_LONG, BotProcess, Installation, reminder, said
from tests.crash.test_answers import all_end

SHARDS, MORE_SHARDS = 12, 16
EVERY_S = 3.0  # on each shard
UNHELD_S = 15.0
AWAY_S = 60.0
ALL = f"0-{SHARDS - 1}/{SHARDS}"
HOLDERS = "SELECT holder FROM shards ORDER BY total, number"


@dataclass
class Asked:
    """The questions of people, and how each phase of the story went."""

    installation: Installation
    alice: User
    guilds: list[Guild]
    questions: list[tuple[Guild, Interaction]] = field(default_factory=list)
    reminders: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    reminds: bool = True
    heard: set[int] = field(default_factory=set)  # questions that a process has tried to answer

    def hear(self, request: Request) -> None:
        if request.path.startswith("/interactions/"):
            self.heard.add(int(request.path.split("/")[2]))

    async def ask_forever(self) -> None:
        """Ask in each server once a second, each time in a channel of its own."""
        while True:
            for guild in self.guilds:
                await asyncio.sleep(EVERY_S / len(self.guilds))
                await self._ask(guild)

    async def _ask(self, guild: Guild) -> None:
        discord, number = self.installation.discord, len(self.questions)
        room: Channel = discord.add_channel(guild, f"room-{number}")
        asked = await discord.slash(self.alice, room, "ask", {"prompt": f"Question {number}?"})
        self.questions.append((guild, asked))
        if self.reminds and number % 4 == 0:
            self.reminders.append(f"reminder {number}")
            await self.installation.keep(reminder(self.alice, room, self.reminders[-1]))

    async def phase(self, name: str, seconds: float, *, without_a_gap: bool) -> None:
        """Wait for a while, and see for how long nobody heard what was asked on a shard.

        On a busy machine a process may hear it, and be too late.
        """
        first = len(self.questions)
        await asyncio.sleep(seconds)
        asked = self.questions[first:]
        await asyncio.sleep(3.5)  # the last ones may still be acknowledged
        late = [q for _, q in asked if not q.is_answered]
        unheard = [q for q in late if q.id not in self.heard]
        gap_s = max(self._gap_s([q for g, q in asked if g is guild]) for guild in self.guilds)
        sent_away = sum(is_sent_away(q) for _, q in asked)
        self.lines.append(
            f"{name}: {len(asked)} questions, {len(unheard)} heard by nobody,"
            f" {len(late) - len(unheard)} answered too late, {sent_away} asked to try again,"
            f" longest gap {gap_s:.1f} s"
        )
        sys.stdout.write(f"{self.lines[-1]}\n")
        assert gap_s <= UNHELD_S, self.lines
        assert not (without_a_gap and unheard), self.lines

    def _gap_s(self, asked: list[Interaction]) -> float:
        """Return the longest time in which no question of a shard was heard."""
        times = [q.created for q in asked if q.id in self.heard]
        ends = [asked[0].created, *times, asked[-1].created]
        return max(later - sooner for sooner, later in itertools.pairwise(ends)) - EVERY_S


def is_sent_away(asked: Interaction) -> bool:
    return asked.is_answered and [m.content for m in asked.messages] == [RESTARTING]


@pytest.mark.skipif(not IS_LONG, reason="it takes minutes: make soak waits")
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_shards_change_hands_and_each_question_is_answered_once(
    installation: Installation,
) -> None:
    discord = installation.discord
    discord.shards = SHARDS
    alice = discord.add_user("alice")
    guilds = one_on_each(discord)
    for guild in guilds:
        discord.add_member(guild, alice)
    installation.model.open_reply = Reply(chunks=["one ", "two ", "three."], delay_s=0.3)
    first, second, third = [await installation.start("run") for _ in range(3)]
    for process in (first, second, third):
        await process.says("This process holds")
    await installation.until(lambda: discord.gateway.is_ready)
    await asyncio.sleep(8.0)
    story = Asked(installation, alice, guilds)
    discord.on_request.append(story.hear)
    asking = asyncio.create_task(story.ask_forever())
    began_s = time.monotonic()
    try:
        await tell(story, first, second, third)
    finally:
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking
    answered = [asked for _, asked in story.questions if asked.is_answered]
    taken = [asked for asked in answered if not is_sent_away(asked)]
    await all_end(installation, taken)
    await installation.none_left()
    for asked in taken:
        assert_once(asked)
    found = Counter(said(m) for m in installation.posts() if is_reminder(m))
    assert found == Counter(story.reminders)
    sys.stdout.write(
        f"{len(story.questions)} questions, {len(answered) - len(taken)} asked to try again, and"
        f" {len(story.reminders)} reminders in"
        f" {time.monotonic() - began_s:.0f} s: 0 lost, 0 twice\n"
    )


def one_on_each(discord: DiscordServer) -> list[Guild]:
    """Return a server of each shard."""
    found: dict[int, Guild] = {}
    while len(found) < SHARDS:
        guild = discord.add_guild(f"Server {len(found)}")
        found.setdefault((guild.id >> 22) % SHARDS, guild)
    return list(found.values())


async def tell(story: Asked, first: BotProcess, second: BotProcess, third: BotProcess) -> None:
    installation = story.installation
    await story.phase("three processes", 10, without_a_gap=True)
    await installation.start("run")
    await story.phase("a fourth joins", 25, without_a_gap=True)
    await stop(story, second, "one is told to stop")
    await first.kill()
    await story.phase("one is killed", 25, without_a_gap=False)
    third.freeze()
    await story.phase("one stands still", 30, without_a_gap=False)
    third.thaw()
    await story.phase("it wakes", 20, without_a_gap=True)
    await lose_the_database(story)
    before = await installation.start("run", ABI_SHARDS=ALL)
    await story.phase("one of a version before connects to all", 20, without_a_gap=True)
    await stop(story, before, "that one is told to stop")
    await reshard(story, third)


async def stop(story: Asked, process: BotProcess, name: str) -> None:
    """Tell a process to stop; the exit of one takes longer on a busy machine."""
    began_s = time.monotonic()
    stopping = asyncio.create_task(process.stop(within_s=60.0))
    stopping.add_done_callback(
        lambda _: story.lines.append(f"it has ended in {time.monotonic() - began_s:.1f} s")
    )
    await story.phase(name, 20, without_a_gap=False)
    assert await stopping == 0


async def lose_the_database(story: Asked) -> None:
    """Take the database away for a minute: all go on, and nothing changes hands."""
    installation = story.installation
    holders = await installation.rows(HOLDERS)
    story.reminds = False  # they are written into the database
    await asyncio.sleep(1.0)
    allow_connections(installation, "false")
    await story.phase("the database is away", AWAY_S, without_a_gap=True)
    allow_connections(installation, "true")
    await story.phase("it is back", 20, without_a_gap=True)
    story.reminds = True
    assert await installation.rows(HOLDERS) == holders


def allow_connections(installation: Installation, is_allowed: str) -> None:
    """Let processes connect to the database, or end their connections and refuse new ones."""
    url = installation.config.database_url
    assert url is not None
    with psycopg.connect(url.replace("/abi?", "/postgres?"), autocommit=True) as server:
        server.execute(f"ALTER DATABASE abi ALLOW_CONNECTIONS {is_allowed}")
        if is_allowed == "false":
            server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'abi'"
            )


async def reshard(story: Asked, leaving: BotProcess) -> None:
    """Have Discord want more shards, and stop a process while they are prepared."""
    installation = story.installation
    installation.discord.shards = MORE_SHARDS
    await installation.start("run")
    await installation.start("run")
    pending = "EXISTS (SELECT 1 FROM shards WHERE since IS NULL)"
    await installation.until_none(f"SELECT 1 WHERE NOT {pending}")
    await stop(story, leaving, "Discord wants more shards, and one is told to stop")
    await story.phase("afterwards", 25, without_a_gap=True)
    sessions = installation.discord.gateway.sessions.values()
    assert {s.shard[1] for s in sessions if s.connection is not None} == {MORE_SHARDS}


def assert_once(asked: Interaction) -> None:
    """A question has one answer; a reminder may stand beside it."""
    posts = [m for m in asked.channel.messages.values() if m.author.bot and not is_reminder(m)]
    assert posts == list(asked.messages)
    assert len(posts) == 1
    assert posts[0].content.count("one two three.") == 1


def is_reminder(message: Message) -> bool:
    return "⏰" in message.content
