import httpx
import pytest

from bot.sandbox.discord_server import DiscordServer, Interaction
from bot.sandbox.discord_server.world.feed import Event
from tests.bot.sandbox.discord_server.conftest import Clock, Kitchen


async def waiting(kitchen: Kitchen, http: httpx.AsyncClient) -> Interaction:
    """Return an interaction that no bot has answered yet."""
    server = kitchen.server
    body = {"name": "ask", "description": "Ask"}
    address = f"/applications/{server.application_id}/commands"
    (await http.post(address, json=body)).raise_for_status()
    return await server.slash(kitchen.alice, kitchen.channel, "ask")


def callback(it: Interaction) -> str:
    return f"/interactions/{it.id}/{it.token}/callback"


def webhook(server: DiscordServer, it: Interaction) -> str:
    return f"/webhooks/{server.application_id}/{it.token}"


def told(response: httpx.Response) -> tuple[int, int]:
    return response.status_code, response.json()["code"]


async def test_an_interaction_takes_one_response(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    it = await waiting(kitchen, http)
    body = {"type": 4, "data": {"content": "hi"}}
    assert (await http.post(callback(it), json=body)).status_code == 204
    assert told(await http.post(callback(it), json=body)) == (400, 40060)


async def test_with_response_returns_the_message(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    it = await waiting(kitchen, http)
    body = {"type": 4, "data": {"content": "hi"}}
    answer = (await http.post(callback(it) + "?with_response=1", json=body)).json()
    assert answer["resource"]["message"]["content"] == "hi"
    assert answer["interaction"]["response_message_id"] == str(it.messages[0].id)


async def test_an_unknown_interaction_is_10062(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    assert told(await http.post("/interactions/1/x/callback", json={"type": 5})) == (404, 10062)


async def test_a_webhook_is_unknown_before_the_first_response(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    it = await waiting(kitchen, http)
    address = webhook(kitchen.server, it)
    assert told(await http.post(address, json={"content": "hi"})) == (404, 10015)


@pytest.mark.parametrize("kind", [1, 6, 7, 8])
async def test_a_command_cannot_be_answered_with_every_type(
    kitchen: Kitchen, http: httpx.AsyncClient, kind: int
) -> None:
    it = await waiting(kitchen, http)
    assert told(await http.post(callback(it), json={"type": kind})) == (400, 50035)
    assert it.state == "waiting"


async def test_the_token_dies_after_fifteen_minutes(
    timed: Kitchen, timed_http: httpx.AsyncClient, clock: Clock
) -> None:
    it = await waiting(timed, timed_http)
    await timed_http.post(callback(it), json={"type": 5})
    original = webhook(timed.server, it) + "/messages/@original"
    clock.now += 899
    assert (await timed_http.patch(original, json={"content": "late"})).status_code == 200
    clock.now += 1
    assert told(await timed_http.patch(original, json={"content": "later"})) == (401, 50027)


async def test_a_token_can_be_expired_at_will(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    it = await waiting(kitchen, http)
    await http.post(callback(it), json={"type": 5})
    it.expire()
    address = webhook(kitchen.server, it)
    assert told(await http.post(address, json={"content": "hi"})) == (401, 50027)


async def test_the_first_response_is_due_in_three_seconds(
    timed: Kitchen, timed_http: httpx.AsyncClient, clock: Clock
) -> None:
    it = await waiting(timed, timed_http)
    clock.now += 3.1
    assert told(await timed_http.post(callback(it), json={"type": 5})) == (404, 10062)
    assert it.state == "failed"


async def test_a_deleted_original_is_gone(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    it = await waiting(kitchen, http)
    await http.post(callback(it), json={"type": 4, "data": {"content": "hi"}})
    original = webhook(kitchen.server, it) + "/messages/@original"
    assert (await http.get(original)).json()["content"] == "hi"
    assert (await http.delete(original)).status_code == 204
    assert it.messages == []
    assert told(await http.patch(original, json={"content": "x"})) == (404, 10008)


async def test_a_guild_install_takes_more_than_five_followups(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    it = await waiting(kitchen, http)
    await http.post(callback(it), json={"type": 4, "data": {"content": "hi"}})
    address = webhook(kitchen.server, it)
    sent = [await http.post(address, json={"content": "more"}) for _ in range(6)]
    assert [answer.status_code for answer in sent] == [200] * 6


async def test_a_user_install_takes_five_followups_and_is_sent_to_the_first_shard(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    server = kitchen.server
    heard: list[Event] = []
    elsewhere = server.add_guild("Elsewhere", has_bot=False)
    room = server.add_channel(elsewhere, "room")
    server.add_member(elsewhere, kitchen.alice)
    command = {"name": "ask", "description": "Ask", "integration_types": [0, 1]}
    await http.post(f"/applications/{server.application_id}/commands", json=command)
    server.world.feed.dispatch = heard.append
    it = await server.slash(kitchen.alice, room, "ask")
    assert [(event.name, event.guild_id) for event in heard] == [("INTERACTION_CREATE", None)]
    await http.post(callback(it), json={"type": 4, "data": {"content": "hi"}})
    address = webhook(server, it)
    sent = [await http.post(address, json={"content": "more"}) for _ in range(6)]
    assert [answer.status_code for answer in sent] == [200] * 5 + [400]
    assert told(sent[-1]) == (400, 40094)
    refused = await http.post(f"/channels/{room.id}/messages", json={"content": "x"})
    assert told(refused) == (403, 50001)
