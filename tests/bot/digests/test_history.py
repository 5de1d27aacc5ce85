from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.digests.history import find_own, since
from connectors.discord import MessageBody
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


async def test_an_own_message_is_found_whatever_became_of_its_white_space(room: Room) -> None:
    (before,) = await room.say("a  digest")
    made = await room.rest.create_message(room.kitchen.id, MessageBody("a digest"))
    own_id = str(room.discord.bot_user.id)
    contents = ["another", "a\n digest"]
    assert await find_own(room.rest, room.kitchen.id, own_id, contents, before.id - 1) == made.id
    assert await find_own(room.rest, room.kitchen.id, own_id, contents, int(made.id)) is None


async def test_a_message_of_somebody_else_is_not_taken_for_an_own_one(room: Room) -> None:
    (said,) = await room.say("a digest")
    own_id = str(room.discord.bot_user.id)
    assert await find_own(room.rest, room.kitchen.id, own_id, ["a digest"], said.id - 1) is None


async def test_an_own_message_behind_a_full_page_is_found(room: Room) -> None:
    said = await room.say(*(str(n) for n in range(120)))
    made = await room.rest.create_message(room.kitchen.id, MessageBody("a digest"))
    own_id = str(room.discord.bot_user.id)
    found = await find_own(room.rest, room.kitchen.id, own_id, ["a digest"], said[0].id - 1)
    assert found == made.id
