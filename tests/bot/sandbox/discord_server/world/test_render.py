from bot.sandbox.discord_server.world.places import Places
from bot.sandbox.discord_server.world.render import channel_json, guild_create_json
from bot.sandbox.discord_server.world.world import World
from tests.bot.sandbox.discord_server.conftest import Clock


def test_a_new_guild_lists_only_the_threads_that_the_bot_can_use(clock: Clock) -> None:
    world = World(clock)
    places = Places(world)
    guild = places.add_guild("Kitchen")
    parent = places.add_channel(guild, "general")
    thread = places.add_channel(guild, "open", 11, parent)
    thread.thread_members[world.bot.id] = clock.now
    places.add_channel(guild, "old", 11, parent).archived = True
    places.add_channel(guild, "private", 12, parent)
    body = guild_create_json(guild, world.bot)
    assert [channel["name"] for channel in body["channels"]] == ["general"]
    assert [thread["name"] for thread in body["threads"]] == ["open"]
    assert body["threads"][0]["member"]["user_id"] == str(world.bot.id)
    assert body["member_count"] == 2


def test_a_dm_has_recipients_and_a_viewer_gets_permissions(clock: Clock) -> None:
    world = World(clock)
    alice = world.add_user("alice", "Alice")
    body = channel_json(world.dm(alice), alice)
    assert [user["username"] for user in body["recipients"]] == ["alice"]
    assert int(body["permissions"]) > 0
    assert "permissions" not in channel_json(world.dm(alice))
