import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.sandbox.model_server import ModelServer, Reply
from bot.sandbox.script import speech
from tests.sandbox import plain_client

ASKED = {
    "model": "sandbox-small",
    "messages": [{"role": "user", "content": "hi"}],
    "stream": True,
    "stream_options": {"include_usage": True},
}


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer() as running:
        yield running


@pytest.fixture
async def client(server: ModelServer) -> AsyncIterator[httpx.AsyncClient]:
    async with plain_client(base_url=server.base_url, timeout=10) as opened:
        yield opened


def events(body: str) -> list[Any]:
    lines = [line.removeprefix("data: ") for line in body.split("\n\n") if line]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


def deltas(body: str, field: str = "content") -> list[str]:
    choices = [event["choices"] for event in events(body) if event != "[DONE]"]
    return [
        choice[0]["delta"][field] for choice in choices if choice and field in choice[0]["delta"]
    ]


async def test_a_stream_has_the_order_of_openai(
    server: ModelServer, client: httpx.AsyncClient
) -> None:
    server.script.append(Reply(chunks=["Hel", "lo"], usage=(3, 2)))
    response = await client.post("/chat/completions", json=ASKED)
    role, first, second, finish, usage, done = events(response.text)
    assert response.headers["content-type"] == "text/event-stream"
    assert role["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert first["choices"][0] == {"index": 0, "delta": {"content": "Hel"}, "finish_reason": None}
    assert second["choices"][0]["delta"] == {"content": "lo"}
    assert finish["choices"][0] == {"index": 0, "delta": {}, "finish_reason": "stop"}
    assert usage["choices"] == []
    assert usage["usage"] == {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    assert done == "[DONE]"


async def test_usage_is_sent_only_when_asked_for(
    server: ModelServer, client: httpx.AsyncClient
) -> None:
    server.script.append(Reply(chunks=["hi"]))
    response = await client.post("/chat/completions", json={**ASKED, "stream_options": None})
    assert "usage" not in response.text


async def test_thinking_comes_first_and_apart(
    server: ModelServer, client: httpx.AsyncClient
) -> None:
    server.script.append(Reply(reasoning=["hm", "m"], chunks=["hi"]))
    response = await client.post("/chat/completions", json=ASKED)
    assert deltas(response.text, "reasoning_content") == ["hm", "m"]
    assert deltas(response.text) == ["", "hi"]
    assert response.text.index('"m"') < response.text.index('"hi"')


async def test_pieces_arrive_one_by_one(server: ModelServer, client: httpx.AsyncClient) -> None:
    gate = asyncio.Event()
    server.script.append(Reply(chunks=["one", "two"], gates={1: gate}))
    async with client.stream("POST", "/chat/completions", json=ASKED) as response:
        seen = ""
        async for text in response.aiter_text():
            seen += text
            if '"one"' in seen and not gate.is_set():
                assert '"two"' not in seen
                assert server.log[0].pieces == 1
                gate.set()
    assert deltas(seen) == ["", "one", "two"]


async def test_coalesced_pieces_share_a_write(
    server: ModelServer, client: httpx.AsyncClient
) -> None:
    gate = asyncio.Event()
    server.script.append(Reply(chunks=["a", "b", "c"], coalesce=2, gates={2: gate}))
    request = asyncio.create_task(client.post("/chat/completions", json=ASKED))
    await server.until(lambda: server.log != [] and server.log[0].pieces == 2)
    gate.set()
    assert deltas((await request).text) == ["", "a", "b", "c"]


async def test_the_first_byte_waits_for_its_event(
    server: ModelServer, client: httpx.AsyncClient
) -> None:
    go = asyncio.Event()
    server.script.append(Reply(chunks=["hi"], first_byte=go))
    request = asyncio.create_task(client.post("/chat/completions", json=ASKED))
    await server.until(lambda: server.open_streams == 1)
    assert not request.done()
    assert server.log[0].first_at is None
    go.set()
    assert (await request).status_code == 200
    await server.until(lambda: server.open_streams == 0)


async def test_the_moments_of_the_first_and_last_piece_are_kept(
    server: ModelServer, client: httpx.AsyncClient
) -> None:
    server.script.append(Reply(reasoning=["hm"], chunks=["a", "b", "c"], delay_s=0.001))
    await client.post("/chat/completions", json=ASKED)
    served = server.log[0]
    assert served.pieces == 3
    assert served.first_at is not None
    assert served.last_at is not None
    assert served.first_at < served.last_at
    assert not served.aborted


async def test_a_chat_without_a_stream_is_one_object(
    server: ModelServer, client: httpx.AsyncClient
) -> None:
    server.script.append(Reply(reasoning=["hm"], chunks=["Hel", "lo"], finish_reason="length"))
    response = await client.post("/chat/completions", json={**ASKED, "stream": False})
    choice = response.json()["choices"][0]
    assert choice["message"] == {
        "role": "assistant",
        "content": "Hello",
        "reasoning_content": "hm",
    }
    assert choice["finish_reason"] == "length"
    assert response.json()["usage"]["total_tokens"] == 46


async def test_requests_and_keys_are_kept(server: ModelServer, client: httpx.AsyncClient) -> None:
    server.open_reply = Reply(chunks=["hi"])
    await client.post("/chat/completions", json=ASKED, headers={"Authorization": "Bearer k"})
    await client.get("/models")
    assert server.requests == [ASKED]
    assert server.keys == ["Bearer k", None]


async def test_another_key_is_refused(server: ModelServer, client: httpx.AsyncClient) -> None:
    server.api_key = "right"
    refused = await client.post(
        "/chat/completions", json=ASKED, headers={"Authorization": "Bearer wrong"}
    )
    accepted = await client.get("/models", headers={"Authorization": "Bearer right"})
    assert refused.status_code == 401
    assert refused.json()["error"]["code"] == "invalid_api_key"
    assert accepted.status_code == 200
    assert server.requests == []


async def test_models_are_listed_and_found_by_id(
    server: ModelServer, client: httpx.AsyncClient
) -> None:
    server.models = ["small", "org/large"]
    listed = (await client.get("/models")).json()["data"]
    assert [model["id"] for model in listed] == ["small", "org/large"]
    assert (await client.get("/models/org/large")).json()["id"] == "org/large"
    assert (await client.get("/models/none")).json()["error"]["code"] == "model_not_found"


async def test_the_list_of_models_can_fail(server: ModelServer, client: httpx.AsyncClient) -> None:
    server.models_reply = Reply(status=503)
    assert (await client.get("/models")).status_code == 503


async def test_an_error_status_has_the_body_of_openai(
    server: ModelServer, client: httpx.AsyncClient
) -> None:
    server.script.append(Reply(status=429, headers={"Retry-After": "7"}))
    response = await client.post("/chat/completions", json=ASKED)
    assert response.status_code == 429
    assert response.headers["retry-after"] == "7"
    assert response.json()["error"]["code"] == "rate_limit_exceeded"


async def test_a_body_is_sent_as_it_is(server: ModelServer, client: httpx.AsyncClient) -> None:
    html = {"Content-Type": "text/html"}
    server.script.append(Reply(status=502, headers=html, body=b"<h1>Bad gateway</h1>"))
    response = await client.post("/chat/completions", json=ASKED)
    assert response.status_code == 502
    assert response.headers["content-type"] == "text/html"
    assert response.content == b"<h1>Bad gateway</h1>"


async def test_a_closed_stream_ends_without_a_finish(
    server: ModelServer, client: httpx.AsyncClient
) -> None:
    server.script.append(Reply(chunks=["half"], end="close"))
    response = await client.post("/chat/completions", json=ASKED)
    assert deltas(response.text) == ["", "half"]
    assert "[DONE]" not in response.text
    assert '"stop"' not in response.text


async def test_a_reset_reaches_the_client_after_the_pieces(
    server: ModelServer, client: httpx.AsyncClient
) -> None:
    server.script.append(Reply(chunks=["half"], end="reset"))
    seen = ""

    async def read(response: httpx.Response) -> None:
        nonlocal seen
        async for text in response.aiter_text():
            seen += text

    async with client.stream("POST", "/chat/completions", json=ASKED) as response:
        with pytest.raises(httpx.ReadError):
            await read(response)
    assert deltas(seen) == ["", "half"]


async def test_garbage_is_no_json(server: ModelServer, client: httpx.AsyncClient) -> None:
    server.script.append(Reply(chunks=["half"], end="garbage"))
    response = await client.post("/chat/completions", json=ASKED)
    last = response.content.rstrip().rpartition(b"data: ")[2]
    with pytest.raises(UnicodeDecodeError):
        json.loads(last)


async def test_an_error_event_comes_inside_the_stream(
    server: ModelServer, client: httpx.AsyncClient
) -> None:
    server.script.append(Reply(chunks=["half"], end="error", error={"message": "no", "code": "x"}))
    response = await client.post("/chat/completions", json=ASKED)
    assert response.status_code == 200
    assert events(response.text)[-1] == {"error": {"message": "no", "code": "x"}}


async def test_a_client_that_goes_ends_the_silence_and_is_logged(
    server: ModelServer, client: httpx.AsyncClient
) -> None:
    server.script.append(Reply(chunks=["half"], end="hang"))
    async with client.stream("POST", "/chat/completions", json=ASKED):
        await server.until(lambda: server.log != [] and server.log[0].pieces == 1)
        assert server.open_streams == 1
    await server.until(lambda: server.open_streams == 0)
    assert server.log[0].aborted


async def test_closing_the_server_cuts_open_streams() -> None:
    server = ModelServer()
    await server.start()
    server.script.append(Reply(chunks=["half"], end="hang"))
    async with (
        plain_client(base_url=server.base_url) as client,
        client.stream("POST", "/chat/completions", json=ASKED) as response,
    ):
        await server.aclose()
        with pytest.raises(httpx.TransportError):
            await response.aread()
    assert server.open_streams == 0


async def test_until_gives_up_after_its_timeout(server: ModelServer) -> None:
    with pytest.raises(TimeoutError):
        await server.until(lambda: False, timeout_s=0.001)


async def test_an_empty_script_is_answered_by_the_speech(
    server: ModelServer, client: httpx.AsyncClient
) -> None:
    response = await client.post("/chat/completions", json={**ASKED, "stream": False})
    assert "*scripted* model" in response.json()["choices"][0]["message"]["content"]


async def test_the_speech_reads_a_prompt_of_parts(
    server: ModelServer, client: httpx.AsyncClient
) -> None:
    parts = [{"type": "text", "text": "some parts"}, {"type": "image_url", "image_url": {}}]
    asked = {"model": "m", "messages": [{"role": "user", "content": parts}]}
    response = await client.post("/chat/completions", json=asked)
    assert "> some parts" in response.json()["choices"][0]["message"]["content"]


def test_the_speech_shows_code_when_code_is_mentioned() -> None:
    assert "```python" in "".join(speech("some Python, please", model="sandbox-small").chunks)
    assert "```" not in "".join(speech("hello", model="sandbox-small").chunks)


def test_a_long_speech_needs_more_than_five_messages() -> None:
    assert len("".join(speech("tell me a long story", model="m").chunks)) > 5 * 2000


def test_only_the_thinking_model_thinks() -> None:
    assert speech("hello", model="sandbox-thinking").reasoning
    assert not speech("hello", model="sandbox-small").reasoning


def test_the_speech_keeps_braces_of_the_prompt() -> None:
    assert "> {0} {x}" in "".join(speech("{0} {x}", model="m").chunks)


def test_a_digest_is_made_of_what_was_given() -> None:
    prompt = (
        "The messages, oldest first:\n"
        "[1] Mira, Sun 22 Nov 09:05: it is decided\n"
        "[2] Jonas, Sun 22 Nov 09:06 (answers [1]): who brings salt?"
    )
    said = "".join(speech(prompt, model="m").chunks)
    assert "- Mira: it is decided [1]" in said
    assert "- Jonas: who brings salt? [2]" in said
    assert "the last word is [2]" in said
