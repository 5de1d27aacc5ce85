import asyncio

from bot.sandbox.discord_server.rules.permissions import (
    MANAGE_ROLES,
)
from tests.connectors.discord.conftest import Place


async def test_a_server_comes_with_roles_channels_and_counts(place: Place) -> None:
    guild = await place.rest.guild(place.guild.id, with_counts=True)
    assert (guild.name, guild.approximate_member_count) == ("Kitchen", 3)
    roles = await place.rest.roles(place.guild.id)
    assert [role.name for role in roles] == ["@everyone", "Abi"]
    assert await place.rest.role(place.guild.id, roles[0].id) == roles[0] == guild.roles[0]
    [channel] = await place.rest.guild_channels(place.guild.id)
    assert (channel.name, channel.guild_id) == ("general", guild.id)


async def test_members_are_listed_searched_and_given_roles(place: Place) -> None:
    place.allow_bot(MANAGE_ROLES)
    cook = place.server.add_role(place.guild, "Cook")
    members = await place.rest.members(place.guild.id, limit=10)
    assert [m.user.username for m in members if m.user] == ["Abi", "owner", "alice"]
    last = await place.rest.members(place.guild.id, after=place.server.bot_user.id, limit=1)
    assert last == members[1:2]
    await place.rest.add_member_role(place.guild.id, place.alice.id, cook.id)
    [alice] = await place.rest.search_members(place.guild.id, "ali")
    assert alice.roles == (str(cook.id),)
    await place.rest.remove_member_role(place.guild.id, place.alice.id, cook.id)
    assert (await place.rest.member(place.guild.id, place.alice.id)).roles == ()


async def test_who_asks_for_the_same_at_the_same_time_shares_one_request(place: Place) -> None:
    before = len(place.server.requests)
    first, second = await asyncio.gather(
        place.rest.guild(place.guild.id), place.rest.guild(place.guild.id)
    )
    assert first == second
    assert len(place.server.requests) == before + 1
    await place.rest.guild(place.guild.id)
    assert len(place.server.requests) == before + 2


async def test_who_stops_waiting_stops_nobody_else(place: Place) -> None:
    gone = asyncio.create_task(place.rest.member(place.guild.id, place.alice.id))
    stays = asyncio.create_task(place.rest.member(place.guild.id, place.alice.id))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await stays).user
