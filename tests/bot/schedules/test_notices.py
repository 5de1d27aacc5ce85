"""Notices of parked jobs: sent once, however long Discord is away."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.sandbox.discord_server import Fault
from bot.schedules.notice import KIND, new_notice
from bot.schedules.notices import deliver
from connectors import ConnectorError
from connectors.local_scheduler import Running, Settled
from tests.bot.digests.digest_room import Room, open_room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(tmp_path) as opened:
        await opened.set()
        yield opened


async def noticed(room: Room, content: str = "It has stopped.") -> Running:
    job = await room.job()
    await room.scheduler.add(new_notice(room.alice.id, content, "News.", job, "parked"))
    (running,) = await room.claims(KIND)
    return running


async def test_a_notice_is_sent_as_a_direct_message_that_pings_nobody(room: Room) -> None:
    outcome = await deliver(room.rest, await noticed(room, "It has stopped, <@1> @everyone."))
    (message,) = room.discord.messages(room.discord.dm(room.alice))
    assert outcome == Settled(str(message.id))
    assert message.pings == set()


async def test_what_passes_is_tried_again_and_what_was_sent_is_found(room: Room) -> None:
    running = await noticed(room)
    lost = Fault("POST", r"/channels/\d+/messages", after_effect=True, drop=True, times=9)
    room.discord.inject(lost)
    with pytest.raises(ConnectorError):
        await deliver(room.rest, running)
    room.discord.clear_faults()
    (message,) = room.discord.messages(room.discord.dm(room.alice))
    message.nonce = None  # as Discord forgets it
    await room.database.run(
        lambda c: room.ledgers["one"].postpone(c, running.claim.fence, timedelta(), draft="{}")
    )
    (again,) = await room.claims(KIND)
    assert await deliver(room.rest, again) == Settled(str(message.id))
    assert room.told() == ["It has stopped."]


async def test_a_notice_that_is_refused_in_every_form_is_tried_again(room: Room) -> None:
    running = await noticed(room)
    said = {"message": "no", "code": 50035}
    room.discord.inject(Fault("POST", r"/channels/\d+/messages", times=99, status=400, json=said))
    with pytest.raises(ConnectorError) as raised:
        await deliver(room.rest, running)
    assert raised.value.retryable


async def test_who_takes_no_direct_messages_reads_it_in_the_list(room: Room) -> None:
    room.alice.blocks_dms = True
    assert await deliver(room.rest, await noticed(room)) == Settled()
