"""Requests that validators would refuse are brought within limits, or become one clear error."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import (
    PROVIDERS,
    ApiRequestFailed,
    ChatMessage,
    ChatRequest,
    Connector,
    Embedder,
    Generator,
    Provider,
    Reranker,
    Role,
    Tool,
    ToolCall,
)
from connectors.http.transport import Transport
from connectors.shared import encode_message_array, encode_string_array
from connectors.wires.request_checks import check, seed_of
from tests.connectors.replay import connected
from tests.connectors.shapes import shape_of
from tests.rows import each

HI: Final = ChatMessage(Role.USER, "hi")
ASKED: Final = ChatMessage(Role.ASSISTANT, "", tool_calls=(ToolCall("call_01", "look", "{}"),))
HALF: Final = "\ud83d"
every_row = pytest.mark.parametrize("row", PROVIDERS.values(), ids=list(PROVIDERS))


class Listener:
    """A server that keeps the bodies of what it is asked, and answers a chat."""

    def __init__(self, row: Provider, answer: bytes | None = None) -> None:
        self.bodies: list[Any] = []
        self.paths: list[str] = []
        self._answer = shape_of(row).answer if answer is None else answer
        http = httpx.MockTransport(self._take)
        self.connector: Connector = connected(row, Transport(http=http), retries=0)

    def _take(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(json.loads(request.content) if request.content else None)
        self.paths.append(request.url.path)
        headers = {"content-type": "application/json"}
        return httpx.Response(200, content=self._answer, headers=headers)


async def sent(row: Provider, request: ChatRequest) -> Any:
    server = Listener(row)
    await server.connector.chat(request)
    return server.bodies[-1]


def options(row: Provider, body: Any) -> Any:
    return body.get("options", {}) if row.name == "ollama" else body


@every_row
@each("temperature", [-1.0, 0.0, 0.7, 1.2, 1.7, 2.0, 5.0, float("inf")])
async def test_a_temperature_is_within_what_the_provider_takes(
    row: Provider, temperature: float
) -> None:
    body = options(row, await sent(row, ChatRequest((HI,), temperature=temperature)))
    most = {"mistral": 1.5, "cohere": 1.0, "anthropic": 1.0}.get(row.name, 2.0)
    if temperature == float("inf"):
        assert "temperature" not in body
    else:
        assert body["temperature"] == min(max(temperature, 0.0), most)


@every_row
@each("seed", [-1, -(2**70), 0, 7, 2**63, 2**64 + 5])
async def test_a_seed_is_one_that_every_server_takes(row: Provider, seed: int) -> None:
    body = options(row, await sent(row, ChatRequest((HI,), seed=seed)))
    name = {"mistral": "random_seed"}.get(row.name, "seed")
    assert body.get(name) == (None if row.name == "anthropic" else seed % 2**63)


@given(st.integers(), st.integers())
def test_different_seeds_stay_different_and_a_usual_one_is_kept(one: int, other: int) -> None:
    assert 0 <= (seed_of(one) or 0) < 2**63
    if 0 <= one < 2**63:
        assert seed_of(one) == one
    if abs(one - other) < 2**63 and one != other:
        assert seed_of(one) != seed_of(other)


@every_row
async def test_sampling_is_sent_where_the_wire_has_it(row: Provider) -> None:
    body = options(row, await sent(row, ChatRequest((HI,), top_p=0.9, top_k=40)))
    top_p, top_k = ("p", "k") if row.name == "cohere" else ("top_p", "top_k")
    assert body[top_p] == 0.9
    has_top_k = row.name in ("anthropic", "ollama", "cohere", "lm_studio", "vllm", "mlx")
    assert body.get(top_k) == (40 if has_top_k else None)


@every_row
async def test_sampling_that_is_not_asked_for_is_not_sent(row: Provider) -> None:
    body = await sent(row, ChatRequest((HI,)))
    assert not {"top_p", "top_k", "p", "k", "options", "temperature"} & set(body)


@every_row
async def test_sampling_beyond_its_limits_is_brought_within(row: Provider) -> None:
    high = options(row, await sent(row, ChatRequest((HI,), top_p=3.0, top_k=-5)))
    low = options(row, await sent(row, ChatRequest((HI,), top_p=-1.0, top_k=10**6)))
    name = "p" if row.name == "cohere" else "top_p"
    assert high[name] in (1.0, 0.99)
    assert 0 <= low[name] <= 0.01
    assert (high.get("top_k", 0), low.get("k", 0)) in ((0, 0), (0, 500))


@pytest.mark.parametrize(
    ("model", "has_temperature", "has_top_p"),
    [
        ("claude-sonnet-4-5", True, False),
        ("claude-opus-4-1-20250805", True, False),
        ("claude-sonnet-5-5", False, False),
        ("claude-3-haiku-20240307", True, True),
    ],
)
async def test_claude_gets_the_sampling_that_its_model_takes(
    model: str, *, has_temperature: bool, has_top_p: bool
) -> None:
    request = ChatRequest((HI,), model=model, temperature=0.5, top_p=0.9)
    body = await sent(PROVIDERS["anthropic"], request)
    assert ("temperature" in body, "top_p" in body) == (has_temperature, has_top_p)


@every_row
async def test_no_more_stops_are_sent_than_are_taken(row: Provider) -> None:
    body = options(row, await sent(row, ChatRequest((HI,), stop=("", *"abcdefgh"))))
    name = "stop_sequences" if row.name in ("anthropic", "cohere") else "stop"
    most = {"openai": 4, "huggingface": 4, "cohere": 5}.get(row.name, 8)
    assert body[name] == list("abcdefgh")[:most]


@every_row
@pytest.mark.parametrize("cap", [-1, 0])
async def test_a_cap_of_nothing_is_none_or_one(row: Provider, cap: int) -> None:
    body = options(row, await sent(row, ChatRequest((HI,), max_tokens=cap)))
    names = ("max_tokens", "max_completion_tokens", "num_predict")
    found = next((body[name] for name in names if name in body), None)
    assert found == ((4096 if row.name == "anthropic" else None) if cap < 0 else 1)


@every_row
async def test_a_function_is_sent_as_a_tool(row: Provider) -> None:
    result = ChatMessage(Role.FUNCTION, "sunny", tool_call_id="call_01")
    body = await sent(row, ChatRequest((HI, ASKED, result)))
    assert '"function"' not in json.dumps([m.get("role") for m in body["messages"]])
    expected = "user" if row.name == "anthropic" else "tool"
    assert body["messages"][-1]["role"] == expected


@every_row
async def test_a_developer_speaks_for_the_system(row: Provider) -> None:
    body = await sent(row, ChatRequest((ChatMessage("developer", "Be kind."), HI)))
    if row.name == "anthropic":
        assert (body["system"], len(body["messages"])) == ("Be kind.", 1)
    else:
        assert body["messages"][0]["role"] == "system"


@every_row
@each("arguments", ["", "true", "[1]", '{"a":', "null", "x" * 9, HALF, "[" * 9999])
async def test_bad_arguments_in_the_history_become_an_empty_object(
    row: Provider, arguments: str
) -> None:
    turn = ChatMessage(Role.ASSISTANT, "", tool_calls=(ToolCall("call_01", "look", arguments),))
    result = ChatMessage(Role.TOOL, "sunny", tool_call_id="call_01")
    body = await sent(row, ChatRequest((HI, turn, result)))
    asked = body["messages"][1]
    if row.name == "anthropic":
        assert asked["content"][-1]["input"] == {}
    else:
        assert asked["tool_calls"][0]["function"]["arguments"] in ("{}", {})


@every_row
async def test_an_assistants_turn_of_nothing_is_left_out(row: Provider) -> None:
    body = await sent(row, ChatRequest((HI, ChatMessage(Role.ASSISTANT, " \n"), HI)))
    assert "assistant" not in [m["role"] for m in body["messages"]]


@every_row
async def test_a_tool_choice_without_tools_is_not_sent(row: Provider) -> None:
    assert "tool_choice" not in await sent(row, ChatRequest((HI,), tool_choice="required"))


def image(url: str, role: str = Role.USER) -> ChatMessage:
    return ChatMessage(role, "what?", images=(url,))


PNG: Final = "data:image/png;base64,iVBORw0KGgo="
REFUSED: Final = [
    ((), "empty"),
    ((ChatMessage(Role.USER, " \n"),), "empty"),
    ((ChatMessage(Role.SYSTEM, "Be kind."),), "empty"),
    ((image("data:image/bmp;base64,Qk0="),), "bmp"),
    ((image("data:image/png;base64,Qk0="),), "bmp"),
    ((image("data:image/tiff;base64,AAAA"),), "tiff"),
    ((image("data:image/svg+xml;base64,AAAA"),), "svg"),
    ((image("data:application/pdf;base64,AAAA"),), "pdf"),
    ((image("data:image/png;base64,"),), "empty"),
    ((image("data:image/png,raw"),), "base64"),
    ((image("file:///etc/passwd"),), "link"),
    ((HI, image(PNG, Role.ASSISTANT)), "user says"),
    ((image(PNG, Role.SYSTEM), HI), "user says"),
    ((HI, ChatMessage("robot", "x")), "role"),
    ((HI, ChatMessage("", "x")), "role"),
    ((HI, ChatMessage(Role.FUNCTION, "x")), "tool_call_id"),
    ((HI, ChatMessage(Role.TOOL, "x", tool_call_id="")), "tool_call_id"),
]


@every_row
@each("messages, word", REFUSED)
async def test_what_no_provider_takes_is_one_clear_error_and_not_sent(
    row: Provider, messages: Sequence[ChatMessage], word: str
) -> None:
    server = Listener(row)
    for ask in (server.connector.chat, lambda request: anext(server.connector.stream(request))):
        with pytest.raises(ApiRequestFailed, match=word) as raised:
            await ask(ChatRequest(messages))
        assert (raised.value.reason, raised.value.retryable) == ("bad_request", False)
    assert server.bodies == []


@pytest.mark.parametrize("name", ["ollama", "huggingface"])
async def test_a_prompt_of_nothing_is_not_sent(name: str) -> None:
    server = Listener(PROVIDERS[name])
    assert isinstance(server.connector, Generator)
    with pytest.raises(ApiRequestFailed, match="nothing to ask"):
        await server.connector.generate("")
    with pytest.raises(ApiRequestFailed, match="nothing to ask"):
        await anext(server.connector.generate_stream(""))
    assert server.bodies == []


@every_row
async def test_an_image_is_sent_as_what_it_is(row: Provider) -> None:
    body = json.dumps(await sent(row, ChatRequest((image("data:image/jpg;base64,iVBORw0KGgo="),))))
    assert "iVBORw0KGgo=" in body
    assert "jp" not in body


def everywhere(text: str) -> ChatRequest:
    """Return a request with the text in every field that holds one."""
    call = ToolCall(text, text, json.dumps({"a": "b"}))
    return ChatRequest(
        (
            ChatMessage(Role.SYSTEM, text),
            ChatMessage(Role.USER, text),
            ChatMessage(Role.ASSISTANT, text, tool_calls=(call,)),
            ChatMessage(Role.TOOL, text, tool_call_id=text),
        ),
        model=text,
        stop=(text,),
        tools=(Tool(text, text, {"type": "object", "properties": {text: {"enum": [text]}}}),),
        tool_choice=text,
        reasoning_effort=text,
    )


@every_row
async def test_half_a_character_anywhere_becomes_a_replacement(row: Provider) -> None:
    body = await sent(row, everywhere(f"a{HALF}b"))
    text = json.dumps(body, ensure_ascii=False)
    assert text.encode()
    assert text.count("a\ufffdb") >= 5
    assert "?" not in text


@every_row
@settings(max_examples=25)
@given(text=st.text(st.characters(exclude_categories=()), max_size=5).filter(str.strip))
async def test_no_text_makes_an_encoder_raise(row: Provider, text: str) -> None:
    assert await sent(row, everywhere(text))


@every_row
async def test_two_halves_that_belong_together_are_one_character(row: Provider) -> None:
    body = await sent(row, ChatRequest((ChatMessage(Role.USER, "\ud83d\ude00"),)))
    assert "\U0001f600" in json.dumps(body, ensure_ascii=False)


OPENAI_VECTORS: Final = b'{"data":[{"embedding":[1.0]}]}'


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("openai", OPENAI_VECTORS),
        ("mistral", OPENAI_VECTORS),
        ("huggingface", OPENAI_VECTORS),
        ("ollama", b'{"embeddings":[[1.0]]}'),
        ("cohere", b'{"embeddings":{"float":[[1.0]]}}'),
    ],
)
async def test_half_a_character_in_a_text_to_embed_becomes_a_replacement(
    name: str, answer: bytes
) -> None:
    server = Listener(PROVIDERS[name], answer)
    assert isinstance(server.connector, Embedder)
    assert await server.connector.embed([f"a{HALF}b"], model=f"m{HALF}") == [[1.0]]
    assert "a\ufffdb" in json.dumps(server.bodies[0], ensure_ascii=False)


async def test_half_a_character_in_a_query_becomes_a_replacement() -> None:
    server = Listener(PROVIDERS["cohere"], b'{"results":[{"index":0,"relevance_score":0.5}]}')
    assert isinstance(server.connector, Reranker)
    await server.connector.rerank(f"q{HALF}", [f"t{HALF}"], model=f"m{HALF}")
    assert server.bodies == [{"model": "m\ufffd", "query": "q\ufffd", "documents": ["t\ufffd"]}]


@pytest.mark.parametrize("name", ["ollama", "huggingface"])
async def test_half_a_character_in_a_prompt_becomes_a_replacement(name: str) -> None:
    answers = {"ollama": b'{"response":"x","done":true}', "huggingface": b'{"generated_text":"x"}'}
    server = Listener(PROVIDERS[name], answers[name])
    assert isinstance(server.connector, Generator)
    await server.connector.generate(f"p{HALF}", model="m", stop=(f"s{HALF}",))
    text = json.dumps(server.bodies[0], ensure_ascii=False)
    assert "p\ufffd" in text
    assert "s\ufffd" in text


def test_the_plain_encoders_replace_half_a_character_too() -> None:
    assert encode_string_array([HALF]).decode() == '["\ufffd"]'
    message = ChatMessage(Role.USER, HALF)
    assert "\ufffd" in encode_message_array([message]).decode()


@pytest.mark.parametrize(
    ("top_n", "places"), [(1, [2]), (2, [2, 0]), (9, [2, 0, 1]), (None, [2, 0, 1])]
)
async def test_reranking_gives_the_best_first_and_at_most_top_n(
    top_n: int | None, places: list[int]
) -> None:
    results = [
        {"index": index, "relevance_score": score} for index, score in enumerate((0.5, 0.1, 0.9))
    ]
    server = Listener(PROVIDERS["cohere"], json.dumps({"results": results}).encode())
    assert isinstance(server.connector, Reranker)
    ranked = await server.connector.rerank("q", ["a", "b", "c"], model="m", top_n=top_n)
    assert [place.index for place in ranked] == places


async def test_the_best_none_are_none_and_nobody_is_asked() -> None:
    server = Listener(PROVIDERS["cohere"])
    assert isinstance(server.connector, Reranker)
    assert await server.connector.rerank("q", ["a"], model="m", top_n=0) == []
    assert server.bodies == []


@pytest.mark.parametrize("reply", [b"[0.5,1]", b"[[0.5,1]]", b"[[[0.5,1]]]"])
async def test_one_text_may_be_embedded_flat(reply: bytes) -> None:
    row = PROVIDERS["huggingface"]
    http = httpx.MockTransport(lambda _: httpx.Response(200, content=reply))
    connector = connected(row, Transport(http=http), "https://router.huggingface.co", retries=0)
    assert isinstance(connector, Embedder)
    assert await connector.embed(["a"], model="m") == [[0.5, 1.0]]


def test_a_usual_question_is_not_held_up() -> None:
    check("x", ChatRequest((ChatMessage(Role.SYSTEM, "s"), HI, ASKED, HI)))
