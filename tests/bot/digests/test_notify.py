from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import asdict

from bot.digests.job import Requester
from bot.digests.notify import notify
from tests.bot.digests.digest_room import Room, open_room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(tmp_path) as opened:
        await opened.set()
        yield opened


async def notified(room: Room, trouble: str) -> None:
    await notify(await room.claim(), room.rest, f"It failed: {trouble}", trouble=trouble)


async def test_the_owner_is_told_of_a_new_trouble(room: Room) -> None:
    await notified(room, "no key")
    assert room.told() == ["It failed: no key"]


@pytest.mark.parametrize("trouble", ["", "no key"])
async def test_the_owner_is_not_told_of_no_trouble_or_the_same(room: Room, trouble: str) -> None:
    await room.due_at(room.now, trouble="no key")
    await notified(room, trouble)
    assert room.told() == []


async def test_an_owner_who_waits_for_it_is_told_once(room: Room) -> None:
    asked = Requester(room.discord.application_id, "a-token-that-has-ended", room.alice.id)
    await room.due_at(room.now, asked=asdict(asked))
    await notified(room, "no key")
    assert room.told() == ["It failed: no key"]


async def test_who_takes_no_direct_messages_is_only_logged(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    room.alice.blocks_dms = True
    await notified(room, "no key")
    assert "could not tell somebody about their digest" in caplog.text
