"""The model of a request that names none, for each kind of server."""

from typing import Any

import httpx
import msgspec
import pytest

from connectors import (
    PROVIDERS,
    ApiRequestFailed,
    ChatMessage,
    ChatRequest,
    ConnectorError,
    Connectors,
    Embedder,
    Role,
    connect,
)
from connectors.http.transport import Transport
from connectors.shared import Timeout
from connectors.wires.wire import Wire

QUESTION = ChatRequest([ChatMessage(Role.USER, "hi")])
ANSWER = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}
OLLAMA_ANSWER = {"message": {"content": "Hi"}, "done": True, "done_reason": "stop"}
URL = "http://127.0.0.1:1"
CHAT = ("/chat/completions", "/api/chat", "/v1/messages", "/v2/chat")
MIXED = ["text-embedding-3-small", "whisper-1", "BAAI/bge-reranker-v2-m3", "llama-guard3", "qwen3"]


class Server:
    """A server with lists by path; a list may be an error to raise."""

    def __init__(self, **lists: object) -> None:
        self.lists = lists
        self.asked_for: list[str | None] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith(CHAT):
            self.asked_for.append(msgspec.json.decode(request.content).get("model"))
            return httpx.Response(200, json=OLLAMA_ANSWER if path == "/api/chat" else ANSWER)
        found = self.lists.get(path.strip("/").replace("/", "_"))
        if isinstance(found, Exception):
            raise found
        if found is None:
            return httpx.Response(404, json={"error": "Unexpected endpoint or method."})
        return httpx.Response(200, json=found)


def names(*models: str) -> object:
    return {"data": [{"id": model} for model in models]}


def connected(server: Server, name: str, **environ: str) -> Wire:
    row = PROVIDERS[name]
    both = {row.url_env[-1]: URL} | ({row.key_env[-1]: "k" * 9} if row.needs_key else {}) | environ
    transport = Transport(http=httpx.MockTransport(server))
    connector = connect(row.load_from_env(both), transport=transport, retries=0)
    assert isinstance(connector, Wire)
    return connector


async def chat(server: Server, name: str, **environ: str) -> list[str | None]:
    """Ask once, and return the models that were asked for."""
    await connected(server, name, **environ).chat(QUESTION)
    return server.asked_for


@pytest.mark.parametrize("name", ["openai", "mistral", "huggingface", "lm_studio"])
async def test_the_first_that_can_chat_is_asked_for(name: str) -> None:
    assert await chat(Server(v1_models=names(*MIXED)), name) == ["qwen3"]


@pytest.mark.parametrize("name", ["openai", "mistral"])
async def test_a_hosted_default_is_never_asked_of_another_server(name: str) -> None:
    assert await chat(Server(), name) == [None]
    assert await chat(Server(v1_models=names("whisper-1")), name) == [None]


async def test_the_model_that_is_set_is_asked_for_whatever_is_listed() -> None:
    server = Server(v1_models=names("qwen3"))
    assert await chat(server, "openai", OPENAI_MODEL="mine") == ["mine"]


async def test_a_loaded_model_goes_first_at_lm_studio() -> None:
    states = [
        {"id": "nomic", "type": "embeddings", "state": "loaded"},
        {"id": "big", "type": "llm", "state": "not-loaded"},
        {"id": "small", "type": "vlm", "state": "loaded"},
    ]
    server = Server(api_v0_models={"data": states}, v1_models=names("big", "small"))
    assert await chat(server, "lm_studio") == ["small"]


async def test_the_first_is_loaded_where_none_is_at_lm_studio() -> None:
    states = [
        {"id": "nomic", "type": "embeddings", "state": "not-loaded"},
        {"id": "big", "type": "llm", "state": "not-loaded"},
    ]
    assert await chat(Server(api_v0_models={"data": states}), "lm_studio") == ["big"]


async def test_an_older_lm_studio_is_asked_by_its_plain_list() -> None:
    unexpected = {"error": "Unexpected endpoint or method. (GET /api/v0/models)"}
    server = Server(api_v0_models=unexpected, v1_models=names("nomic-embed-text", "big"))
    assert await chat(server, "lm_studio") == ["big"]


async def test_ollamas_encoders_are_passed_over() -> None:
    tags = [
        {"name": "paraphrase-multilingual:latest", "details": {"family": "bert"}},
        {"name": "my-own", "details": {"family": "nomic-bert"}},
        {"name": "llama3.2:latest", "details": {"family": "llama"}},
    ]
    assert await chat(Server(api_tags={"models": tags}), "ollama") == ["llama3.2:latest"]


async def test_a_list_that_comes_too_late_leaves_the_known_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = Server(v1_models=names("qwen3"))
    connector = connected(server, "openai")
    await connector.chat(QUESTION)
    server.lists["v1_models"] = Timeout("openai")
    monkeypatch.setattr(connector._choice, "_clock", lambda: 1e12)
    await connector.chat(QUESTION)
    assert server.asked_for == ["qwen3", "qwen3"]


async def test_a_server_that_is_gone_is_said_to_be_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(v1_models=names("qwen3"))
    connector = connected(server, "openai")
    await connector.chat(QUESTION)
    server.lists["v1_models"] = httpx.ConnectError("refused")
    monkeypatch.setattr(connector._choice, "_clock", lambda: 1e12)
    with pytest.raises(ConnectorError) as raised:
        await connector.chat(QUESTION)
    assert raised.value.reason == "unavailable"


async def test_the_first_embedding_model_of_a_servers_list_is_taken_or_its_want_is_told() -> None:
    asked: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/models"):
            return httpx.Response(200, json={"data": [{"id": name} for name in listed]})
        asked.append(msgspec.json.decode(request.content))
        return httpx.Response(200, json={"data": [{"index": 0, "embedding": [1.0]}]})

    listed = ["chat-x", "text-embedding-y", "text-embedding-z"]
    transport = Transport(http=httpx.MockTransport(answer))
    connector = Connectors({}, transport=transport).get("lm_studio")
    assert isinstance(connector, Embedder)
    assert await connector.embed(["a"]) == [[1.0]]
    assert await connector.embed([]) == []
    listed = ["chat-x"]
    with pytest.raises(ApiRequestFailed, match="lists no embedding model"):
        await connector.embed(["a"])
    assert asked == [{"model": "text-embedding-y", "input": ["a"]}]


async def test_a_server_without_a_list_embeds_with_its_own_model() -> None:
    asked: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(404)
        asked.append(msgspec.json.decode(request.content))
        return httpx.Response(200, json={"data": [{"index": 0, "embedding": [1.0]}]})

    environ = {"HF_API_TOKEN": "a-key", "HF_BASE_URL": "http://tei.example"}
    pool = Connectors(environ, transport=Transport(http=httpx.MockTransport(answer)))
    connector = pool.get("huggingface")
    assert isinstance(connector, Embedder)
    assert await connector.embed(["a"]) == [[1.0]]
    assert asked == [{"input": ["a"]}]
