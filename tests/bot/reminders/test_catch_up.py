from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from bot.reminders.catch_up import CatchUp, notice_of_parking
from bot.reminders.texts import NO_DM
from bot.sandbox.discord_server import Channel, DiscordServer, User
from connectors.discord import DiscordRest, load_from_env
from connectors.http.transport import Transport
from connectors.local_scheduler import (
    Config,
    LocalScheduler,
    NewJob,
    Outcome,
    Parked,
    Running,
    Settled,
    UnreadablePayload,
)
from connectors.local_scheduler.job import Fence
from connectors.local_scheduler.running import Claim, clocks

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@dataclass
class Absence:
    """Alice's reminders of days ago, in a ledger whose scheduler does not run."""

    discord: DiscordServer
    channel: Channel
    alice: User
    scheduler: LocalScheduler
    catch_up: CatchUp

    async def missed(self, channel_id: int | None, days: int, text: object = "tea") -> Running:
        due = NOW - timedelta(days=days)
        new = NewJob(
            kind="reminder",
            owner_id=self.alice.id,
            next_run=due,
            channel_id=channel_id,
            payload={"text": text},
        )
        job = await self.scheduler.add(new)
        fence, nowhere = Fence(job.id, "here", 1), cast(Any, None)
        return Running.of(
            job, Claim(fence, nowhere, nowhere, asked_at=clocks(), lease_s=45.0, draft={})
        )

    def tries(self) -> int:
        """Return how often a direct message was tried."""
        path = f"/channels/{self.discord.dm(self.alice).id}/messages"
        return sum(r.method == "POST" and r.path.endswith(path) for r in self.discord.requests)


async def no_wait(_: float) -> None:
    return


@pytest.fixture
async def absence(tmp_path: Path) -> AsyncIterator[Absence]:
    async with DiscordServer() as discord:
        guild = discord.add_guild("Kitchen")
        channel, alice = discord.add_channel(guild, "general"), discord.add_user("alice")
        discord.add_member(guild, alice)
        environ = {"DISCORD_BOT_TOKEN": discord.token, "DISCORD_API_URL": discord.api_url}
        transport = Transport(sleep=no_wait)
        scheduler = LocalScheduler(Config(tmp_path))
        rest = DiscordRest(load_from_env(environ), transport)
        catch_up = CatchUp(scheduler, rest, clock=lambda: NOW)
        yield Absence(discord, channel, alice, scheduler, catch_up)
        await scheduler.aclose()
        await transport.aclose()


async def test_who_takes_no_direct_messages_is_tried_once(absence: Absence) -> None:
    absence.alice.blocks_dms = True
    places = [None, absence.channel.id, None, absence.channel.id]
    jobs = [await absence.missed(place, 9 - n) for n, place in enumerate(places)]
    outcomes: list[Outcome] = [await absence.catch_up.deliver(job) for job in jobs]
    assert [outcomes[0], outcomes[2]] == [Parked(NO_DM)] * 2
    assert isinstance(outcomes[1], Settled)
    assert isinstance(outcomes[3], Settled)
    assert len(absence.discord.messages(absence.channel)) == 2
    assert absence.tries() == 1


async def test_a_channel_that_is_gone_too_costs_no_second_try(absence: Absence) -> None:
    absence.alice.blocks_dms = True
    absence.discord.remove_channel(absence.channel)
    jobs = [await absence.missed(absence.channel.id, days) for days in (9, 8, 7)]
    outcomes = [await absence.catch_up.deliver(job) for job in jobs]
    assert outcomes == [Parked(NO_DM)] * 3
    assert absence.tries() == 1


async def test_one_that_cannot_be_read_is_left_out_of_the_list_and_parked(
    absence: Absence,
) -> None:
    readable = [await absence.missed(absence.channel.id, days) for days in (9, 7)]
    broken = await absence.missed(absence.channel.id, 8, text=5)
    assert isinstance(await absence.catch_up.deliver(readable[0]), Settled)
    (listed,) = absence.discord.messages(absence.discord.dm(absence.alice))
    assert "2 reminders" in listed.content
    with pytest.raises(UnreadablePayload):
        await absence.catch_up.deliver(broken)
    left = await absence.scheduler.owned_by(absence.alice.id)
    assert {job.id for job in left} == {readable[0].id, broken.id}


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
