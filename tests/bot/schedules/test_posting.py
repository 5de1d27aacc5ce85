import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self, cast

import pytest

from bot.schedules.posting import find_own, post
from connectors import ApiRequestFailed
from connectors.discord import MessageBody, codes
from connectors.local_scheduler import ClaimLost
from tests.bot.digests.digest_room import Room, open_room


class Refusing:
    """A claim that holds, and a client that refuses every message with one code."""

    def __init__(self, code: str) -> None:
        self.code = code

    async def ensure_claim(self) -> None:
        return

    def check_claim(self) -> None:
        return

    def fenced(self, *_: object, **__: object) -> Self:
        return self

    async def create_message(self, *_: object) -> None:
        raise ApiRequestFailed("discord", 404, reason="not_found", provider_code=self.code)


async def posted(code: str) -> str:
    refusing = cast(Any, Refusing(code))
    return await post(refusing, refusing, 1, MessageBody("tea"), "A reminder:")


async def test_a_message_that_was_deleted_after_an_earlier_try_counts_as_posted() -> None:
    assert await posted(codes.UNKNOWN_MESSAGE) == ""


async def test_any_other_refusal_is_raised() -> None:
    with pytest.raises(ApiRequestFailed, match="10003"):
        await posted(codes.UNKNOWN_CHANNEL)


class Doubtful:
    """A claim that is in doubt until it is made certain."""

    def __init__(self) -> None:
        self.certain = asyncio.Event()

    async def ensure_claim(self) -> None:
        self.certain.set()

    def check_claim(self) -> None:
        if not self.certain.is_set():
            raise ClaimLost


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(tmp_path) as opened:
        yield opened


async def test_a_claim_that_is_in_doubt_after_a_wait_for_the_limit_is_made_certain_again(
    room: Room,
) -> None:
    doubtful, limit = Doubtful(), room.rest.global_limit
    limit.share = lambda: 1
    first = await limit.turn()
    running = cast(Any, doubtful)
    posting = asyncio.create_task(
        post(running, room.rest, room.kitchen.id, MessageBody("tea"), "A reminder:")
    )
    async with asyncio.timeout(5):
        await doubtful.certain.wait()
    doubtful.certain.clear()
    limit.give_back(first)
    limit.look()
    assert await posting


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
