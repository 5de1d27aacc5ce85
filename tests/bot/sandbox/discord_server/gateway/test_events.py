from typing import Any

import pytest

from bot.sandbox.discord_server.gateway.events import members_chunk_json, ready_json
from bot.sandbox.discord_server.world.places import Places
from bot.sandbox.discord_server.world.world import World
from tests.bot.sandbox.discord_server.conftest import Clock


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"query": "AL"}, ["alice", "alan"]),
        ({"query": "", "user_ids": "{alan}"}, ["alan"]),
        ({"user_ids": ["{alice}", "{bob}"]}, ["alice", "bob"]),
        ({"query": "b", "user_ids": ["{alice}", "{bob}"]}, ["bob"]),
    ],
)
def test_members_are_found_by_ids_and_by_the_start_of_a_name(
    clock: Clock, asked: dict[str, Any], names: list[str]
) -> None:
    places = Places(World(clock))
    guild = places.add_guild("Kitchen")
    users = {name: places.add_user(name) for name in ("alice", "alan", "bob")}
    for user in users.values():
        places.add_member(guild, user)
    ids = {name: user.id for name, user in users.items()}
    wanted = asked.get("user_ids")
    if isinstance(wanted, str):
        asked = asked | {"user_ids": wanted.format(**ids)}
    elif wanted:
        asked = asked | {"user_ids": [one.format(**ids) for one in wanted]}
    found = members_chunk_json(guild, asked | {"nonce": "n"})
    assert [member["user"]["username"] for member in found["members"]] == names
    assert (found["guild_id"], found["nonce"]) == (str(guild.id), "n")


def test_ready_lists_guilds_as_unavailable(clock: Clock) -> None:
    world = World(clock)
    guild = Places(world).add_guild("Kitchen")
    ready = ready_json(world.bot, [guild])
    assert ready["guilds"] == [{"id": str(guild.id), "unavailable": True}]
    assert ready["application"]["id"] == ready["user"]["id"] == str(world.bot.id)
