import json
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.model_server import ModelServer, Reply
from bot.sandbox.wire_log import KEPT, SHOWN, WireLog
from tests.sandbox import plain_client

TOKEN = "a-secret-token"


class Room:
    def __init__(self, discord: DiscordServer, model: ModelServer, client: httpx.AsyncClient):
        self.discord, self.model, self.client = discord, model, client
        self.log = WireLog(discord, model, lambda: 1_800_000_000.25)

    def payload(self, body: object, *, is_from_bot: bool = False) -> None:
        for hook in self.discord.gateway.on_payload:
            hook(json.dumps(body).encode(), is_from_bot=is_from_bot)


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with DiscordServer() as discord, ModelServer() as model, plain_client() as client:
        yield Room(discord, model, client)


async def test_no_token_is_shown_wherever_it_stands(room: Room) -> None:
    address = f"{room.discord.api_url}/interactions/12/{TOKEN}/callback"
    headers = {"Authorization": f"Bot {TOKEN}"}
    await room.client.post(address, json={"type": 5, "data": {"token": TOKEN}}, headers=headers)
    room.payload({"op": 2, "d": {"token": TOKEN}}, is_from_bot=True)
    room.payload({"op": 0, "t": "INTERACTION_CREATE", "d": {"deep": [{"Token": TOKEN}]}})
    keyed = {"Authorization": f"Bearer {TOKEN}"}
    room.model.open_reply = Reply(chunks=["so ", "blue"])
    asked = {"model": "m", "messages": [{"role": "user", "content": "why?"}]}
    await room.client.post(f"{room.model.base_url}/chat/completions", json=asked, headers=keyed)
    seen = room.log.after(0)
    assert TOKEN not in json.dumps(seen)
    assert [(e["side"], e["from"], e["title"]) for e in seen["entries"]] == [
        ("rest", "bot", "POST /interactions/12/***/callback"),
        ("gateway", "bot", "IDENTIFY"),
        ("gateway", "discord", "INTERACTION_CREATE"),
        ("model", "bot", "POST /v1/chat/completions"),
    ]
    last = seen["entries"][-1]
    assert (last["status"], json.loads(last["got"])) == (200, ["so ", "blue"])
    assert json.loads(last["sent"])["messages"][0]["content"] == "why?"
    assert last["at"] == "2027-01-15T08:00:00.250Z"


async def test_only_what_is_new_is_told_and_the_oldest_is_forgotten(room: Room) -> None:
    for number in range(KEPT + 3):
        room.payload({"op": 0, "t": f"EVENT_{number}"})
    room.payload({"op": 1, "d": None}, is_from_bot=True)
    everything = room.log.after(0)
    assert (len(everything["entries"]), everything["entries"][0]["id"]) == (KEPT, 4)
    assert room.log.after(everything["last"]) == {"last": KEPT + 3, "entries": []}
    room.payload({"op": 0, "t": "LATER", "d": "x" * SHOWN})
    (later,) = room.log.after(everything["last"])["entries"]
    assert (later["title"], len(later["sent"])) == ("LATER", SHOWN + 1)


async def test_what_was_used_is_named_where_it_is_told_and_where_it_is_answered(
    room: Room,
) -> None:
    add = {"name": "add", "type": 1, "options": [{"name": "when", "type": 3, "value": "9"}]}
    digest = {"name": "digest", "type": 1, "options": [add]}
    used = [
        (2, digest, "/digest add"),
        (2, {"name": "Summarize", "type": 3}, "Summarize"),
        (4, digest, "/digest add"),
        (3, {"custom_id": "a", "component_type": 2}, "button"),
        (3, {"custom_id": "a", "component_type": 3}, "select menu"),
        (5, {"custom_id": "a"}, "form"),
    ]
    for kind, data, name in used:
        body = {"type": kind, "token": f"{TOKEN}{kind}{name}".replace("/", ""), "data": data}
        room.payload({"op": 0, "t": "INTERACTION_CREATE", "d": body})
        address = f"{room.discord.api_url}/interactions/12/{body['token']}/callback"
        await room.client.post(address, json={"type": 5})
        told, answered = room.log.after(0)["entries"][-2:]
        assert (told["of"], told["is_autocomplete"]) == (name, kind == 4)
        assert (answered["of"], answered["is_autocomplete"]) == (name, kind == 4)
    address = f"{room.discord.api_url}/webhooks/1/unknown/messages/@original"
    await room.client.patch(address, json={})
    assert room.log.after(0)["entries"][-1]["of"] == ""


async def test_bodies_that_are_no_json_are_left_out(room: Room) -> None:
    address = f"{room.discord.api_url}/oauth2/token"
    await room.client.post(address, data={"client_secret": TOKEN})
    (entry,) = room.log.after(0)["entries"]
    assert entry["sent"] == ""
