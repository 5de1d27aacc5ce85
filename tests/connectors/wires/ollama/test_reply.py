from __future__ import annotations

import pytest

from connectors.wires.ollama.reply import AnswerDecoder, models
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
