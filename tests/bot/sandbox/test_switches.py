from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.sandbox.discord_server import Channel, DiscordServer
from bot.sandbox.model_server import ModelServer, Reply
from bot.sandbox.switches import SLOW_DELAY_S, SWITCHES, Switches
from tests.sandbox import plain_client

ASKED = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "stream": True}


class Room:
    def __init__(self, discord: DiscordServer, model: ModelServer, client: httpx.AsyncClient):
        self.discord, self.model, self._client = discord, model, client
        self.channel: Channel = discord.add_channel(discord.add_guild("kitchen"), "general")
        self.switches = Switches(discord, model)
        model.open_reply = Reply(chunks=["one ", "two ", "three ", "four"])

    def on(self) -> list[str]:
        return [switch["name"] for switch in self.switches.all() if switch["on"]]

    async def ask(self) -> httpx.Response:
        return await self._client.post(f"{self.model.base_url}/chat/completions", json=ASKED)

    async def write(self, content: str) -> httpx.Response:
        address = f"{self.discord.api_url}/channels/{self.channel.id}/messages"
        headers = {"Authorization": f"Bot {self.discord.token}"}
        return await self._client.post(address, json={"content": content}, headers=headers)


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with DiscordServer() as discord, ModelServer() as model, plain_client() as client:
        yield Room(discord, model, client)


@pytest.mark.parametrize(("name", "status"), [("model_429", 429), ("model_down", 503)])
async def test_a_model_refuses_until_it_is_switched_off(room: Room, name: str, status: int) -> None:
    await room.switches.switch(name, on=True)
    assert [(await room.ask()).status_code for _ in range(2)] == [status, status]
    assert room.on() == [name]
    await room.switches.switch(name, on=False)
    assert "four" in (await room.ask()).text
    assert room.on() == []


async def test_a_model_that_is_down_has_no_models(room: Room) -> None:
    await room.switches.switch("model_down", on=True)
    async with plain_client(base_url=room.model.base_url) as client:
        assert (await client.get("/models")).status_code == 503


async def test_a_model_is_cut_off_after_some_words(room: Room) -> None:
    await room.switches.switch("model_cut", on=True)
    with pytest.raises(httpx.TransportError):
        await room.ask()
    assert room.model.log[-1].said == ["one ", "two "]


async def test_a_slow_model_begins_late_and_pauses(room: Room) -> None:
    await room.switches.switch("model_slow", on=True)
    slow = room.model.alter(Reply(chunks=["a"]))
    assert slow.delay_s == SLOW_DELAY_S
    assert slow.first_byte is not None
    assert not slow.first_byte.is_set()


@pytest.mark.parametrize(("name", "status"), [("discord_429", 429), ("discord_5xx", 503)])
async def test_discord_refuses_messages_until_it_is_switched_off(
    room: Room, name: str, status: int
) -> None:
    await room.switches.switch(name, on=True)
    assert [(await room.write("hi")).status_code for _ in range(2)] == [status, status]
    await room.switches.switch(name, on=False)
    assert (await room.write("hi")).status_code == 200
    assert len(room.discord.messages(room.channel)) == 1


async def test_one_reply_of_discord_is_lost_though_the_message_is_there(room: Room) -> None:
    for text in ("first", "second"):
        await room.switches.switch("discord_lost_reply", on=True)
        assert room.on() == ["discord_lost_reply"]
        with pytest.raises(httpx.TransportError):
            await room.write(text)
        assert room.on() == []
    shown: Any = [message.content for message in room.discord.messages(room.channel)]
    assert shown == ["first", "second"]


async def test_the_gateway_is_dropped_each_time(room: Room) -> None:
    dropped: list[int] = []
    room.discord.drop_gateway = lambda code=4000: _noted(dropped, code)
    await room.switches.switch("gateway_drop", on=True)
    assert dropped == [4000]
    assert room.on() == []


async def _noted(dropped: list[int], code: int) -> None:
    dropped.append(code)


async def test_an_unknown_fault_is_refused(room: Room) -> None:
    with pytest.raises(LookupError):
        await room.switches.switch("earthquake", on=True)
    assert {switch.group for switch in SWITCHES} == {"model", "discord"}
