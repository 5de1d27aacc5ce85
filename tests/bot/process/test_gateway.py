"""Events that arrive together, and what runs between them."""

from __future__ import annotations

import asyncio
import json
from itertools import count

import discord
import pytest
from aiohttp import ClientSession, WSCloseCode, web
from aiohttp.test_utils import TestServer
from discord.gateway import DiscordWebSocket

from bot.process.gateway import (
    AT_A_STRETCH_S,
    GatewaySocket,
    leave_out_edits_by_bots,
    read_json,
)
from tests.rows import each

EVENTS = 30


class Timed(GatewaySocket):
    """A socket whose clock goes on by a third of a stretch at each look."""

    clock = (n * AT_A_STRETCH_S / 3 for n in count()).__next__


async def burst(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    for n in range(EVENTS):
        await socket.send_str(str(n))
    await socket.receive()
    return socket


async def test_other_tasks_run_between_the_events_of_a_burst() -> None:
    app, turns = web.Application(), 0
    app.router.add_get("/", burst)

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with (
        TestServer(app) as server,
        ClientSession(ws_response_class=Timed) as session,
        session.ws_connect(server.make_url("/")) as socket,
    ):
        while len(socket._reader._buffer) < EVENTS:  # noqa: ASYNC110 - aiohttp has no event for it
            await asyncio.sleep(0)
        task = asyncio.create_task(other())
        handled = [(await socket.receive()).data for _ in range(EVENTS)]
        task.cancel()
    assert handled == [str(n) for n in range(EVENTS)]
    assert EVENTS / 4 <= turns < EVENTS


async def quiet(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    await socket.send_str("one")
    await socket.receive()
    return socket


async def test_a_socket_that_says_nothing_more_is_a_timeout() -> None:
    app = web.Application()
    app.router.add_get("/", quiet)
    async with (
        TestServer(app) as server,
        ClientSession(ws_response_class=GatewaySocket) as session,
        session.ws_connect(server.make_url("/")) as socket,
    ):
        assert (await socket.receive(timeout=60.0)).data == "one"
        with pytest.raises(TimeoutError):
            await socket.receive(timeout=0.01)
        assert socket.close_code == WSCloseCode.ABNORMAL_CLOSURE


@each("code", [4004, 4014])
async def test_a_refusal_for_good_is_seen_though_it_is_read_after_the_connection_has_ended(
    code: int,
) -> None:
    async def refuse(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(timeout=0.0)  # like Discord, it waits for no answer
        await socket.prepare(request)
        await socket.send_str('{"op": 11, "d": null, "s": null, "t": null}')
        await socket.close(code=code)
        return socket

    app = web.Application()
    app.router.add_get("/", refuse)
    async with (
        TestServer(app) as server,
        ClientSession(ws_response_class=GatewaySocket) as session,
        session.ws_connect(server.make_url("/"), autoclose=False) as socket,
    ):
        while not socket._writer.transport.is_closing():  # noqa: ASYNC110 - the same
            await asyncio.sleep(0)
        shard = DiscordWebSocket(socket, loop=asyncio.get_running_loop())
        shard.shard_id, shard._max_heartbeat_timeout = 0, 60.0
        await shard.poll_event()
        with pytest.raises(discord.ConnectionClosed) as closed:
            await shard.poll_event()
    assert closed.value.code == code


def test_edits_by_bots_are_left_out_and_no_others() -> None:
    read: list[object] = []
    parsers = {"MESSAGE_UPDATE": read.append, "MESSAGE_CREATE": read.append}
    leave_out_edits_by_bots(parsers)
    by_bot, by_person, unsigned = {"author": {"bot": True}}, {"author": {"id": "1"}}, {"id": "2"}
    for edit in (by_bot, by_person, unsigned):
        parsers["MESSAGE_UPDATE"](edit)
    parsers["MESSAGE_CREATE"](by_bot)
    assert read == [by_person, unsigned, by_bot]


@each(
    "text, value",
    [
        ('{"d":{"id":"1","n":18446744073709551616}}', {"d": {"id": "1", "n": 2**64}}),
        (b"[1.5,null]", [1.5, None]),
        ('"\\ud800"', "\ud800"),
    ],
)
def test_json_is_read_as_by_the_standard_library(text: str | bytes, value: object) -> None:
    assert read_json(text) == json.loads(text) == value


def test_what_is_no_json_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        read_json("{")
