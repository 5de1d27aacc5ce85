from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import msgspec
import pytest

from connectors import (
    PROVIDERS,
    ApiRequestFailed,
    ChatMessage,
    ChatRequest,
    Health,
    Reranker,
    Role,
    Tool,
    ToolCall,
)
from connectors.http.transport import Transport
from connectors.wires.cohere.reply import key_is_valid
from connectors.wires.cohere.wire import CohereWire, encode
from tests.connectors.replay import KEY, connected

ROW = PROVIDERS["cohere"]
USER = ChatMessage(Role.USER, "hi")


def body(request: ChatRequest) -> Any:
    return msgspec.json.decode(encode(request, model="command-a-03-2025", is_stream=False))


@pytest.mark.parametrize(
    "typed",
    [
        "https://api.cohere.ai/v1",
        "https://api.cohere.ai/v1/",
        "https://api.cohere.ai",
        "api.cohere.ai/v2",
        "https://api.cohere.ai/v1/chat",
    ],
)
def test_the_address_of_version_1_is_read_as_that_of_version_2(typed: str) -> None:
    config = ROW.load_from_env({"COHERE_API_KEY": KEY, "COHERE_BASE_URL": typed})
    assert config.address_on(date(2026, 11, 22)) == "https://api.cohere.ai/v2"


def test_what_is_asked_for_is_sent_in_its_words() -> None:
    request = ChatRequest((USER,), max_tokens=5, temperature=0.0, stop=("x",), seed=0)
    sent = body(request)
    del sent["messages"], sent["model"]
    assert sent == {"max_tokens": 5, "temperature": 0.0, "stop_sequences": ["x"], "seed": 0}


@pytest.mark.parametrize(
    ("choice", "sent", "offered"),
    [
        (None, None, ["f", "g"]),
        ("auto", None, ["f", "g"]),
        ("none", "NONE", ["f", "g"]),
        ("required", "REQUIRED", ["f", "g"]),
        ("g", "REQUIRED", ["g"]),
    ],
)
def test_a_named_tool_is_offered_alone(
    choice: str | None, sent: str | None, offered: list[str]
) -> None:
    request = body(ChatRequest((USER,), tools=(Tool("f"), Tool("g")), tool_choice=choice))
    assert request.get("tool_choice") == sent
    assert [tool["function"]["name"] for tool in request["tools"]] == offered


@pytest.mark.parametrize(("effort", "sent"), [("none", "disabled"), ("low", "enabled")])
def test_effort_turns_thinking_on_and_off(effort: str, sent: str) -> None:
    assert body(ChatRequest((USER,), reasoning_effort=effort))["thinking"] == {"type": sent}


def test_the_plan_goes_back_with_the_calls() -> None:
    call = ToolCall("w0", "f", "{}")
    history = (
        ChatMessage(Role.ASSISTANT, "I will look.", tool_calls=(call,)),
        ChatMessage(Role.TOOL, "sunny", tool_call_id="w0"),
    )
    asked, answered = body(ChatRequest(history))["messages"]
    assert asked["tool_plan"] == "I will look."
    assert "content" not in asked
    assert answered == {"role": "tool", "tool_call_id": "w0", "content": "sunny"}


def served(answer: object, asked: list[httpx.Request] | None = None) -> CohereWire:
    def handle(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(request)
        return httpx.Response(200, json=answer)

    connector = connected(ROW, Transport(http=httpx.MockTransport(handle)))
    assert isinstance(connector, CohereWire)
    return connector


async def test_a_ranking_is_asked_for_and_given_in_order() -> None:
    asked: list[httpx.Request] = []
    results = [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.1}]
    connector = served({"results": results}, asked)
    assert isinstance(connector, Reranker)
    ranked = await connector.rerank("q", ["a", "b"], model="rerank-v4.0-fast", top_n=2)
    assert [(place.index, place.score) for place in ranked] == [(1, 0.9), (0, 0.1)]
    assert msgspec.json.decode(asked[0].content) == {
        "model": "rerank-v4.0-fast",
        "query": "q",
        "documents": ["a", "b"],
        "top_n": 2,
    }
    assert await connector.rerank("q", [], model="m") == []
    assert len(asked) == 1


async def test_texts_are_embedded_96_at_a_time_for_what_they_are_for() -> None:
    asked: list[Any] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(msgspec.json.decode(request.content))
        rows = [[float(text)] for text in asked[-1]["texts"]]
        return httpx.Response(200, json={"embeddings": {"float": rows}})

    connector = connected(ROW, Transport(http=httpx.MockTransport(handle)))
    assert isinstance(connector, CohereWire)
    texts = [str(n) for n in range(100)]
    embedded = await connector.embed(texts, model="embed-v4.0", input_type="search_query")
    assert embedded == [[float(n)] for n in range(100)]
    assert [len(request["texts"]) for request in asked] == [96, 4]
    assert {request["input_type"] for request in asked} == {"search_query"}


async def test_a_bad_key_counts_as_down_even_under_a_200() -> None:
    connector = served({"valid": False})
    assert isinstance(connector, Health)
    with pytest.raises(ApiRequestFailed) as raised:
        await connector.health()
    assert raised.value.reason == "auth"
    assert key_is_valid(b"\xff")


async def test_all_pages_of_the_model_list_are_read() -> None:
    asked = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params.get("page_token"))
        token = "a+b" if len(asked) == 1 else ""
        page = {"models": [{"name": f"m{len(asked)}"}], "next_page_token": token}
        return httpx.Response(200, json=page)

    connector = connected(ROW, Transport(http=httpx.MockTransport(handle)))
    assert [model.id for model in await connector.models()] == ["m1", "m2"]
    assert asked == [None, "a+b"]


@pytest.mark.parametrize("token", [0, 7, "again"])
async def test_a_page_that_comes_again_ends_the_list(token: object) -> None:
    page = {"models": [{"name": "a"}, {"name": "b"}], "next_page_token": token}
    reply = httpx.Response(200, json=page)
    connector = connected(ROW, Transport(http=httpx.MockTransport(lambda _: reply)))
    assert [model.id for model in await connector.models()] == ["a", "b"]
