from bot.sandbox.discord_server import Channel
from bot.sandbox.discord_server.objects import snowflake_time
from bot.sandbox.discord_server.world.world import World
from tests.bot.sandbox.discord_server.conftest import Clock


def test_ids_rise_although_the_clock_stands_or_goes_back(clock: Clock) -> None:
    world = World(clock)
    first, second = world.new_id(), world.new_id()
    clock.now -= 60
    assert first < second < world.new_id()


def test_an_id_holds_its_moment(clock: Clock) -> None:
    assert snowflake_time(World(clock).new_id()) == clock.now


def test_guilds_get_milliseconds_of_their_own(clock: Clock) -> None:
    world = World(clock)
    guilds = [world.new_guild_id() for _ in range(3)]
    assert len({guild >> 22 for guild in guilds}) == 3


def test_a_dm_is_opened_once(clock: Clock) -> None:
    world = World(clock)
    alice = world.add_user("alice", "Alice")
    assert world.dm(alice) is world.dm(alice)
    assert world.dm(alice) is not world.dm(world.owner)


def test_a_channel_takes_its_threads_with_it(clock: Clock) -> None:
    world = World(clock)
    channel, other = Channel(1, "general"), Channel(2, "other")
    for place in (channel, other, Channel(3, "thread", 11, parent=channel)):
        world.add_channel(place)
    world.remove_channel(channel)
    assert list(world.channels) == [2]
