from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.digests.history import since
from tests.bot.digests.digest_room import Room, open_room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(tmp_path) as opened:
        yield opened


async def test_what_came_after_a_message_is_read_in_order(room: Room) -> None:
    first, second, third = await room.say("tea", "milk", "coffee")
    messages, is_cut = await since(room.rest, room.kitchen.id, first.id)
    assert [message.id for message in messages] == [str(second.id), str(third.id)]
    assert not is_cut


@pytest.mark.parametrize(("count", "is_cut"), [(999, False), (1000, True), (1001, True)])
async def test_only_the_newest_thousand_are_read(room: Room, count: int, is_cut: bool) -> None:
    said = await room.say(*(str(n) for n in range(count)))
    messages, was_cut = await since(room.rest, room.kitchen.id, said[0].id - 1)
    assert (len(messages), was_cut) == (min(count, 1000), is_cut)
    assert messages[-1].id == str(said[-1].id)
