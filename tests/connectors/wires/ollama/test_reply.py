from __future__ import annotations

import pytest

from connectors.wires.ollama.reply import AnswerDecoder, loaded_lengths, models, shown_length
from tests.connectors.replay import refuse


@pytest.mark.parametrize(
    "lines",
    [
        b'{"message":{"content":[{"type":"text","text":"hi"}],"tool_calls":{}},"done":true,"eval_count":"x"}',
        b'{"model":7,"message":{"content":"hi","thinking":false,"tool_calls":[null]}}\n{"done":true}',
        b'{"message":{"content":"h"}}\nping\n{"message":{"content":"i"}}\n{"message":null,"done":true}',
        b'data: {"message":{"content":"hi"},"done":false}\n\ndata: {"done":true}\n\n',
        b'{"message":{"content":"h"},"done_reason":"stop"}\n{"message":{"content":"i"},"done_reason":"stop"}',
    ],
)
def test_an_odd_line_loses_nothing_but_itself(lines: bytes) -> None:
    decoder = AnswerDecoder("ollama", refuse, strips_think_block=True)
    chunks = decoder.feed(lines) + decoder.finish()
    assert ("".join(chunk.text for chunk in chunks), decoder.error) == ("hi", None)


def test_models_of_old_servers_are_judged_by_name() -> None:
    body = b'{"models":[{"name":"nomic-embed-text"},{"name":"llama3.2"},{}]}'
    listed = models("ollama", body, refuse)
    assert [(model.id, model.is_chat) for model in listed] == [
        ("nomic-embed-text", False),
        ("llama3.2", True),
    ]


@pytest.mark.parametrize(
    ("shown", "length"),
    [
        (b'{"model_info":{"general.name":"x","llama.context_length":131072}}', 131_072),
        (b'{"parameters":"stop x\\nnum_ctx  8192","model_info":{"a.context_length":9}}', 8_192),
        (b'{"model_info":{"llama.context_length":"many"}}', None),
        (b'{"parameters":"","model_info":{}}', None),
    ],
)
def test_a_model_is_as_long_as_it_is_set_to_or_was_trained_for(
    shown: bytes, length: int | None
) -> None:
    assert shown_length("ollama", shown, refuse) == length


def test_models_in_memory_say_how_long_they_are() -> None:
    body = b'{"models":[{"model":"a:latest","context_length":4096},{"model":"b"}]}'
    assert loaded_lengths("ollama", body, refuse) == {"a:latest": 4096}
