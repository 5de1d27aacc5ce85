"""Every recorded shape gives the expected result, however the network cuts it."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

import pytest

from connectors import (
    Chunk,
    Completion,
    Connector,
    ConnectorError,
    Embedder,
    Health,
    ToolCall,
    Usage,
)
from tests.connectors.replay import QUESTION, Case, cases, cut, replaying

# Endpoints that no connector calls.
LEFT_OUT = {
    "130-lmstudio-native-models": "LM Studio's own model list; /v1/models is asked",
    "131-lmstudio-native-stream": "LM Studio's own chat; it has no tools and no finish reason",
    "144-vllm-tokenize": "no connector counts tokens",
    "145-vllm-rerank": "reranking is Cohere's ability only",
}
CASES = [case for case in cases() if case.id not in LEFT_OUT]
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


def test_no_case_is_left_out_that_does_not_exist() -> None:
    assert {case.id for case in cases()} >= set(LEFT_OUT)


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
    body = case.body
    for position in range(1, min(200, len(body))):
        check(case, await run(case, [body[:position], body[position:]]))


@pytest.mark.parametrize("end", [b"\r\n", b"\r"], ids=["CRLF", "CR"])
@pytest.mark.parametrize("size", [10**9, 7, 1])
@pytest.mark.parametrize(
    "case", [case for case in CASES if case.is_stream], ids=lambda case: case.id
)
async def test_with_other_line_ends(case: Case, end: bytes, size: int) -> None:
    body = case.body.replace(b"\r\n", b"\n").replace(b"\n", end)
    if size == 1 and len(body) > 50_000:
        size = 13  # the long line has its 1-byte reads above
    check(case, await run(case, cut(body, [size] * (len(body) // size))))


async def run(case: Case, reads: list[bytes]) -> dict[str, Any]:
    """Return what came of the case, in the words of its ``expect``."""
    connector = replaying(case, reads)
    collected: list[Chunk] = []
    try:
        return await call(case, connector, collected) | {"error": None}
    except ConnectorError as error:
        return {"error": error, "text": "".join(chunk.text for chunk in collected)}
    finally:
        await connector.aclose()


async def call(case: Case, connector: Connector, collected: list[Chunk]) -> dict[str, Any]:
    if case.kind == "models":
        return {"models": await connector.models()}
    if case.kind == "health":
        assert isinstance(connector, Health)
        return {"health": await connector.health()}
    if case.kind == "embeddings":
        assert isinstance(connector, Embedder)
        count = len(case.expect["vectors"])
        return {"vectors": await connector.embed(["x"] * count, model="m")}
    if case.id == "154-mlx-health":
        assert isinstance(connector, Health)
        return {"health": await connector.health()}
    if case.kind == "chat_stream":
        async with aclosing(connector.stream(QUESTION)) as chunks:
            async for chunk in chunks:
                collected.append(chunk)  # noqa: PERF401 - what came before an error must stay
        return answer_of(joined(collected))
    return answer_of(await connector.chat(QUESTION))


def joined(chunks: list[Chunk]) -> Completion:
    last = chunks[-1]
    assert last.finish_reason is not None
    assert all(chunk.finish_reason is None for chunk in chunks[:-1])
    return Completion(
        text="".join(chunk.text for chunk in chunks),
        reasoning="".join(chunk.reasoning for chunk in chunks),
        refusal="".join(chunk.refusal for chunk in chunks),
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
    for name in ("text", "finish", "finish_raw", "vectors"):
        if name in expect:
            assert got[name] == expect[name]
    for name in ("reasoning", "refusal"):
        assert got.get(name, "") == expect.get(name, "")
    if "text_len" in expect:
        assert len(got["text"]) == expect["text_len"]
        assert got["text"].startswith(expect["text_prefix"])
    if "models" in expect:
        assert [model.id for model in got["models"]] == expect["models"]
        shutdown = {m.id: m.shutdown.isoformat() for m in got["models"] if m.shutdown}
        assert shutdown == expect.get("shutdown", {})
    if "tool_calls" in expect:
        assert list(map(call_of, got["tool_calls"])) == expect["tool_calls"]
        check_usage(expect["usage"], got["usage"])


def call_of(call: ToolCall) -> dict[str, Any]:
    return {"name": call.name, "arguments": call.parsed(), "id": call.id}


def check_usage(expect: dict[str, int] | None, got: Usage | None) -> None:
    if expect is None:
        assert got is None
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
