import httpx
import pytest

from bot.sandbox.discord_server.rules import permissions as p
from tests.bot.sandbox.discord_server.conftest import Kitchen


@pytest.fixture
def manager(kitchen: Kitchen) -> None:
    member = kitchen.guild.members[kitchen.server.bot_user.id]
    member.roles[0].permissions |= p.MANAGE_CHANNELS | p.MANAGE_ROLES


@pytest.mark.usefixtures("manager")
async def test_a_channel_is_made_changed_and_deleted(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    overwrite = {"id": str(kitchen.alice.id), "type": 1, "allow": "0", "deny": "1024"}
    body = {"name": "recipes", "topic": "soup", "permission_overwrites": [overwrite]}
    made = await http.post(f"/guilds/{kitchen.guild.id}/channels", json=body)
    address = f"/channels/{made.json()['id']}"
    assert made.status_code == 201
    assert made.json()["permission_overwrites"] == [overwrite]
    changed = await http.patch(address, json={"topic": "cake"})
    assert (changed.json()["name"], changed.json()["topic"]) == ("recipes", "cake")
    assert (await http.delete(f"{address}/permissions/{kitchen.alice.id}")).status_code == 204
    assert (await http.get(address)).json()["permission_overwrites"] == []
    assert (await http.delete(address)).status_code == 200
    assert (await http.get(address)).json()["code"] == 10003


async def test_without_the_permission_nothing_is_changed(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    address = f"/channels/{kitchen.channel.id}"
    answers = [
        await http.patch(address, json={"name": "mine"}),
        await http.delete(address),
        await http.put(f"{address}/permissions/{kitchen.alice.id}", json={"type": 1}),
        await http.post(f"/guilds/{kitchen.guild.id}/channels", json={"name": "x"}),
    ]
    assert [answer.json()["code"] for answer in answers] == [50013] * 4
    assert kitchen.channel.name == "general"


@pytest.mark.parametrize("name", ["", "x" * 101])
async def test_a_name_has_one_to_a_hundred_characters(
    kitchen: Kitchen, http: httpx.AsyncClient, name: str
) -> None:
    address = f"/channels/{kitchen.channel.id}/threads"
    answer = await http.post(address, json={"name": name, "type": 11})
    assert answer.json()["code"] == 50035


async def test_a_message_takes_one_thread(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    message = await kitchen.server.post(kitchen.alice, kitchen.channel, "soup?")
    address = f"/channels/{kitchen.channel.id}/messages/{message.id}/threads"
    made = await http.post(address, json={"name": "soup"})
    assert (made.status_code, made.json()["id"]) == (201, str(message.id))
    assert (await http.post(address, json={"name": "cake"})).json()["code"] == 160004


async def test_an_archived_thread_is_listed_apart_and_takes_no_members(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    channel = f"/channels/{kitchen.channel.id}"
    made = await http.post(f"{channel}/threads", json={"name": "soup", "type": 11})
    thread = f"/channels/{made.json()['id']}"
    await http.patch(thread, json={"archived": True})
    active = (await http.get(f"/guilds/{kitchen.guild.id}/threads/active")).json()
    archived = (await http.get(f"{channel}/threads/archived/public")).json()
    assert active["threads"] == []
    assert [one["name"] for one in archived["threads"]] == ["soup"]
    joined = await http.put(f"{thread}/thread-members/@me")
    assert joined.json()["code"] == 50083


async def test_nobody_opens_a_dm_with_the_bot_itself(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    body = {"recipient_id": str(kitchen.server.bot_user.id)}
    assert (await http.post("/users/@me/channels", json=body)).json()["code"] == 50033
