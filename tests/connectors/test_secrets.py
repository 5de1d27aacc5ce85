"""Keys stay out of prints, pickles, errors, tracebacks, logs at DEBUG, and freed memory."""

from __future__ import annotations

import asyncio
import copy
import ctypes
import logging
import pickle  # noqa: TID251 - to show that a secret cannot be pickled
import pprint
import socket
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from connectors import (
    PROVIDERS,
    ChatMessage,
    ChatRequest,
    Config,
    Connector,
    ConnectorError,
    Embedder,
    Generator,
    MissingApiKey,
    Reranker,
    connect,
)
from connectors.http.transport import Transport
from tests.connectors.local_server import (
    Answer,
    Received,
    drop,
    frame,
    head,
    say_nothing,
    serving,
    whole,
)
from tests.connectors.replay import KEY, QUESTION, connected, environ_of
from tests.connectors.shapes import shape_of
from tests.rows import each

ECHO = f'{{"error":{{"message":"Bad key {KEY}","code":"{KEY}","type":"{KEY}"}}}}'.encode()
MEMORY = Path("/proc/self/mem")
pytestmark = pytest.mark.parametrize(
    "name", [name for name, row in PROVIDERS.items() if row.key_env]
)


async def cut(request: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(head(transfer_encoding="chunked") + frame(b"{"))
    await writer.drain()
    writer.close()


async def echo_in_stream(request: Received, writer: asyncio.StreamWriter) -> None:
    body = frame(b"data: " + ECHO + b"\n\n") + b"0\r\n\r\n"
    writer.write(head(kind="text/event-stream", transfer_encoding="chunked") + body)


async def use(connector: Connector) -> None:
    async for _ in connector.stream(QUESTION):
        pass


async def embed(connector: Connector) -> None:
    if isinstance(connector, Embedder):
        await connector.embed(["a"], model="m")
    else:
        await connector.models()


async def rerank(connector: Connector) -> None:
    if isinstance(connector, Reranker):
        await connector.rerank("q", ["a"], model="m")
    elif isinstance(connector, Generator):
        await connector.generate("q")
    else:
        await connector.models()


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


@each(
    "call",
    [use, lambda connector: connector.chat(QUESTION), embed, rerank],
)
@each("answer", ANSWERS)
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
    async with serving(say_nothing) as server:
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


def loaded(name: str) -> Config:
    return PROVIDERS[name].load_from_env(environ_of(PROVIDERS[name]))


@each("write", [repr, str, "{}".format, pprint.pformat, ascii])
async def test_nothing_that_holds_the_key_prints_it(
    name: str, write: Callable[[object], str], transport: Transport
) -> None:
    config = loaded(name)
    connector = connect(config, transport=transport)
    for held in (config, config.api_key, connector, vars(connector)):
        assert KEY not in write(held)
    await connector.aclose()


@pytest.mark.parametrize("copied", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_key_is_neither_pickled_nor_copied(name: str, copied: Callable[[object], object]) -> None:
    with pytest.raises(TypeError):
        copied(loaded(name).api_key)


async def test_a_request_that_succeeds_logs_no_key_question_or_answer(
    name: str, caplog: pytest.LogCaptureFixture, transport: Transport
) -> None:
    caplog.set_level(logging.DEBUG)
    body = shape_of(PROVIDERS[name]).answer.replace(b'"hi"', b'"the-answer"')
    async with serving(whole(body)) as server:
        connector = connected(PROVIDERS[name], transport, server.url)
        question = ChatRequest((ChatMessage("user", "the-question"),))
        assert (await connector.chat(question)).text == "the-answer"
        await connector.aclose()
    for word in (KEY, "the-question", "the-answer"):
        assert word not in caplog.text


@pytest.mark.skipif(not MEMORY.exists(), reason="only Linux shows a process its own memory")
async def test_closing_the_connector_wipes_the_key_where_it_lay(
    name: str, transport: Transport
) -> None:
    config = loaded(name)
    assert config.api_key is not None
    buffer = config.api_key._buffer
    address = ctypes.addressof((ctypes.c_char * len(buffer)).from_buffer(buffer))
    connector = connect(config, transport=transport)
    assert memory_at(address, len(KEY)) == KEY.encode()
    await connector.aclose()
    assert memory_at(address, len(KEY)) == bytes(len(KEY))


@pytest.mark.skipif(not MEMORY.exists(), reason="only Linux shows a process its own memory")
def test_leaving_a_with_block_wipes_the_key_also_after_an_exception(name: str) -> None:
    config = loaded(name)
    assert config.api_key is not None
    buffer = config.api_key._buffer
    address = ctypes.addressof((ctypes.c_char * len(buffer)).from_buffer(buffer))
    with pytest.raises(RuntimeError), config:
        raise RuntimeError
    assert memory_at(address, len(KEY)) == bytes(len(KEY))
    with pytest.raises(MissingApiKey):
        config.api_key.reveal()


def memory_at(address: int, length: int) -> bytes:
    with MEMORY.open("rb", buffering=0) as memory:
        memory.seek(address)
        return memory.read(length)
