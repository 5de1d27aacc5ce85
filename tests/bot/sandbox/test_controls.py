import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.sandbox import controls as module
from bot.sandbox.clock import SandboxClock
from bot.sandbox.controls import NO_MOVE, NOTHING_DUE, Controls
from bot.sandbox.discord_server import Channel, DiscordServer
from bot.sandbox.due import Due
from bot.sandbox.model_server import ModelServer
from bot.sandbox.page_server import PageServer
from tests.bot.sandbox.test_page_server import decoded
from tests.sandbox import plain_client


class Process:
    def __init__(self) -> None:
        self.done: list[str] = []

    def plug(self) -> None:
        if self.done:
            raise ValueError("The bot is not running at the moment.")
        self.done.append("plugged")

    def follow_clock(self) -> None:
        self.done.append("followed")

    def state(self) -> Any:
        return {"state": "running", "reason": "", "again_in_s": None}


class Room:
    """The panels of a page, over HTTP."""

    def __init__(self, discord: DiscordServer, model: ModelServer) -> None:
        self.discord, self.clock, self.process = discord, SandboxClock(), Process()
        guild = discord.add_guild("kitchen")
        self.channel: Channel = discord.add_channel(guild, "general")
        self.you = discord.add_user("you")
        discord.add_member(guild, self.you)
        self.next: Due | None = None
        chips = [{"name": "ask"}]
        self.controls = Controls(discord, model, self.clock, self.process, lambda: self.next, chips)
        self.page = PageServer(discord, user=self.you, banner="", controls=self.controls)
        self.client = plain_client(timeout=10)

    async def post(self, route: str, /, **body: Any) -> Any:
        return (await self.client.post(f"/api/{route}", json=body)).json()


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with DiscordServer() as discord, ModelServer() as model:
        room = Room(discord, model)
        room.client.base_url = httpx.URL(await room.page.start(port=0))
        yield room
        await room.client.aclose()
        await room.page.aclose()


async def test_a_page_gets_the_state_of_every_panel_and_their_changes(room: Room) -> None:
    async with room.client.stream("GET", "/api/events") as response:
        events = decoded(response.aiter_lines())
        state = await anext(events)
        assert state["bot_state"] == {"state": "running", "reason": "", "again_in_s": None}
        assert state["chips"] == [{"name": "ask"}]
        assert (state["clock"]["ahead_s"], state["clock"]["next"]) == (0.0, None)
        assert {fault["on"] for fault in state["faults"]} == {False}
        assert [person["role"] for person in state["people"]] == ["owner", "member"]
        assert state["permissions"][0]["channel"] == str(room.channel.id)
        said = await room.post("faults", name="model_down", on=True)
        event = await anext(events)
        assert event == {"type": "faults", **said}
        assert [fault["name"] for fault in said["faults"] if fault["on"]] == ["model_down"]
        asked = {"channel": str(room.channel.id), "who": "bot", "permission": "send_messages"}
        assert await room.post("permissions", **asked, allow=False) == {}
        event = await anext(events)
        assert event["type"] == "places"
        assert not event["permissions"][0]["bot"]["send_messages"]
        moved = await room.post("clock", by=3600)
        event = await anext(events)
        assert event | {"now": moved["now"]} == {"type": "clock", **moved}  # it goes on
    assert (await room.client.get("/api/faults")).json() == said
    assert room.process.done == ["followed"]


async def test_the_clock_is_moved_to_what_is_due_next(room: Room) -> None:
    assert await room.post("clock", to="next") == {"error": NOTHING_DUE}
    assert await room.post("clock") == {"error": NO_MOVE}
    assert "error" in await room.post("clock", by=-1)
    assert "error" in await room.post("clock", to="tomorrow", zone="Moon/Base")
    room.next = Due("reminder", time.time() + 500)
    moved = await room.post("clock", to="next")
    assert moved["next"]["what"] == "reminder"
    assert abs(moved["ahead_s"] - 500) < 2
    assert (await room.post("clock", to="next"))["ahead_s"] == pytest.approx(500, abs=2)
    tomorrow = await room.post("clock", to="tomorrow")
    assert tomorrow["now"][10:16] == "T09:00"


async def test_the_time_outs_of_members_end_by_this_clock(room: Room) -> None:
    assert room.channel.guild is not None
    async with room.client.stream("GET", "/api/events") as response:
        events = decoded(response.aiter_lines())
        await anext(events)
        room.discord.time_out(room.channel.guild, room.you, time.time() - 1)
        assert (await anext(events))["people"][-1]["role"] == "muted"
        assert "error" in await room.post("post", channel=str(room.channel.id), content="hi")
        await room.post("clock", by=1)
        assert (await anext(events))["people"][-1]["role"] == "member"
    assert await room.post("post", channel=str(room.channel.id), content="hi") == {}


async def test_the_plug_is_pulled_once(room: Room) -> None:
    assert await room.post("plug") == {}
    assert await room.post("plug") == {"error": "The bot is not running at the moment."}


async def test_what_cannot_be_switched_is_refused(room: Room) -> None:
    asked = {"channel": "1", "who": "bot", "permission": "send_messages", "allow": True}
    assert await room.post("permissions", **asked) == {"error": "This channel no longer exists."}
    assert await room.post("faults", name="x", on=True) == {"error": "There is no such fault."}
    wrong = await room.client.post("/api/permissions", json={**asked, "who": "nobody"})
    assert wrong.status_code == 400


async def test_the_wire_log_is_read_from_where_one_has_read_to(room: Room) -> None:
    await room.client.get(f"{room.discord.api_url}/users/@me")
    seen = (await room.client.get("/api/wire")).json()
    assert [entry["title"] for entry in seen["entries"]] == ["GET /users/@me"]
    again = (await room.client.get("/api/wire", params={"after": seen["last"]})).json()
    assert again == {"last": seen["last"], "entries": []}


async def test_a_page_is_told_when_something_else_is_due(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.0)
    async with room.client.stream("GET", "/api/events") as response:
        events = decoded(response.aiter_lines())
        await anext(events)
        watching = asyncio.create_task(room.controls.watch())
        room.next = Due("digest", 1_800_000_000.0)
        event = await anext(events)
        watching.cancel()
    assert event["next"] == {"at": "2027-01-15T08:00:00.000Z", "what": "digest"}
