import httpx
import pytest

from bot.sandbox.discord_server.rules.intents import GUILD_MEMBERS, MESSAGE_CONTENT
from tests.bot.sandbox.discord_server.conftest import Kitchen


@pytest.mark.parametrize(
    ("intents", "flags"), [(0, 0), (MESSAGE_CONTENT, 1 << 19), (GUILD_MEMBERS, 1 << 15)]
)
async def test_the_flags_show_the_intents_of_the_portal(
    kitchen: Kitchen, http: httpx.AsyncClient, intents: int, flags: int
) -> None:
    kitchen.server.privileged_intents = intents
    body = (await http.get("/applications/@me")).json()
    assert (body["flags"], body["flags_new"]) == (flags, str(flags))
    assert body["id"] == body["bot"]["id"] == str(kitchen.server.application_id)


async def test_the_gateway_says_how_many_sessions_are_left(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    kitchen.server.shards, kitchen.server.identifies = 2, 3
    body = (await http.get("/gateway/bot")).json()
    assert (body["url"], body["shards"]) == (kitchen.server.gateway_url, 2)
    assert body["session_start_limit"]["remaining"] == 997


async def test_commands_of_another_application_or_guild_are_out_of_reach(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    own = f"/applications/{kitchen.server.application_id}"
    elsewhere = kitchen.server.add_guild("Elsewhere", has_bot=False)
    paths = ["/applications/1/commands", f"{own}/guilds/{elsewhere.id}/commands"]
    assert [(await http.get(path)).json()["code"] for path in paths] == [10002, 50001]


async def test_a_new_command_is_201_and_shown_to_open_pages(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    pages = kitchen.server.subscribe()
    address = f"/applications/{kitchen.server.application_id}/commands"
    body = {"name": "ask", "description": "Ask"}
    assert [(await http.post(address, json=body)).status_code for _ in range(2)] == [201, 200]
    event = await anext(pages)
    assert [command["name"] for command in event["commands"]] == ["ask"]
