from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import asdict

from bot.digests.job import Requester
from bot.digests.notify import answer, of_parking
from tests.bot.digests.digest_room import Room, open_room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(tmp_path) as opened:
        await opened.set()
        yield opened


async def answered(room: Room) -> bool:
    told = await answer(await room.claim(), room.scheduler, room.rest, "It failed.")
    await room.send_notices()
    return told


async def test_nobody_is_answered_where_nobody_waits(room: Room) -> None:
    assert not await answered(room)
    assert room.told() == []


async def test_who_can_no_longer_be_answered_gets_a_direct_message(room: Room) -> None:
    asked = Requester(room.discord.application_id, "a-token-that-has-ended", room.bob.id)
    await room.due_at(room.now, asked=asdict(asked))
    assert not await answered(room)
    assert (room.told(room.bob), room.told()) == (["It failed."], [])


async def test_an_owner_who_waits_is_told_once(room: Room) -> None:
    asked = Requester(room.discord.application_id, "a-token-that-has-ended", room.alice.id)
    await room.due_at(room.now, asked=asdict(asked))
    assert await answered(room)
    assert room.told() == ["It failed."]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("I cannot see it. Give me access.", " has stopped. I cannot see it. Give me access. Then"),
        ("KeyError", " has stopped: KeyError. Resume it with `/digest resume`"),
    ],
)
async def test_an_owner_is_told_once_of_each_time_it_is_parked(
    room: Room, reason: str, said: str
) -> None:
    job = await room.job()
    again = msgspec.structs.replace(job, attempts=job.attempts + 1)
    for new in (of_parking(job, reason), of_parking(job, reason), of_parking(again, reason)):
        await room.scheduler.add(new)
    await room.send_notices()
    told = room.told()
    assert len(told) == 2
    assert f"The digest of <#{room.kitchen.id}>{said}" in told[0]
