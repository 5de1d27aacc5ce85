from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from connectors import PROVIDERS, ChatMessage, ChatRequest, Role, Tool, ToolCall
from connectors.http.transport import Transport
from connectors.wires.anthropic.wire import encode
from tests.connectors.replay import connected

USER = ChatMessage(Role.USER, "hi")
TOOL = Tool("get_weather", "Weather", {"type": "object", "properties": {}})


def body(request: ChatRequest, model: str = "claude-sonnet-5-5", *, is_stream: bool = False) -> Any:
    return msgspec.json.decode(encode(request, model=model, is_stream=is_stream))


def test_what_is_not_asked_for_is_not_sent_but_the_cap_is_demanded() -> None:
    assert body(ChatRequest((USER,))) == {
        "model": "claude-sonnet-5-5",
        "max_tokens": 4096,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}],
    }


def test_system_text_stands_beside_the_messages() -> None:
    history = (ChatMessage(Role.SYSTEM, "a"), USER, ChatMessage(Role.SYSTEM, "b"))
    sent = body(ChatRequest(history))
    assert sent["system"] == "a\n\nb"
    assert len(sent["messages"]) == 1


def test_stop_words_of_white_space_are_left_out() -> None:
    assert body(ChatRequest((USER,), stop=("x", "\n")))["stop_sequences"] == ["x"]


@pytest.mark.parametrize(
    ("model", "temperature", "sent"),
    [
        ("claude-sonnet-4-6", 0.0, 0.0),
        ("claude-haiku-4-5", 1.7, 1.0),
        ("claude-opus-4-6", 0.5, 0.5),
        ("claude-opus-4-7", 0.5, None),
        ("claude-sonnet-5-5", 0.5, None),
        ("claude-fable-5-1", 0.5, None),
    ],
)
def test_a_temperature_goes_only_to_models_that_take_one(
    model: str, temperature: float, sent: float | None
) -> None:
    assert body(ChatRequest((USER,), temperature=temperature), model).get("temperature") == sent


@pytest.mark.parametrize(
    ("effort", "sent"),
    [
        ("high", {"type": "adaptive", "display": "summarized"}),
        ("none", {"type": "disabled"}),
        (None, None),
    ],
)
def test_effort_turns_thinking_on_and_off(effort: str | None, sent: object) -> None:
    request = body(ChatRequest((USER,), reasoning_effort=effort))
    assert request.get("thinking") == sent
    assert request.get("output_config") == ({"effort": "high"} if effort == "high" else None)


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        (None, None),
        ("auto", {"type": "auto"}),
        ("none", {"type": "none"}),
        ("required", {"type": "any"}),
        ("get_weather", {"type": "tool", "name": "get_weather"}),
    ],
)
def test_a_tool_choice_is_an_object(choice: str | None, sent: object) -> None:
    assert body(ChatRequest((USER,), tools=(TOOL,), tool_choice=choice)).get("tool_choice") == sent


def test_the_results_of_two_calls_share_one_turn_with_the_next_question() -> None:
    calls = (ToolCall("a:1", "f", '{"x":1}'), ToolCall("b", "g", "no JSON"))
    history = (
        ChatMessage(Role.ASSISTANT, "Looking.", tool_calls=calls),
        ChatMessage(Role.TOOL, "1", tool_call_id="a:1"),
        ChatMessage(Role.TOOL, "2", tool_call_id="b"),
        USER,
    )
    asked, answered = body(ChatRequest(history))["messages"]
    assert [block["type"] for block in asked["content"]] == ["text", "tool_use", "tool_use"]
    assert [block["input"] for block in asked["content"][1:]] == [{"x": 1}, {}]
    assert [block["type"] for block in answered["content"]] == ["tool_result"] * 2 + ["text"]
    ids = [block["id"] for block in asked["content"][1:]]
    assert ids == [block["tool_use_id"] for block in answered["content"][:2]]
    assert ids[0].isalnum()
    assert ids[1] == "b"


def test_an_empty_turn_is_left_out() -> None:
    history = (USER, ChatMessage(Role.ASSISTANT, " "), ChatMessage(Role.USER, "there?"))
    (turn,) = body(ChatRequest(history))["messages"]
    assert [block["text"] for block in turn["content"]] == ["hi", "there?"]


def test_images_are_data_or_links() -> None:
    images = ("data:image/PNG;base64,AA==", "https://host/a.png")
    (turn,) = body(ChatRequest((ChatMessage(Role.USER, "?", images=images),)))["messages"]
    assert [block["source"] for block in turn["content"][:2]] == [
        {"type": "base64", "media_type": "image/png", "data": "AA=="},
        {"type": "url", "url": "https://host/a.png"},
    ]


async def test_all_pages_of_the_model_list_are_read() -> None:
    asked = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params.get("after_id"))
        page = {"data": [{"id": f"m{len(asked)}"}], "has_more": len(asked) < 3}
        return httpx.Response(200, json=page | {"last_id": f"m{len(asked)}"})

    transport = Transport(http=httpx.MockTransport(handle))
    models = await connected(PROVIDERS["anthropic"], transport).models()
    assert [model.id for model in models] == ["m1", "m2", "m3"]
    assert asked == [None, "m1", "m2"]


async def test_a_list_without_end_is_left_after_some_pages() -> None:
    page = {"data": [{"id": "m"}], "has_more": True, "last_id": "m"}
    transport = Transport(http=httpx.MockTransport(lambda _: httpx.Response(200, json=page)))
    assert len(await connected(PROVIDERS["anthropic"], transport).models()) == 20


def test_the_last_block_of_what_stays_the_same_is_marked_for_caching() -> None:
    said = (ChatMessage(Role.SYSTEM, "a"), USER, ChatMessage(Role.ASSISTANT, "hello"), USER)
    first, second, third = body(ChatRequest(said, stable=3))["messages"]
    cached = {"type": "text", "text": "hello", "cache_control": {"type": "ephemeral"}}
    assert second["content"] == [cached]
    assert "cache_control" not in str([first, third])


@pytest.mark.parametrize("stable", [0, 1, 4])
def test_without_an_earlier_turn_nothing_is_cached(stable: int) -> None:
    said = (ChatMessage(Role.SYSTEM, "a"), USER)
    assert "cache_control" not in str(body(ChatRequest(said, stable=stable)))
