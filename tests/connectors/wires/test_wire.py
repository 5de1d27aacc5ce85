"""Every recorded shape gives the expected result, however the network cuts it."""

from __future__ import annotations

from contextlib import aclosing, suppress
from itertools import pairwise
from typing import Any

import httpx
import msgspec
import pytest

from connectors import (
    ApiRequestFailed,
    Chunk,
    Completion,
    Connector,
    ConnectorError,
    Connectors,
    Embedder,
    Generator,
    Health,
    Reranker,
    ToolCall,
    Usage,
)
from connectors.http.transport import Transport
from tests.connectors.replay import QUESTION, Case, cases, cut, replaying
from tests.rows import each

# Endpoints that no connector calls.
LEFT_OUT = {
    "130-lmstudio-native-models": "LM Studio's own model list; /v1/models is asked",
    "131-lmstudio-native-stream": "LM Studio's own chat; it has no tools and no finish reason",
    "49-anthropic-count-tokens": "no connector counts tokens",
    "112-cohere-v1-chat": "version 1 is written as version 2, which every live model takes",
    "113-cohere-v1-stream": "version 1 is written as version 2, which every live model takes",
    "117-cohere-tokenize": "no connector counts tokens",
    "144-vllm-tokenize": "no connector counts tokens",
    "145-vllm-rerank": "reranking is Cohere's ability only",
}
# What index.json leaves unsaid.
SHUTDOWN = {"50-anthropic-models": {"claude-sonnet-4-5-20250929": "2026-11-30"}}
# Sent to where a connector does not go: the same refusal comes from where it does.
OTHER_PATHS = {
    "123-cohere-error-400-v1-with-v2-model": "the refusal of version 1",
    "128-lmstudio-error-200-endpoint": "a path that does not exist",
    "152-mlx-error-404-path": "a path that does not exist",
}
MODEL = "BAAI/bge-small-en-v1.5"
CUTS_APART = 25  # bytes
CASES = [case for case in cases() if case.id not in LEFT_OUT]
each_case = each("case", CASES)


def test_no_case_is_left_out_that_does_not_exist() -> None:
    assert {case.id for case in cases()} >= set(LEFT_OUT)


@each("case", [case for case in CASES if case.id not in OTHER_PATHS])
async def test_the_recorded_address_is_asked(case: Case) -> None:
    asked: list[httpx.Request] = []
    connector = replaying(case, [case.body], asked)
    with suppress(ConnectorError):
        await call(case, connector, [])
    await connector.aclose()
    model = "gpt2" if case.url.path.endswith("/gpt2") else MODEL
    path = asked[0].url.path.replace(MODEL, model)
    assert (asked[0].method, path) == (case.request["method"], case.url.path)


@each_case
async def test_whole(case: Case) -> None:
    check(case, await run(case, [case.body]))


@each_case
async def test_in_the_recorded_reads(case: Case) -> None:
    check(case, await run(case, cut(case.body, case.response.get("chunk_sizes", ()))))


@each_case
async def test_byte_by_byte(case: Case) -> None:
    check(case, await run(case, [bytes((byte,)) for byte in case.body]))


@each_case
async def test_cut_at_each_of_the_first_200_bytes(case: Case) -> None:
    body, end = case.body, min(200, len(case.body))
    reads: list[bytes] = []
    connector = replaying(case, reads)
    for first in range(1, min(CUTS_APART + 1, end)):  # several of the cuts in each reply
        places = [*range(first, end, CUTS_APART), len(body)]
        reads[:] = [body[:first], *(body[a:b] for a, b in pairwise(places))]
        check(case, await outcome(case, connector))
    await connector.aclose()


@each("end", [b"\r\n", b"\r"])
@each("size", [10**9, 7, 1])
@each("case", [case for case in CASES if case.is_stream])
async def test_with_other_line_ends(case: Case, end: bytes, size: int) -> None:
    if end == b"\r" and b"data:" not in case.body:
        end = b"\r\n"  # a CR alone ends no line of JSON
    body = case.body.replace(b"\r\n", b"\n").replace(b"\n", end)
    if size == 1 and len(body) > 50_000:
        size = 13  # the long line has its 1-byte reads above
    check(case, await run(case, cut(body, [size] * (len(body) // size))))


async def run(case: Case, reads: list[bytes]) -> dict[str, Any]:
    connector = replaying(case, reads)
    try:
        return await outcome(case, connector)
    finally:
        await connector.aclose()


async def outcome(case: Case, connector: Connector) -> dict[str, Any]:
    """Return what came of the case, in the words of its ``expect``."""
    collected: list[Chunk] = []
    try:
        return await call(case, connector, collected) | {"error": None}
    except ConnectorError as error:
        return {"error": error, "text": "".join(chunk.text for chunk in collected)}


async def call(case: Case, connector: Connector, collected: list[Chunk]) -> dict[str, Any]:
    if case.kind == "models":
        return {"models": await connector.models()}
    if case.kind == "health":
        assert isinstance(connector, Health)
        return {"health": await connector.health()}
    if case.kind == "embeddings":
        assert isinstance(connector, Embedder)
        count = len(case.expect["vectors"])
        return {"vectors": await connector.embed(["x"] * count, model=MODEL)}
    if case.kind == "rerank":
        assert isinstance(connector, Reranker)
        ranking = await connector.rerank("q", ["x", "y", "z"], model=MODEL, top_n=2)
        return {"ranking": [[ranked.index, ranked.score] for ranked in ranking]}
    if case.kind.startswith("generate") or "/models/" in case.url.path:
        return await generated(case, connector, collected)
    if case.id == "154-mlx-health":
        assert isinstance(connector, Health)
        return {"health": await connector.health()}
    if case.kind == "chat_stream":
        async with aclosing(connector.stream(QUESTION)) as chunks:
            async for chunk in chunks:
                collected.append(chunk)  # noqa: PERF401 - what came before an error must stay
        return answer_of(joined(collected))
    return answer_of(await connector.chat(QUESTION))


async def generated(case: Case, connector: Connector, collected: list[Chunk]) -> dict[str, Any]:
    assert isinstance(connector, Generator)
    if case.kind != "generate_stream":
        return answer_of(await connector.generate("2+2=", model=MODEL))
    async with aclosing(connector.generate_stream("2+2=", model=MODEL)) as chunks:
        async for chunk in chunks:
            collected.append(chunk)  # noqa: PERF401 - what came before an error must stay
    return answer_of(joined(collected))


def joined(chunks: list[Chunk]) -> Completion:
    last = chunks[-1]
    assert last.finish_reason is not None
    assert all(chunk.finish_reason is None for chunk in chunks[:-1])
    return Completion(
        text="".join(chunk.text for chunk in chunks),
        reasoning="".join(chunk.reasoning for chunk in chunks),
        refusal="".join(chunk.refusal for chunk in chunks),
        tool_plan="".join(chunk.tool_plan for chunk in chunks),
        tool_calls=tuple(chunk.tool_call for chunk in chunks if chunk.tool_call is not None),
        usage=last.usage,
        finish_reason=last.finish_reason,
        finish_raw=last.finish_raw,
        model=last.model,
    )


def answer_of(completion: Completion) -> dict[str, Any]:
    return {
        "text": completion.text,
        "reasoning": completion.reasoning,
        "refusal": completion.refusal,
        "tool_plan": completion.tool_plan,
        "finish": completion.finish_reason,
        "finish_raw": completion.finish_raw,
        "usage": completion.usage,
        "tool_calls": completion.tool_calls,
    }


def check(case: Case, got: dict[str, Any]) -> None:
    expect = case.expect
    if not expect["ok"]:
        check_error(expect, got)
        return
    assert got["error"] is None, got["error"]
    for name in ("text", "finish", "finish_raw", "vectors", "ranking"):
        if name in expect:
            assert got[name] == expect[name]
    for name in ("reasoning", "refusal", "tool_plan"):
        assert got.get(name, "") == expect.get(name, "")
    if "text_len" in expect:
        assert len(got["text"]) == expect["text_len"]
        assert got["text"].startswith(expect["text_prefix"])
    if "models" in expect:
        assert [model.id for model in got["models"]] == expect["models"]
        shutdown = {m.id: m.shutdown.isoformat() for m in got["models"] if m.shutdown}
        assert shutdown == expect.get("shutdown", SHUTDOWN.get(case.id, {}))
    if "tool_calls" in expect:
        check_calls(expect["tool_calls"], got["tool_calls"])
        check_usage(expect, got["usage"])


def check_calls(expect: list[dict[str, Any]], got: tuple[ToolCall, ...]) -> None:
    assert len(got) == len(expect)
    for call, want in zip(got, expect, strict=True):
        assert (call.name, call.parsed()) == (want["name"], want["arguments"])
        assert call.id == want.get("id", call.id) != ""


def check_usage(case: dict[str, Any], got: Usage | None) -> None:
    expect = case["usage"]
    if expect is None:
        count = case.get("output_tokens")
        assert got == (None if count is None else Usage(output_tokens=count))
        return
    assert got == Usage(
        input_tokens=expect["input"],
        output_tokens=expect["output"],
        cached_tokens=expect.get("cached"),
        reasoning_tokens=expect.get("reasoning"),
    )
    assert expect["total"] == expect["input"] + expect["output"]


def check_error(expect: dict[str, Any], got: dict[str, Any]) -> None:
    error, want = got["error"], expect["error"]
    assert isinstance(error, ConnectorError)
    assert (error.reason, error.retryable) == (want["class"], want["retryable"])
    assert error.retry_after == want["retry_after"]
    assert want.get("message_contains", "") in error.detail
    for name in ("provider_code", "request_id"):
        if name in want:
            assert getattr(error, name) == want[name]
    if "text" in expect:
        assert got["text"] == expect["text"]


async def test_reranking_without_a_model_asks_for_the_rows_own() -> None:
    asked: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(msgspec.json.decode(request.content)["model"])
        return httpx.Response(200, json={"results": [{"index": 0, "relevance_score": 1.0}]})

    transport = Transport(http=httpx.MockTransport(answer))
    connector = Connectors({"COHERE_API_KEY": "a-key"}, transport=transport).get("cohere")
    assert isinstance(connector, Reranker)
    await connector.rerank("q", ["a"])
    await connector.rerank("q", ["a"], model="mine")
    assert asked == ["rerank-v4.0-fast", "mine"]


@pytest.mark.parametrize(("name", "variable"), [("anthropic", "ANTHROPIC"), ("cohere", "COHERE")])
async def test_a_wire_that_needs_a_model_says_which_variable_names_one(
    name: str, variable: str
) -> None:
    environ = {f"{variable}_API_KEY": "a-key", f"{variable}_BASE_URL": "http://gw.example/v2"}
    transport = Transport(http=httpx.MockTransport(lambda _: httpx.Response(200, json={})))
    with pytest.raises(ApiRequestFailed, match=f"set {variable}_MODEL") as raised:
        await Connectors(environ, transport=transport, retries=0).get(name).chat(QUESTION)
    assert raised.value.reason == "not_found"
