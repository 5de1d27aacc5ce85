from __future__ import annotations

import pytest

from connectors import ConnectorError, InvalidResponse, Usage
from connectors.wires.error_body import parse_error_json
from connectors.wires.failures import failure
from connectors.wires.openai.reply import completion, models, vectors


def refuse(data: object) -> ConnectorError:
    return failure("vllm", parse_error_json(data))


def test_usage_of_an_unknown_form_is_no_usage() -> None:
    usage = b'{"prompt_tokens":"5","completion_tokens":2}'
    reply = b'{"choices":[{"message":{"content":"a"}}],"usage":' + usage + b"}"
    assert completion("vllm", reply, refuse).usage == Usage(output_tokens=2)


def test_vectors_come_in_the_order_of_their_texts() -> None:
    body = b'{"data":[{"index":1,"embedding":[2]},{"index":0,"embedding":[1]}]}'
    assert vectors("vllm", body, refuse, texts=2) == [[1.0], [2.0]]


@pytest.mark.parametrize(
    "body",
    [
        b'{"data":[]}',
        b'{"data":[{"embedding":[[1],[2]]}]}',
        b'{"data":[{"embedding":"AAA"}]}',
        b'{"data":[{"embedding":"AAAA"}]}',
        b"[]",
        b"",
    ],
    ids=["too few", "a vector per token", "bad base64", "no float32", "no object", "nothing"],
)
def test_unusable_vectors_are_an_invalid_response(body: bytes) -> None:
    with pytest.raises(InvalidResponse):
        vectors("vllm", body, refuse, texts=1)


def test_a_choice_without_a_message_is_no_empty_answer() -> None:
    with pytest.raises(InvalidResponse):
        completion("vllm", b'{"choices":[{"finish_reason":"stop"}]}', refuse)


def test_embeddings_that_are_no_text_are_an_invalid_response() -> None:
    with pytest.raises(InvalidResponse):
        vectors("vllm", rb'{"data":[{"embedding":"\ud83d"}]}', refuse, texts=1)


@pytest.mark.parametrize(
    "body",
    [
        b'[{"id":"a"},{"id":"b"}]',
        b'{"data":["a",null,"b"]}',
        b'{"data":[{"id":"a","aliases":null},{"object":"model"},{"id":"b","max_model_len":"32k"}]}',
        b'\xef\xbb\xbf{"data":[{"id":"a","score":NaN},{"id":"b"}]}',
    ],
)
def test_one_odd_entry_loses_no_list(body: bytes) -> None:
    assert [model.id for model in models("vllm", body, refuse)] == ["a", "b"]


def test_a_list_that_is_null_is_empty() -> None:
    assert models("vllm", b'{"object":"list","data":null}', refuse) == []


@pytest.mark.parametrize(
    ("entry", "length"),
    [
        ('"max_model_len": 4096', 4_096),  # vLLM
        ('"max_context_length": 32768', 32_768),  # Mistral
        ('"max_context_length": 32768, "loaded_context_length": 4096', 4_096),  # LM Studio
        ('"context_length": 200000', 200_000),  # OpenRouter
        (
            '"providers": [{"status": "live", "context_length": 131072}, '
            '{"status": "live", "context_length": 32768}, {"status": "live"}, '
            '{"status": "error", "context_length": 8192}]',
            32_768,
        ),  # Hugging Face: any of those that are live may be asked
        ('"providers": "many"', None),
        ('"object": "model"', None),
    ],
)
def test_a_list_may_say_how_much_a_model_takes(entry: str, length: int | None) -> None:
    body = f'{{"data": [{{"id": "a", {entry}}}]}}'.encode()
    assert models("openai", body, refuse)[0].context_length == length
