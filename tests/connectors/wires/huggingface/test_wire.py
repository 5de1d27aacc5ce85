from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import msgspec
import pytest

from connectors import PROVIDERS, Embedder, Generator, Health, connect
from connectors.http.transport import Transport
from connectors.wires.huggingface.wire import HuggingFaceWire
from tests.connectors.replay import KEY, QUESTION
from tests.connectors.shapes import OPENAI

ROW = PROVIDERS["huggingface"]
TODAY, BEFORE = date(2026, 11, 22), date(2025, 5, 5)


class Server:
    def __init__(self, answer: bytes, *, url: str = "", today: date = TODAY) -> None:
        self.requests: list[httpx.Request] = []
        self._answer = answer
        environ = {"HUGGINGFACE_API_KEY": KEY, "HUGGINGFACE_BASE_URL": url}
        connector = connect(
            ROW.load_from_env(environ),
            transport=Transport(http=httpx.MockTransport(self._handle)),
            today=lambda: today,
        )
        assert isinstance(connector, HuggingFaceWire)
        self.connector = connector

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, content=self._answer)

    @property
    def url(self) -> str:
        return str(self.requests[-1].url)

    @property
    def body(self) -> Any:
        return msgspec.json.decode(self.requests[-1].content)


def test_the_hubs_own_variable_holds_the_key_too() -> None:
    config = ROW.load_from_env({"HF_TOKEN": KEY})
    assert config.api_key is not None
    assert (config.base_url, config.model) == ("https://api-inference.huggingface.co", "gpt2")


async def test_the_defaults_are_replaced_by_their_successors_and_that_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = Server(OPENAI.answer)
    for _ in range(2):
        await server.connector.chat(QUESTION)
    assert server.url == "https://router.huggingface.co/v1/chat/completions"
    assert server.body["model"] == "openai/gpt-oss-120b"
    assert [record.getMessage().split(" is ")[0] for record in caplog.records] == [
        "huggingface: the default model gpt2",
        "huggingface: the default address https://api-inference.huggingface.co",
    ]


async def test_before_the_day_the_documented_values_are_used() -> None:
    server = Server(b'[{"generated_text":"x"}]', today=BEFORE)
    await server.connector.generate("a")
    assert server.url == "https://api-inference.huggingface.co/models/gpt2"


async def test_the_old_host_is_asked_when_it_was_chosen() -> None:
    server = Server(OPENAI.answer, url="https://api-inference.huggingface.co")
    await server.connector.chat(QUESTION)
    assert server.url.startswith("https://api-inference.huggingface.co/")


async def test_a_bare_prompt_goes_to_the_path_of_its_model() -> None:
    server = Server(b'[{"generated_text":" you?"}]')
    assert isinstance(server.connector, Generator)
    answer = await server.connector.generate(
        "How are", model="org/m", max_tokens=3, temperature=0.0, stop=("x",), seed=7
    )
    assert answer.text == " you?"
    assert server.url == "https://router.huggingface.co/hf-inference/models/org/m"
    assert server.body == {
        "inputs": "How are",
        "stream": False,
        "parameters": {
            "max_new_tokens": 3,
            "do_sample": False,
            "stop": ["x"],
            "seed": 7,
            "details": True,
            "return_full_text": False,
        },
    }


async def test_a_server_of_ones_own_is_asked_by_its_own_paths() -> None:
    server = Server(b'{"generated_text":"x"}', url="http://127.0.0.1:3000")
    await server.connector.generate("a", temperature=0.5)
    assert server.url == "http://127.0.0.1:3000/generate"
    assert "stream" not in server.body
    assert server.body["parameters"]["temperature"] == 0.5
    assert isinstance(server.connector, Health)
    await server.connector.health()
    assert server.url == "http://127.0.0.1:3000/health"


async def test_a_server_of_ones_own_embeds_in_openais_language() -> None:
    server = Server(b'{"data":[{"embedding":[1]}]}', url="http://127.0.0.1:3000")
    assert isinstance(server.connector, Embedder)
    assert await server.connector.embed(["a"], model="e") == [[1.0]]
    assert server.url == "http://127.0.0.1:3000/v1/embeddings"


async def test_texts_are_embedded_in_batches() -> None:
    sizes = []

    def handle(request: httpx.Request) -> httpx.Response:
        texts = msgspec.json.decode(request.content)["inputs"]
        sizes.append(len(texts))
        return httpx.Response(200, json=[[float(text)] for text in texts])

    transport = Transport(http=httpx.MockTransport(handle))
    connector = connect(ROW.load_from_env({"HF_TOKEN": KEY}), transport=transport)
    assert isinstance(connector, Embedder)
    vectors = await connector.embed([str(n) for n in range(70)], model="e")
    assert vectors == [[float(n)] for n in range(70)]
    assert sizes == [64, 6]
