"""Reminders missed for long come as one list per owner, whatever crashes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from bot.reminders.catch_up import CatchUp, notice_of_parking
from bot.reminders.texts import NO_DM
from bot.sandbox.discord_server import DiscordServer
from bot.schedules.occurrences import next_run
from connectors.discord import DiscordRest, load_from_env
from connectors.http.transport import Transport
from connectors.local_scheduler import Config, Job, LocalScheduler, NewJob, Running, State
from connectors.local_scheduler.dialects import dialect_for
from connectors.local_scheduler.job import Fence
from connectors.local_scheduler.kinds import Kind, Pace
from connectors.local_scheduler.ledger import Ledger
from connectors.local_scheduler.running import Claim, clocks
from connectors.local_scheduler.worker import Worker
from tests.databases import new_file

NOW = datetime.now(UTC)
LEASE = timedelta(seconds=45)


class Absence:
    """Alice's reminders of days ago, and two processes whose workers do what a test says."""

    def __init__(self, discord: DiscordServer, rest: DiscordRest, config: Config) -> None:
        self.discord, self.rest = discord, rest
        guild = discord.add_guild("Kitchen")
        self.channel, self.alice = discord.add_channel(guild, "general"), discord.add_user("alice")
        discord.add_member(guild, self.alice)
        self.scheduler = LocalScheduler(config)
        self.database = self.scheduler._database._database
        dialect = dialect_for(config.address)
        self.ledgers = [Ledger(dialect, name, lease=LEASE) for name in ("one", "two")]
        handlers = [CatchUp(self.scheduler, rest, clock=lambda: NOW).deliver for _ in self.ledgers]
        self.workers = [
            Worker(
                ledger,
                self.database,
                {"reminder": Kind(deliver, next_run, None, 1, 25)},
                Pace(),
                now=lambda: NOW,
                on_free_slot=lambda _: None,
                on_due_soon=lambda: None,
            )
            for ledger, deliver in zip(self.ledgers, handlers, strict=True)
        ]

    async def missed(self, channel_id: int | None, days: int, said: object = "tea") -> Job:
        new = NewJob(
            kind="reminder",
            owner_id=self.alice.id,
            next_run=NOW - timedelta(days=days),
            channel_id=channel_id,
            payload={"text": said},
        )
        return await self.scheduler.add(new)

    async def claim(self, limit: int = 50, process: int = 0) -> list[Running]:
        """Claim the oldest reminders, whatever they wait for."""
        asked_at, ledger = clocks(), self.ledgers[process]

        def work(connection: Connection) -> list[Job]:
            connection.execute(text("UPDATE jobs SET visible_at = next_run WHERE lease_by IS NULL"))
            return ledger.claim(connection, "reminder", 1, limit, timedelta())

        jobs = await self.database.run(work)
        return [self._held(job, ledger, asked_at) for job in jobs]

    def _held(self, job: Job, ledger: Ledger, asked_at: tuple[float, float]) -> Running:
        fence, draft = Fence(job.id, ledger.worker, job.attempts), job.draft
        lease_s = LEASE.total_seconds()
        claim = Claim(fence, ledger, self.database, asked_at=asked_at, lease_s=lease_s, draft=draft)
        return Running.of(job, claim)

    async def run(self, *held: Running, process: int = 0) -> None:
        for running in held:
            await self.workers[process].run(running)

    async def settle(self) -> list[Job]:
        """Run them, all and then one after the other, until none is due; return the others."""
        await self.run(*await self.claim())
        while held := await self.claim(limit=1):
            await self.run(*held)
        return await self.scheduler.owned_by(self.alice.id, kind="reminder")

    async def dies(self) -> None:
        """End every claim, as after a crash."""
        await self.database.run(lambda c: c.execute(text("UPDATE jobs SET visible_at = 0")))

    def told(self) -> list[str]:
        return [m.content for m in self.discord.messages(self.discord.dm(self.alice))]

    def tries(self) -> int:
        """Return how often a direct message was tried."""
        path = f"/channels/{self.discord.dm(self.alice).id}/messages"
        return sum(r.method == "POST" and r.path.endswith(path) for r in self.discord.requests)


async def no_wait(_: float) -> None:
    return


@pytest.fixture
async def absence(tmp_path: Path) -> AsyncIterator[Absence]:
    async with DiscordServer() as discord:
        environ = {"DISCORD_BOT_TOKEN": discord.token, "DISCORD_API_URL": discord.api_url}
        transport = Transport(sleep=no_wait)
        rest = DiscordRest(load_from_env(environ), transport, sleep=no_wait)
        opened = Absence(discord, rest, new_file(tmp_path))
        yield opened
        await opened.scheduler.aclose()
        await transport.aclose()


async def test_what_was_missed_is_one_list_that_settles_all(absence: Absence) -> None:
    for days in (9, 8, 7):
        await absence.missed(absence.channel.id, days)
    assert await absence.settle() == []
    (said,) = absence.told()
    assert "I was offline when 3 reminders came due" in said
    assert absence.discord.messages(absence.channel) == []


async def test_a_crash_between_the_list_and_its_settling_shows_nothing_twice(
    absence: Absence,
) -> None:
    for days in (9, 8, 7):
        await absence.missed(absence.channel.id, days)
    await absence.run(*await absence.claim())
    (oldest,) = await absence.claim(limit=1)
    await CatchUp(absence.scheduler, absence.rest, clock=lambda: NOW).deliver(oldest)
    (listed,) = absence.discord.messages(absence.discord.dm(absence.alice))
    listed.nonce = None  # as Discord forgets it
    for process in (1, 0):
        await absence.dies()
        await absence.run(*reversed(await absence.claim(process=process)), process=process)
    assert await absence.settle() == []
    assert len(absence.told()) == 1
    assert absence.discord.messages(absence.channel) == []


async def test_of_two_processes_with_one_persons_reminders_one_lists_them(
    absence: Absence,
) -> None:
    for days in (9, 8, 7, 6):
        await absence.missed(absence.channel.id, days)
    here, there = await absence.claim(limit=2), await absence.claim(limit=2, process=1)
    await asyncio.gather(absence.run(*here), absence.run(*there, process=1))
    assert await absence.settle() == []
    assert len(absence.told()) == 1


async def test_one_that_may_have_been_posted_is_not_listed(absence: Absence) -> None:
    for days in (9, 8, 7):
        await absence.missed(absence.channel.id, days)
    posted = (await absence.claim())[1]
    await absence.database.run(
        lambda c: c.execute(text("UPDATE jobs SET attempts = 0 WHERE id <> :id"), {"id": posted.id})
    )
    await absence.database.run(
        lambda c: c.execute(
            text(
                "UPDATE jobs SET state = 'active', lease_by = NULL, first_claimed_at = "
                "CASE WHEN attempts > 0 THEN next_run END"
            )
        )
    )
    assert await absence.settle() == []
    assert "2 reminders" in absence.told()[0]
    assert len(absence.discord.messages(absence.channel)) == 1


async def test_one_that_repeats_moves_on_with_the_list(absence: Absence) -> None:
    first = await absence.missed(absence.channel.id, 9)
    daily = await absence.missed(absence.channel.id, 8)
    await absence.scheduler.change(
        daily.id,
        owner_id=absence.alice.id,
        rule="FREQ=DAILY",
        zone="UTC",
        wall_time="2026-01-01T09:00:00",
    )
    (left,) = await absence.settle()
    assert (left.id, left.state, left.draft) == (daily.id, State.ACTIVE, {})
    assert left.next_run > NOW
    assert first.id not in left.id
    assert len(absence.told()) == 1


async def test_who_takes_no_direct_messages_is_tried_once(absence: Absence) -> None:
    absence.alice.blocks_dms = True
    places = [None, absence.channel.id, None, absence.channel.id]
    for n, place in enumerate(places):
        await absence.missed(place, 9 - n)
    parked = await absence.settle()
    assert [job.reason for job in parked] == [NO_DM] * 2
    assert len(absence.discord.messages(absence.channel)) == 2
    assert absence.tries() == 1


async def test_a_channel_that_is_gone_too_costs_no_second_try(absence: Absence) -> None:
    absence.alice.blocks_dms = True
    absence.discord.remove_channel(absence.channel)
    for days in (9, 8, 7):
        await absence.missed(absence.channel.id, days)
    assert [job.reason for job in await absence.settle()] == [NO_DM] * 3
    assert absence.tries() == 1


async def test_one_that_cannot_be_read_is_left_out_of_the_list_and_parked(
    absence: Absence,
) -> None:
    for days in (9, 7):
        await absence.missed(absence.channel.id, days)
    broken = await absence.missed(absence.channel.id, 8, said=5)
    (left,) = await absence.settle()
    assert (left.id, left.state) == (broken.id, State.PARKED)
    assert "2 reminders" in absence.told()[0]


async def test_a_notice_says_why_it_is_parked_and_what_to_do(absence: Absence) -> None:
    new = notice_of_parking(await absence.missed(None, 1), "RuntimeError")
    assert new is not None
    assert new.owner_id == absence.alice.id
    assert new.payload["content"] == (
        "⚠️ I could not deliver a reminder: RuntimeError. "
        "Resume, change or cancel it in `/reminders`.\n>>> tea"
    )


async def test_who_takes_no_direct_messages_gets_no_notice(absence: Absence) -> None:
    assert notice_of_parking(await absence.missed(None, 1), NO_DM) is None
