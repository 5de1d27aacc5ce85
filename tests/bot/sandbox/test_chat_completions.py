import json

import pytest

from bot.sandbox.chat_completions import completion, ending, error_json, turns
from bot.sandbox.model_server import Reply


def events(body: bytes) -> list[str]:
    return [line.removeprefix("data: ") for line in body.decode().split("\n\n") if line]


def test_an_ending_without_a_finish_reason_is_only_the_mark() -> None:
    assert events(ending({}, Reply(finish_reason=None))) == ["[DONE]"]


def test_the_usage_is_an_event_without_choices() -> None:
    asked = {"stream_options": {"include_usage": True}}
    _, usage, _ = events(ending(asked, Reply(usage=(3, 2))))
    assert json.loads(usage)["choices"] == []
    assert json.loads(usage)["usage"]["total_tokens"] == 5
    assert len(events(ending(asked, Reply(usage=None)))) == 2


def test_a_completion_without_a_count_has_no_usage() -> None:
    assert "usage" not in completion({}, Reply(chunks=["hi"], usage=None))


def test_a_message_of_parts_is_their_text() -> None:
    parts = [{"type": "text", "text": "some"}, {"type": "image_url"}, {"text": "parts"}]
    messages = [{"role": "user", "content": parts}, {"role": "assistant", "content": None}]
    assert turns({"messages": messages}) == [("user", "some  parts"), ("assistant", "")]
    assert turns({}) == []


@pytest.mark.parametrize(("status", "code"), [(401, "invalid_api_key"), (500, None)])
def test_an_error_has_the_code_of_its_status(status: int, code: str | None) -> None:
    assert error_json(status, "no")["error"]["code"] == code
