from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from connectors import (
    ApiRequestFailed,
    Connectors,
    Embedder,
)
from connectors.http.transport import Transport
from connectors.wires.openai.wire import OpenAIWire
from tests.connectors.replay import QUESTION
from tests.connectors.shapes import OPENAI


async def test_many_texts_are_sent_in_batches_and_come_back_in_order() -> None:
    sizes = []

    def handle(request: httpx.Request) -> httpx.Response:
        texts = msgspec.json.decode(request.content)["input"]
        sizes.append(len(texts))
        data = [{"index": n, "embedding": [float(text)]} for n, text in enumerate(texts)]
        return httpx.Response(200, json={"data": data[::-1]})

    transport = Transport(http=httpx.MockTransport(handle))
    connector = Connectors({}, transport=transport).get("vllm")
    assert isinstance(connector, Embedder)
    vectors = await connector.embed([str(n) for n in range(300)], model="e")
    assert vectors == [[float(n)] for n in range(300)]
    assert sizes == [256, 44]
    assert await connector.embed([], model="e") == []


@pytest.mark.parametrize(
    ("status", "body", "models"),
    [
        (200, {"data": [{"id": "b", "state": "not-loaded"}, {"id": "a", "state": "loaded"}]}, "a"),
        (404, {"error": "Unexpected endpoint or method."}, "c"),
    ],
    ids=["new", "old"],
)
async def test_lm_studio_prefers_a_loaded_model_if_it_says_which_are(
    status: int, body: dict[str, Any], models: str
) -> None:
    asked = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            asked.append(msgspec.json.decode(request.content)["model"])
            return httpx.Response(200, content=OPENAI.answer)
        if request.url.path == "/api/v0/models":
            return httpx.Response(status, json=body)
        return httpx.Response(200, json={"data": [{"id": "c"}]})

    transport = Transport(http=httpx.MockTransport(handle))
    await Connectors({}, transport=transport).get("lm_studio").chat(QUESTION)
    assert asked == [models]


async def test_a_failing_list_of_states_is_not_taken_for_an_old_version() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(401, json={"error": {"message": "invalid api key"}})

    transport = Transport(http=httpx.MockTransport(handle))
    connector = Connectors({}, transport=transport, retries=0).get("lm_studio")
    assert isinstance(connector, OpenAIWire)
    with pytest.raises(ApiRequestFailed) as raised:
        await connector._models_by_preference()
    assert raised.value.reason == "auth"


async def test_only_lm_studio_is_asked_how_long_a_model_is_in_memory() -> None:
    asked = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        loaded = {"id": "a", "state": "loaded", "loaded_context_length": 4096}
        return httpx.Response(200, json={"data": [{"id": "b", "state": "not-loaded"}, loaded]})

    connectors = Connectors({}, transport=Transport(http=httpx.MockTransport(handle)))
    lm_studio, vllm = connectors.get("lm_studio"), connectors.get("vllm")
    assert isinstance(lm_studio, OpenAIWire)
    assert isinstance(vllm, OpenAIWire)
    assert [await lm_studio.context_length(model) for model in (None, "a", "b")] == [
        4096,
        4096,
        None,
    ]
    assert set(asked) == {"/api/v0/models"}
    assert await vllm.context_length("a") is None
