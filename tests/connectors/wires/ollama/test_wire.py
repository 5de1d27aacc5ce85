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
    Contextual,
    Embedder,
    Generator,
    Role,
    Tool,
    ToolCall,
)
from connectors.http.transport import Transport
from connectors.wires.ollama.wire import OllamaWire, encode_messages
from tests.connectors.replay import QUESTION, connected
from tests.connectors.shapes import OLLAMA
from tests.rows import each

TODAY = date(2026, 11, 22)
ROW = PROVIDERS["ollama"]
USER = ChatMessage(Role.USER, "hi")


class Server:
    """Answers everything, and keeps what it was asked."""

    def __init__(self, answer: bytes = OLLAMA.answer) -> None:
        self.answer = answer
        self.paths: list[str] = []
        self.bodies: list[Any] = []
        transport = Transport(http=httpx.MockTransport(self._handle))
        connector = connected(ROW, transport)
        assert isinstance(connector, OllamaWire)
        self.connector = connector

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        self.bodies.append(msgspec.json.decode(request.content) if request.content else None)
        return httpx.Response(200, content=self.answer)


@each(
    "host, base",
    [
        ("", "http://127.0.0.1:11434/api"),
        ("127.0.0.1", "http://127.0.0.1:11434/api"),
        ("127.0.0.1:1234", "http://127.0.0.1:1234/api"),
        ("0.0.0.0", "http://127.0.0.1:11434/api"),  # noqa: S104 - read here, not bound
        ("0.0.0.0:1234", "http://127.0.0.1:1234/api"),
        (":1234", "http://127.0.0.1:1234/api"),
        ("box", "http://box:11434/api"),
        ("box:1234/", "http://box:1234/api"),
        ("box/ollama", "http://box:11434/ollama/api"),
        ("http://box", "http://box/api"),
        ("https://box", "https://box/api"),
        ("https://box:1234", "https://box:1234/api"),
        ("http://box:11434/v1", "http://box:11434/api"),
        ("http://box:11434/api/chat", "http://box:11434/api"),
        ("::1", "http://[::1]:11434/api"),
        ("[::1]:1234", "http://[::1]:1234/api"),
        ("[::]:1234", "http://[::1]:1234/api"),
        ("ollama.com", "https://ollama.com/api"),
        ("https://ollama.com", "https://ollama.com/api"),
        ('"box:1234"', "http://box:1234/api"),
    ],
)
def test_the_host_may_be_written_in_all_its_forms(host: str, base: str) -> None:
    config = ROW.load_from_env({"OLLAMA_HOST": host})
    assert config.address_on(TODAY) == base


async def test_a_chat_says_whether_it_streams_and_puts_its_numbers_into_options() -> None:
    server = Server()
    await server.connector.chat(
        ChatRequest((USER,), max_tokens=5, temperature=0.0, stop=("x",), seed=0)
    )
    assert server.bodies == [
        {
            "model": "m",
            "messages": [{"role": "user", "content": "hi"}],
            "stream": False,
            "truncate": False,
            "options": {"num_predict": 5, "temperature": 0.0, "stop": ["x"], "seed": 0},
        }
    ]


@pytest.mark.parametrize(
    ("model", "effort", "think"),
    [
        ("qwen3", "high", True),
        ("qwen3", "none", False),
        ("gpt-oss:20b", "none", "low"),
        ("gpt-oss:20b", "medium", "medium"),
        ("gpt-oss:20b", "xhigh", "high"),
    ],
)
async def test_effort_is_a_level_only_where_levels_are_known(
    model: str, effort: str, think: object
) -> None:
    server = Server()
    await server.connector.chat(ChatRequest((USER,), model=model, reasoning_effort=effort))
    assert server.bodies[0]["think"] == think


async def test_keep_alive_goes_with_every_request_once_it_is_set() -> None:
    server = Server()
    await server.connector.chat(QUESTION)
    server.connector.keep_alive = "10m"
    await server.connector.chat(QUESTION)
    assert [body.get("keep_alive") for body in server.bodies] == [None, "10m"]


async def test_tools_are_left_out_when_none_may_be_called() -> None:
    server = Server()
    for choice in (None, "none"):
        await server.connector.chat(ChatRequest((USER,), tools=(Tool("f"),), tool_choice=choice))
    assert ["tools" in body for body in server.bodies] == [True, False]


def test_arguments_go_back_as_an_object_and_a_result_names_its_tool() -> None:
    call = ToolCall("call_1", "f", '{"x":1}')
    history = (
        ChatMessage(Role.ASSISTANT, "", tool_calls=(call,)),
        ChatMessage(Role.TOOL, "sunny", tool_call_id="call_1"),
    )
    assert encode_messages("ollama", history) == [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "call_1", "function": {"name": "f", "arguments": {"x": 1}}}],
        },
        {"role": "tool", "content": "sunny", "tool_call_id": "call_1", "tool_name": "f"},
    ]


async def test_an_image_is_sent_bare_and_a_link_is_refused_before_it_is_sent() -> None:
    image, link = "data:image/png;base64,AA==", "https://host/a.png"
    (sent,) = encode_messages("ollama", (ChatMessage(Role.USER, "?", images=(image,)),))
    assert sent["images"] == ["AA=="]
    server = Server()
    with pytest.raises(ApiRequestFailed, match="data: URLs"):
        await server.connector.chat(ChatRequest((ChatMessage(Role.USER, "?", images=(link,)),)))
    assert server.paths == []


async def test_calls_without_ids_get_ids_of_their_own() -> None:
    call = {"function": {"name": "f", "arguments": {}}}
    message = {"content": "", "tool_calls": [call, call]}
    server = Server(msgspec.json.encode({"message": message, "done": True}))
    first, second = (await server.connector.chat(QUESTION)).tool_calls
    assert first.id != second.id != ""


async def test_a_bare_prompt_is_generated_from() -> None:
    server = Server(b'{"response":"4","done":true,"done_reason":"stop"}')
    assert isinstance(server.connector, Generator)
    answer = await server.connector.generate("2+2=", max_tokens=3)
    assert (answer.text, server.paths) == ("4", ["/api/generate"])
    assert server.bodies[0] == {
        "model": "m",
        "prompt": "2+2=",
        "stream": False,
        "truncate": False,
        "options": {"num_predict": 3},
    }


async def test_an_imported_models_think_block_is_no_answer() -> None:
    server = Server(b'{"message":{"content":"<think>hm</think>yes"},"done":true}')
    answer = await server.connector.chat(QUESTION)
    assert (answer.text, answer.reasoning) == ("yes", "hm")


async def test_texts_are_embedded_in_their_order() -> None:
    server = Server(b'{"embeddings":[[1],[2]]}')
    assert isinstance(server.connector, Embedder)
    assert await server.connector.embed(["a", "b"], model="e") == [[1.0], [2.0]]
    assert server.bodies == [{"model": "e", "input": ["a", "b"]}]


async def test_without_a_model_the_first_that_chats_is_asked() -> None:
    asked = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/tags":
            return httpx.Response(200, content=OLLAMA.listed)
        asked.append(msgspec.json.decode(request.content)["model"])
        return httpx.Response(200, content=OLLAMA.answer)

    transport = Transport(http=httpx.MockTransport(handle))
    config = ROW.load_from_env({})
    connector = OllamaWire(
        config, transport=transport, owns_transport=True, retries=0, today=lambda: TODAY
    )
    await connector.chat(QUESTION)
    assert asked == ["chat-x"]


async def test_without_any_model_the_error_says_what_to_do() -> None:
    transport = Transport(
        http=httpx.MockTransport(lambda _: httpx.Response(200, content=OLLAMA.empty_listed))
    )
    connector = OllamaWire(
        ROW.load_from_env({}),
        transport=transport,
        owns_transport=True,
        retries=0,
        today=lambda: TODAY,
    )
    with pytest.raises(ApiRequestFailed, match="OLLAMA_MODEL") as raised:
        await connector.chat(QUESTION)
    assert raised.value.reason == "not_found"


@pytest.mark.parametrize(
    "said",
    [
        r'{"error":{"code":400,"message":"request (8889 tokens) exceeds the available context size '
        r'(4096 tokens), try increasing it","type":"exceed_context_size_error"}}',
        "the prompt is longer than the context length",
        "input length exceeds the context length",
    ],
)
async def test_a_prompt_that_is_not_cut_is_too_long(said: str) -> None:
    reply = httpx.Response(400, json={"error": said})
    connector = connected(ROW, Transport(http=httpx.MockTransport(lambda _: reply)))
    with pytest.raises(ApiRequestFailed) as raised:
        await connector.chat(ChatRequest((USER,)))
    assert (raised.value.reason, raised.value.retryable) == ("context_length", False)


LOADED = b'{"models":[{"model":"small:latest","context_length":4096}]}'
SHOWN = b'{"model_info":{"llama.context_length":131072}}'


@pytest.mark.parametrize(
    ("ps", "length"),
    [(LOADED, 4_096), (b'{"models":[]}', 131_072), (None, 131_072)],
    ids=["in memory", "not in memory", "an older version"],
)
async def test_the_context_length_is_that_in_memory_first(ps: bytes | None, length: int) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/show":
            return httpx.Response(200, content=SHOWN)
        return httpx.Response(404 if ps is None else 200, content=ps or b"404 page not found")

    connector = connected(ROW, Transport(http=httpx.MockTransport(handle)))
    assert isinstance(connector, Contextual)
    assert await connector.context_length("small") == length


INSTALLED = (
    b'{"models":[{"model":"gpt-oss:120b-cloud"},{"model":"mine","remote_host":"https://ollama.com"},'
    b'{"model":"nomic-embed-text"},{"model":"gemma3:4b"},{"model":"qwen3"}]}'
)


class Cloud(Server):
    """A server with models of its own, and of Ollama's cloud."""

    def _handle(self, request: httpx.Request) -> httpx.Response:
        reply = super()._handle(request)
        return (
            httpx.Response(200, content=INSTALLED) if request.url.path.endswith("tags") else reply
        )


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        (None, "gemma3:4b"),
        ("qwen3", "qwen3"),
        ("qwen3:latest", "qwen3:latest"),
        ("mine", None),
        ("gpt-oss:120b-cloud", None),
        ("kimi-k2:1t-cloud", None),
    ],
)
async def test_what_stays_local_is_sent_to_no_model_of_the_cloud(
    asked: str | None, sent: str | None
) -> None:
    server = Cloud()
    request = ChatRequest([USER], asked, stays_local=True)
    if sent is None:
        with pytest.raises(ApiRequestFailed) as raised:
            await server.connector.chat(request)
        assert raised.value.reason == "not_local"
    else:
        await server.connector.chat(request)
    assert [body["model"] for body in server.bodies if body] == ([sent] if sent else [])


async def test_a_list_says_which_models_run_elsewhere() -> None:
    listed = await Cloud().connector.models()
    assert [model.id for model in listed if model.is_remote] == ["gpt-oss:120b-cloud", "mine"]
