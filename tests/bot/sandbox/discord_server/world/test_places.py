import pytest

from bot.sandbox.discord_server.rules.permissions import MANAGE_GUILD
from bot.sandbox.discord_server.world.feed import Event
from bot.sandbox.discord_server.world.places import Places
from bot.sandbox.discord_server.world.world import World
from tests.bot.sandbox.discord_server.conftest import Clock


@pytest.fixture
def world(clock: Clock) -> World:
    return World(clock)


@pytest.fixture
def events(world: World) -> list[Event]:
    heard: list[Event] = []
    world.feed.dispatch = heard.append
    return heard


def test_the_bot_hears_what_changes_in_its_guild(world: World, events: list[Event]) -> None:
    places = Places(world)
    guild = places.add_guild("Kitchen")
    alice = places.add_user("alice")
    places.add_member(guild, alice)
    role = places.add_role(guild, "cook", permissions=MANAGE_GUILD)
    channel = places.add_channel(guild, "general")
    places.set_overwrite(channel, role, deny=1)
    places.remove_channel(channel)
    assert [event.name for event in events] == [
        "GUILD_CREATE",
        "GUILD_MEMBER_ADD",
        "GUILD_ROLE_CREATE",
        "CHANNEL_CREATE",
        "CHANNEL_UPDATE",
        "CHANNEL_DELETE",
    ]
    assert {event.guild_id for event in events} == {guild.id}
    overwrites = events[-2].data["permission_overwrites"]
    assert overwrites == [{"id": str(role.id), "type": 0, "allow": "0", "deny": "1"}]


def test_the_bot_hears_of_a_time_out_and_not_of_its_end(
    world: World, events: list[Event], clock: Clock
) -> None:
    places = Places(world)
    guild, alice = places.add_guild("Kitchen"), places.add_user("alice")
    member = places.add_member(guild, alice)
    places.time_out(guild, alice, clock.now + 60)
    places.end_time_outs()
    assert member.timed_out_until == clock.now + 60
    assert events[-1].name == "GUILD_MEMBER_UPDATE"
    assert events[-1].data["communication_disabled_until"] == "2027-01-15T08:01:00.000000+00:00"
    clock.now += 60
    places.end_time_outs()
    assert member.timed_out_until is None
    assert len(events) == 3


def test_the_bot_hears_nothing_of_guilds_it_is_not_in(world: World, events: list[Event]) -> None:
    places = Places(world)
    guild = places.add_guild("Elsewhere", has_bot=False)
    places.add_member(guild, places.add_user("alice"))
    places.add_channel(guild, "room")
    assert events == []
    assert world.bot.id not in guild.members


def test_a_guild_may_ask_for_its_id(world: World) -> None:
    assert Places(world).add_guild("Kitchen", guild_id=42).id == 42
