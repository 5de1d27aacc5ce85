from typing import Any

import pytest

from bot.command_sync import allowed, to_register
from tests.e2e.world import World

ASK: dict[str, Any] = {
    "type": 1,
    "name": "ask",
    "description": "Ask",
    "options": [],
    "integration_types": [0, 1],
    "contexts": [0, 1, 2],
}
STORED = ASK | {"id": "1", "application_id": "9", "version": "3", "nsfw": False}
LAUNCH: dict[str, Any] = {
    "type": 4,
    "name": "launch",
    "description": "",
    "handler": 2,
    "integration_types": [0, 1],
    "contexts": [0, 1, 2],
}
STORED_LAUNCH = LAUNCH | {"id": "2", "application_id": "9", "version": "4"}


def test_nothing_is_registered_where_discord_has_exactly_ours() -> None:
    assert to_register([ASK], [STORED]) is None
    assert to_register([ASK], [STORED, STORED_LAUNCH]) is None
    assert to_register([], [STORED_LAUNCH]) is None


@pytest.mark.parametrize(
    "have",
    [
        [],
        [STORED | {"description": "Old"}],
        [STORED | {"integration_types": [0]}],
        [STORED | {"contexts": [0, 1]}],
        [STORED, {"type": 1, "name": "launch", "id": "5"}],
        [STORED, {"type": 2, "name": "left over", "id": "5"}],
    ],
)
def test_others_are_replaced_by_ours_and_the_entry_point_is_kept(have: list[Any]) -> None:
    assert to_register([ASK], have) == [ASK]
    assert to_register([ASK], [*have, STORED_LAUNCH]) == [ASK, LAUNCH | {"id": "2"}]


def test_what_the_portal_does_not_allow_is_not_registered() -> None:
    in_servers = ASK | {"name": "settings", "integration_types": [0], "contexts": [0]}
    ours = [ASK, in_servers]
    assert allowed(ours, {0, 1}) == allowed(ours, ()) == ours
    assert allowed(ours, {0}) == [
        ASK | {"integration_types": [0], "contexts": [0, 1]},
        in_servers,
    ]
    assert allowed(ours, {1}) == [ASK | {"integration_types": [1]}]


async def test_a_portal_that_allows_only_servers_gets_commands_for_servers() -> None:
    world = World()
    world.discord.installs = (0,)
    async with world:
        types = [command["integration_types"] for command in world.discord.commands]
        assert types
        assert all(kinds == [0] for kinds in types)


async def test_discord_takes_our_commands_beside_an_entry_point_and_keeps_it() -> None:
    async with World() as world:
        store = world.discord.core.commands
        launch, _ = store.create(None, LAUNCH)
        store.create(None, {"type": 1, "name": "old", "description": "Left over"})
        ours = [c for c in world.discord.commands if c["name"] not in ("launch", "old")]
        await world.bot._sync()
        assert {c["name"] for c in world.discord.commands} == {c["name"] for c in ours} | {"launch"}
        assert next(c for c in world.discord.commands if c["type"] == 4) == launch
        puts = [r for r in world.discord.requests if r.method == "PUT"]
        await world.bot._sync()
        assert [r for r in world.discord.requests if r.method == "PUT"] == puts
