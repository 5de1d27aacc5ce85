from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.digests import texts
from bot.digests.permissions import DigestPermissions
from bot.sandbox.discord_server.rules.permissions import (
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    VIEW_CHANNEL,
)
from bot.storage.rules import DEFAULTS, Rules
from tests.bot.digests.digest_room import Room, open_room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(tmp_path) as opened:
        yield opened


async def obstacle(room: Room) -> str | None:
    return await DigestPermissions(room.rest).obstacle(
        room.guild.id, room.alice.id, room.kitchen.id, room.hall.id
    )


async def test_nothing_is_in_the_way_of_who_may_all(room: Room) -> None:
    assert await obstacle(room) is None


@pytest.mark.parametrize("is_bot", [True, False])
@pytest.mark.parametrize(
    ("right", "is_source"),
    [
        (VIEW_CHANNEL, False),
        (SEND_MESSAGES, False),
        (READ_MESSAGE_HISTORY, True),
    ],
)
async def test_what_the_bot_or_the_owner_lacks_is_named(
    room: Room, right: int, is_source: bool, is_bot: bool
) -> None:
    channel = room.kitchen if is_source else room.hall
    person = room.discord.bot_user if is_bot else room.alice
    room.discord.set_overwrite(channel, person, deny=right)
    who = "I" if is_bot else f"<@{room.alice.id}>"
    lacks = texts.lacks(who, channel.id, is_source=is_source)
    if is_bot and right == VIEW_CHANNEL:
        lacks = texts.CANNOT_SEE.format(channel.id)
    assert await obstacle(room) == lacks


async def test_what_is_not_needed_in_a_channel_may_be_missing(room: Room) -> None:
    room.discord.set_overwrite(room.kitchen, room.alice, deny=SEND_MESSAGES)
    room.discord.set_overwrite(room.hall, room.alice, deny=READ_MESSAGE_HISTORY)
    assert await obstacle(room) is None


async def test_a_role_that_the_server_names_needs_no_other_right(room: Room) -> None:
    room.manager.permissions = 0

    async def rules(guild_id: int | None) -> Rules:
        return Rules(digest_roles=(room.manager.id,)) if guild_id == room.guild.id else DEFAULTS

    assert await obstacle(room) == texts.NO_MANAGER.format(room.alice.id)
    places = room.guild.id, room.alice.id, room.kitchen.id, room.hall.id
    assert await DigestPermissions(room.rest, rules).obstacle(*places) is None


async def test_the_bots_own_id_is_asked_for_once(room: Room) -> None:
    permissions = DigestPermissions(room.rest)
    ids = {await permissions.own_id() for _ in range(3)}
    assert ids == {str(room.discord.bot_user.id)}
    assert sum(r.path.endswith("/users/@me") for r in room.discord.requests) == 1


async def test_the_grant_of_contents_is_asked_for_each_time(room: Room) -> None:
    permissions = DigestPermissions(room.rest)
    assert await permissions.sees_content()
    room.discord.privileged_intents = 0
    assert not await permissions.sees_content()
