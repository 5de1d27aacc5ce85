from __future__ import annotations

from functools import partial

import pytest

from connectors import Completion, ConnectorError
from connectors.shared import ApiRequestFailed
from connectors.wires.call import Call, whole, whole_text
from connectors.wires.openai.reply import completion as openai_completion
from connectors.wires.openai.stream import StreamDecoder
from tests.rows import each


def refuse(data: object) -> ConnectorError:
    return ApiRequestFailed("vllm", detail=str(data))


def read(body: bytes, *, waits_for_close: bool = False) -> Completion:
    """Read a body as a call to a local server does."""
    thinking = {"strips_think_block": True, "waits_for_close": waits_for_close}
    whole_reply = partial(openai_completion, "vllm", refuse=refuse)
    call = Call(
        "chat/completions",
        b"",
        read=partial(whole, read=whole_reply, **thinking),
        decoder=partial(StreamDecoder, "vllm", refuse, **thinking),
    )
    return call.read_any(body)


def test_a_whole_reply_loses_its_think_block() -> None:
    answer = read(b'{"choices":[{"message":{"content":"<think>hm</think>\\n\\nyes"}}]}')
    assert (answer.text, answer.reasoning) == ("yes", "hm")


@pytest.mark.parametrize(
    ("waits", "text", "reasoning"), [(True, "", "hm"), (False, "hm", "")], ids=["thinks", "plain"]
)
def test_a_model_that_thinks_first_is_cut_off_inside_its_thinking(
    waits: bool, text: str, reasoning: str
) -> None:
    body = b'{"choices":[{"message":{"content":"hm"},"finish_reason":"length"}]}'
    answer = read(body, waits_for_close=waits)
    assert (answer.text, answer.reasoning) == (text, reasoning)


def test_a_stream_that_nobody_asked_for_is_joined() -> None:
    answer = read(
        b'data: {"model":"m","choices":[{"delta":{"content":"a"}}]}\n\n'
        b'data: {"choices":[{"delta":{"content":"b"},"finish_reason":"stop"}]}\n\n'
    )
    assert (answer.text, answer.model, answer.finish_reason) == ("ab", "m", "stop")


def test_an_error_in_a_list_is_raised() -> None:
    with pytest.raises(ApiRequestFailed) as raised:
        read(b'[{"error":{"message":"no"}}]')
    assert "no" in raised.value.detail


@each(
    "completion, reason, says",
    [
        (Completion("", refusal="I will not."), "content_filter", "refused to answer"),
        (Completion("Half", finish_reason="content_filter"), "content_filter", "refused to answer"),
        (Completion("Half", finish_reason="length"), "truncated", "cut off"),
        (Completion("Half", finish_reason="pause"), "truncated", "cut off"),
        (Completion("", finish_reason="tool_calls"), "server", "did not finish"),
        (Completion("Half", finish_reason="error"), "server", "did not finish"),
        (Completion("Half", finish_reason="unheard-of"), "server", "did not finish"),
        (Completion(" \n", reasoning="Hm."), "server", "the answer is empty"),
    ],
)
def test_what_is_no_whole_answer_is_an_error_without_the_text(
    completion: Completion, reason: str, says: str
) -> None:
    with pytest.raises(ConnectorError, match=f"^mistral: .*{says}") as raised:
        whole_text("mistral", completion)
    assert (raised.value.reason, raised.value.retryable) == (reason, reason == "server")
    assert "Half" not in str(raised.value)


def test_a_whole_answer_is_its_text() -> None:
    assert whole_text("mistral", Completion(" Because.\n", reasoning="Hm.")) == " Because.\n"
