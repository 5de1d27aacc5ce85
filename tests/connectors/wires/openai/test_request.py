"""Each field of a request in the form its row wants."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from connectors import PROVIDERS, ChatMessage, ChatRequest, Role, Tool, ToolCall
from connectors.wires.openai.request import encode_chat, tool_id

USER = ChatMessage(Role.USER, "hi")
SPEAKERS = ("openai", "huggingface", "mistral", "lm_studio", "vllm", "mlx")
TOOL = Tool("get_weather", "Weather", {"type": "object", "properties": {}})


def body(name: str, request: ChatRequest, model: str = "m", *, is_stream: bool = False) -> Any:
    dialect = PROVIDERS[name].dialect
    return msgspec.json.decode(
        encode_chat(request, model=model, dialect=dialect, is_stream=is_stream)
    )


@pytest.mark.parametrize("name", SPEAKERS)
def test_what_is_not_asked_for_is_not_sent(name: str) -> None:
    assert body(name, ChatRequest((USER,))) == {
        "messages": [{"role": "user", "content": "hi"}],
        "model": "m",
    }


@pytest.mark.parametrize(
    ("name", "cap", "seed"),
    [
        ("openai", "max_completion_tokens", "seed"),
        ("mistral", "max_tokens", "random_seed"),
        ("lm_studio", "max_tokens", "seed"),
        ("vllm", "max_tokens", "seed"),
        ("mlx", "max_tokens", "seed"),
        ("huggingface", "max_tokens", "seed"),
    ],
)
def test_everything_that_is_asked_for_is_sent(name: str, cap: str, seed: str) -> None:
    request = ChatRequest((USER,), max_tokens=5, temperature=0.0, stop=("x",), seed=0)
    sent = body(name, request)
    del sent["messages"], sent["model"]
    assert sent == {cap: 5, "temperature": 0.0, "stop": ["x"], seed: 0}


@pytest.mark.parametrize("name", SPEAKERS)
def test_usage_of_a_stream_is_asked_for_where_that_is_known(name: str) -> None:
    sent = body(name, ChatRequest((USER,)), is_stream=True)
    asked = {} if name == "mistral" else {"stream_options": {"include_usage": True}}
    assert {key: sent[key] for key in sent if key.startswith("stream")} == {"stream": True} | asked


def test_a_call_and_its_result_go_back_in_order() -> None:
    call = ToolCall("call_01", "get_weather", '{"city":"Lyon"}')
    history = (
        ChatMessage(Role.ASSISTANT, "", tool_calls=(call,)),
        ChatMessage(Role.TOOL, "sunny", tool_call_id="call_01"),
    )
    assert body("openai", ChatRequest(history))["messages"] == [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {
                    "id": "call_01",
                    "type": "function",
                    "function": {"name": "get_weather", "arguments": '{"city":"Lyon"}'},
                }
            ],
        },
        {"role": "tool", "content": "sunny", "tool_call_id": "call_01"},
    ]


@pytest.mark.parametrize(("name", "content"), [("vllm", ""), ("huggingface", None)])
def test_no_text_beside_a_call_is_what_the_server_takes(name: str, content: str | None) -> None:
    turn = ChatMessage(Role.ASSISTANT, "", tool_calls=(ToolCall("a", "f"),))
    assert body(name, ChatRequest((turn,)))["messages"][0]["content"] == content


def test_mistral_gets_ids_of_nine_letters_that_still_match() -> None:
    call = ToolCall("call_01", "get_weather")
    history = (
        ChatMessage(Role.ASSISTANT, "", tool_calls=(call,)),
        ChatMessage(Role.TOOL, "sunny", tool_call_id="call_01"),
    )
    asked, answered = body("mistral", ChatRequest(history))["messages"]
    assert asked["tool_calls"][0]["id"] == answered["tool_call_id"]
    assert len(answered["tool_call_id"]) == 9
    assert answered["tool_call_id"].isalnum()
    assert tool_id("D681PevKs", 9) == "D681PevKs"


def test_images_are_parts_beside_the_text() -> None:
    message = ChatMessage(Role.USER, "what?", images=("data:image/png;base64,AA==",))
    assert body("openai", ChatRequest((message,)))["messages"][0]["content"] == [
        {"type": "text", "text": "what?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
    ]


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("auto", "auto"),
        ("required", "required"),
        ("get_weather", {"type": "function", "function": {"name": "get_weather"}}),
    ],
)
def test_a_tool_choice_is_a_word_or_the_name_of_a_tool(choice: str, sent: object) -> None:
    assert (
        body("vllm", ChatRequest((USER,), tools=(TOOL,), tool_choice=choice))["tool_choice"] == sent
    )


@pytest.mark.parametrize(
    ("name", "model", "effort", "sent"),
    [
        ("openai", "gpt-6-luna", None, "none"),
        ("openai", "gpt-6-luna", "high", "high"),
        ("openai", "gpt-4o", None, None),
        ("mistral", "mistral-small-latest", "low", "none"),
        ("mistral", "mistral-small-latest", "medium", "high"),
        ("vllm", "gpt-6-luna", None, None),
    ],
)
def test_effort_is_what_the_model_takes_beside_tools(
    name: str, model: str, effort: str | None, sent: str | None
) -> None:
    request = ChatRequest((USER,), tools=(TOOL,), reasoning_effort=effort)
    assert body(name, request, model).get("reasoning_effort") == sent
