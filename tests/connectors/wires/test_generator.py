from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from connectors import PROVIDERS, Generator
from connectors.http.transport import Transport
from tests.connectors.replay import connected

ANSWER = {"response": "4", "done": True, "done_reason": "stop"}


def generator(asked: list[dict[str, Any]]) -> Generator:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(msgspec.json.decode(request.content))
        return httpx.Response(200, json=ANSWER)

    connector = connected(PROVIDERS["ollama"], Transport(http=httpx.MockTransport(answer)))
    assert isinstance(connector, Generator)
    return connector


async def test_the_options_of_a_prompt_are_sent_whole_and_streamed() -> None:
    asked: list[dict[str, Any]] = []
    wire = generator(asked)
    whole = await wire.generate("2+2=", model="m", max_tokens=3, stop=("\n",), seed=7)
    chunks = [chunk async for chunk in wire.generate_stream("2+2=", model="m", max_tokens=3)]
    assert (whole.text, "".join(chunk.text for chunk in chunks)) == ("4", "4")
    assert [body["prompt"] for body in asked] == ["2+2="] * 2
    assert asked[0]["options"] == {"num_predict": 3, "stop": ["\n"], "seed": 7}
    assert [body["stream"] for body in asked] == [False, True]


async def test_an_option_that_does_not_exist_is_a_type_error() -> None:
    options: Any = {"heat": 1}
    with pytest.raises(TypeError, match="heat"):
        await generator([]).generate("2+2=", **options)
