from typing import Any

import httpx
import pytest

from tests.bot.sandbox.discord_server.conftest import Kitchen


def command(**fields: Any) -> dict[str, Any]:
    return {"name": "ask", "description": "Ask"} | fields


def option(**fields: Any) -> dict[str, Any]:
    return {"type": 3, "name": "prompt", "description": "What?"} | fields


def address(kitchen: Kitchen, guild: bool = False) -> str:
    place = f"/applications/{kitchen.server.application_id}"
    return place + (f"/guilds/{kitchen.guild.id}/commands" if guild else "/commands")


GROUP = option(type=2, options=[option(type=2)])
REFUSED = [
    (command(name="Ask"), "0.name"),
    (command(name="a b"), "0.name"),
    (command(name="x" * 33), "0.name"),
    (command(description=""), "0.description"),
    (command(description="x" * 101), "0.description"),
    (command(options=[option()] * 2), "0.options.1.name"),
    (command(options=[option(name=str(n)) for n in range(26)]), "0.options"),
    (command(options=[option(name="a"), option(name="b", required=True)]), "0.options.1"),
    (command(options=[option(type=12)]), "0.options.0"),
    (command(options=[option(choices=[{"name": "", "value": "x"}])]), "0.options.0.choices.0.name"),
    (
        command(options=[option(autocomplete=True, choices=[{"name": "x", "value": "x"}])]),
        "0.options.0.autocomplete",
    ),
    (command(options=[GROUP]), "0.options.0.options.0.type"),
    (command(type=3, name="Ask about this"), "0.description"),
    (
        command(
            options=[
                option(
                    name=f"o{n}",
                    choices=[{"name": "x" * 90 + str(c), "value": "y" * 90} for c in range(20)],
                )
                for n in range(3)
            ]
        ),
        "0",
    ),
]


@pytest.mark.parametrize(("body", "path"), REFUSED)
async def test_a_command_over_a_limit_is_refused(
    kitchen: Kitchen, http: httpx.AsyncClient, body: dict[str, Any], path: str
) -> None:
    answer = await http.put(address(kitchen), json=[body])
    assert (answer.status_code, answer.json()["code"]) == (400, 50035)
    node = answer.json()["errors"]
    for part in path.split("."):
        node = node[part]
    assert node
    assert kitchen.server.commands == []


async def test_commands_keep_their_ids_over_a_bulk_overwrite(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    bodies = [command(), command(name="über"), command(name="Ask", type=3, description="")]
    first = (await http.put(address(kitchen), json=bodies)).json()
    second = (await http.put(address(kitchen), json=[command(description="New")])).json()
    assert [c["name"] for c in first] == ["ask", "über", "Ask"]
    assert second[0]["id"] == first[0]["id"]
    assert second[0]["version"] != first[0]["version"]
    assert kitchen.server.commands == second


async def test_an_unchanged_command_keeps_its_version(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    first = (await http.put(address(kitchen), json=[command()])).json()
    assert (await http.put(address(kitchen), json=[command()])).json() == first


async def test_a_command_is_created_changed_and_deleted(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    for guild in (False, True):
        made = await http.post(address(kitchen, guild), json=command())
        assert made.status_code == 201
        assert (await http.post(address(kitchen, guild), json=command())).status_code == 200
        one = f"{address(kitchen, guild)}/{made.json()['id']}"
        changed = await http.patch(one, json={"description": "New"})
        assert changed.json()["description"] == "New"
        assert (await http.get(one)).json() == changed.json()
        assert (await http.delete(one)).status_code == 204
        assert (await http.get(one)).json()["code"] == 10063


async def test_a_hundred_commands_is_the_most(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    bodies = [command(name=f"ask{number}") for number in range(101)]
    assert (await http.put(address(kitchen), json=bodies)).json()["code"] == 30032
    assert (await http.put(address(kitchen), json=bodies[1:])).status_code == 200


async def test_two_hundred_creations_a_day_are_the_most(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    for batch in range(2):
        bodies = [command(name=f"ask{batch}-{number}") for number in range(100)]
        assert (await http.put(address(kitchen), json=bodies)).status_code == 200
    assert (await http.post(address(kitchen), json=command())).json()["code"] == 30032
    await http.put(address(kitchen), json=[])
    assert (await http.post(address(kitchen), json=command())).json()["code"] == 30034
