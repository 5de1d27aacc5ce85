"""Where a key could show: errors, tracebacks with their locals, logs at DEBUG."""

from __future__ import annotations

import asyncio
import logging
import socket
import traceback
from collections.abc import Awaitable, Callable

import pytest

from connectors import PROVIDERS, Connector, ConnectorError
from connectors.transport import Transport
from tests.connectors.local_server import Answer, Received, frame, head, serving, whole
from tests.connectors.replay import KEY, QUESTION, connected

ECHO = f'{{"error":{{"message":"Bad key {KEY}","code":"{KEY}","type":"{KEY}"}}}}'.encode()
pytestmark = pytest.mark.parametrize(
    "name", [name for name, row in PROVIDERS.items() if row.key_env]
)


async def drop(request: Received, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def cut(request: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(head(transfer_encoding="chunked") + frame(b"{"))
    await writer.drain()
    writer.close()


async def echo_in_stream(request: Received, writer: asyncio.StreamWriter) -> None:
    body = frame(b"data: " + ECHO + b"\n\n") + b"0\r\n\r\n"
    writer.write(head(kind="text/event-stream", transfer_encoding="chunked") + body)


async def hang(request: Received, writer: asyncio.StreamWriter) -> None:
    pass


async def use(connector: Connector) -> None:
    async for _ in connector.stream(QUESTION):
        pass


def everything_shown(error: BaseException) -> str:
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    parts = [*shown.format(), str(error), repr(error), repr(vars(error))]
    return "\n".join(parts)


ANSWERS = [
    whole(ECHO, 401, x_request_id=KEY),
    whole(ECHO),
    whole(b"{", 200),
    echo_in_stream,
    drop,
    cut,
]


@pytest.mark.parametrize(
    "call", [use, lambda connector: connector.chat(QUESTION)], ids=["stream", "chat"]
)
@pytest.mark.parametrize("answer", ANSWERS, ids=["401", "200", "nonsense", "event", "drop", "cut"])
async def test_no_error_log_or_traceback_shows_the_key(
    name: str,
    answer: Answer,
    call: Callable[[Connector], Awaitable[object]],
    caplog: pytest.LogCaptureFixture,
    transport: Transport,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving(answer) as server:
        connector = connected(PROVIDERS[name], transport, server.url)
        with pytest.raises(ConnectorError) as raised:
            await call(connector)
        shown = everything_shown(raised.value)
        await connector.aclose()
    header, before = PROVIDERS[name].key_header
    assert server.received[0].headers[header] == before + KEY
    assert KEY not in shown
    assert KEY not in caplog.text


async def test_a_refused_connection_does_not_show_the_key(
    name: str, caplog: pytest.LogCaptureFixture, transport: Transport
) -> None:
    caplog.set_level(logging.DEBUG)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        connector = connected(PROVIDERS[name], transport, url)
        with pytest.raises(ConnectorError) as raised:
            await connector.chat(QUESTION)
    assert KEY not in everything_shown(raised.value) + caplog.text
    assert "does not accept" in str(raised.value)


async def test_a_cancelled_request_does_not_show_the_key(name: str, transport: Transport) -> None:
    async with serving(hang) as server:
        connector = connected(PROVIDERS[name], transport, server.url)
        task = asyncio.create_task(use(connector))
        await server.has_received.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as raised:
            await task
        shown = everything_shown(raised.value)
        await server.until_empty()
    assert KEY not in shown


async def test_the_prompt_is_not_in_the_text_of_an_error(name: str, transport: Transport) -> None:
    async with serving(whole(b'{"error":"you said hi-there"}', 400)) as server:
        connector = connected(PROVIDERS[name], transport, server.url)
        with pytest.raises(ConnectorError) as raised:
            await connector.chat(QUESTION)
        await connector.aclose()
    assert "hi-there" in raised.value.detail
    assert "hi-there" not in str(raised.value)
