from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox.discord_server import Channel
from bot.sandbox.discord_server.rules.permissions import (
    MANAGE_GUILD,
    MANAGE_MESSAGES,
    MANAGE_THREADS,
    SEND_MESSAGES,
    SEND_MESSAGES_IN_THREADS,
)
from bot.schedules.rights import Rights, manager_to_tell, rights_in
from connectors.discord import ThreadKind
from tests.bot.digests.digest_room import Room, open_room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(tmp_path) as opened:
        yield opened


async def rights(room: Room, channel: Channel | int) -> Rights | None:
    channel_id = channel if isinstance(channel, int) else channel.id
    return await rights_in(room.rest, room.guild.id, channel_id, room.bob.id)


async def test_a_member_can_post_and_a_moderator_can_moderate(room: Room) -> None:
    found = await rights(room, room.hall)
    assert found is not None
    assert (found.can_post, found.can_moderate) == (True, False)
    room.discord.set_overwrite(room.hall, room.bob, allow=MANAGE_MESSAGES, deny=SEND_MESSAGES)
    found = await rights(room, room.hall)
    assert found is not None
    assert (found.can_post, found.can_moderate) == (False, True)


async def test_who_has_left_can_do_nothing(room: Room) -> None:
    room.discord.remove_member(room.guild, room.bob)
    assert await rights(room, room.hall) == Rights(is_member=False)


async def test_what_the_bot_cannot_see_is_not_known(room: Room) -> None:
    assert await rights(room, 5) is None


async def test_of_a_server_hears_who_manages_it_still_or_else_its_owner(room: Room) -> None:
    guild, bob = room.guild, room.bob
    role = room.discord.add_role(guild, "boss", permissions=MANAGE_GUILD)
    room.discord.world.guilds[guild.id].members[bob.id].roles.append(role)
    assert await manager_to_tell(room.rest, guild.id, bob.id) == bob.id
    room.discord.remove_role(guild, role)
    assert await manager_to_tell(room.rest, guild.id, bob.id) == guild.owner.id
    assert await manager_to_tell(room.rest, guild.id, 5) == guild.owner.id


async def test_a_thread_has_the_rights_of_its_channel(room: Room) -> None:
    thread = await room.rest.create_thread(room.hall.id, "talk")
    room.discord.set_overwrite(room.hall, room.bob, deny=SEND_MESSAGES)
    found = await rights(room, int(thread.id))
    assert found is not None
    assert found.can_post
    room.discord.set_overwrite(room.hall, room.bob, deny=SEND_MESSAGES_IN_THREADS)
    found = await rights(room, int(thread.id))
    assert found is not None
    assert not found.can_post


async def test_a_private_thread_is_for_who_has_joined_or_manages_it(room: Room) -> None:
    thread = await room.rest.create_thread(room.hall.id, "talk", kind=ThreadKind.PRIVATE)
    place = int(thread.id)
    found = await rights(room, place)
    assert found is not None
    assert not found.can_post
    room.discord.set_overwrite(room.hall, room.bob, allow=MANAGE_THREADS)
    found = await rights(room, place)
    assert found is not None
    assert found.can_post
    room.discord.set_overwrite(room.hall, room.bob)
    room.guild.channels[place].thread_members[room.bob.id] = 0.0
    found = await rights(room, place)
    assert found is not None
    assert found.can_post
