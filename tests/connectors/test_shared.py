from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

from connectors.shared import (
    ApiRequestFailed,
    ChatMessage,
    ConnectorError,
    MissingApiKey,
    RateLimitExceeded,
    Role,
    Timeout,
    ToolCall,
    any_env_is_set,
    calculate_retry_delay,
    encode_message_array,
    encode_string_array,
    env_is_set,
    env_value,
    exponential_backoff,
    first_env_set,
    is_client_error,
    is_rate_limit_status,
    is_retryable_status,
    is_server_error,
    is_success_status,
    map_http_status,
    secure_wipe,
    typed,
    without_keys,
)
from tests.rows import each


@pytest.mark.parametrize("blank", ["", " ", "\t\n "])
def test_a_blank_variable_is_not_set(blank: str) -> None:
    assert not env_is_set("KEY", {"KEY": blank})
    assert not any_env_is_set(("OTHER", "KEY"), {"KEY": blank})


def test_one_set_variable_of_several_is_enough() -> None:
    assert any_env_is_set(("OTHER", "KEY"), {"KEY": "x"})


def test_env_is_set_makes_no_copy_of_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABI_TEST_KEY", "x" * 100_000)
    env_is_set("ABI_TEST_KEY")
    tracemalloc.start()
    try:
        assert env_is_set("ABI_TEST_KEY")
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 2_000


def test_backoff_doubles_up_to_its_maximum() -> None:
    assert [exponential_backoff(n, 500, 8000) for n in range(6)] == [
        500,
        1000,
        2000,
        4000,
        8000,
        8000,
    ]
    assert exponential_backoff(100_000, 500, 8000) == 8000


def test_a_delay_is_spread_by_a_quarter() -> None:
    assert calculate_retry_delay(1, 500, 8000, random=lambda: 0.0) == 750
    assert calculate_retry_delay(1, 500, 8000, random=lambda: 0.5) == 1000
    assert calculate_retry_delay(1, 500, 8000, random=lambda: 1.0) == 1250


@each("attempt", [0, 1, 4, 5, 64, 10_000])
@each("chance", [0.0, 0.3, 0.5, 0.999, 1.0])
def test_a_delay_never_exceeds_its_maximum(attempt: int, chance: float) -> None:
    assert 0 < calculate_retry_delay(attempt, 500, 8001, random=lambda: chance) <= 8001


def test_delays_at_the_maximum_are_still_spread() -> None:
    chances = iter([0.0, 0.5, 1.0])
    delays = [calculate_retry_delay(50, 500, 8000, random=lambda: next(chances)) for _ in range(3)]
    assert delays == [6000, 7000, 8000]


@pytest.mark.parametrize("attempt", [-1, -64, -10_000])
def test_a_negative_attempt_counts_as_the_first(attempt: int) -> None:
    assert exponential_backoff(attempt, 500, 8000) == 500
    assert calculate_retry_delay(attempt, 500, 8000, random=lambda: 0.5) == 500


def test_a_delay_of_nothing_is_nothing() -> None:
    assert calculate_retry_delay(3, 0, 8000) == calculate_retry_delay(3, 500, 0) == 0


def test_statuses_are_told_apart() -> None:
    assert is_success_status(204)
    assert not is_success_status(302)
    assert is_rate_limit_status(429)
    assert is_client_error(404)
    assert not is_client_error(500)
    assert is_server_error(529)
    assert [s for s in (400, 401, 404, 408, 409, 422, 429, 500, 503) if is_retryable_status(s)] == [
        408,
        409,
        429,
        500,
        503,
    ]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, RateLimitExceeded),
        (408, Timeout),
        (504, Timeout),
        (401, ApiRequestFailed),
        (500, ApiRequestFailed),
    ],
)
def test_a_status_has_a_kind_of_error(status: int, kind: type[ConnectorError]) -> None:
    assert map_http_status(status) is kind


def test_messages_and_strings_become_json_arrays() -> None:
    messages = [ChatMessage(Role.SYSTEM, 'say "é"'), ChatMessage(Role.USER, "hi")]
    assert encode_message_array(messages).decode() == (
        '[{"role":"system","content":"say \\"é\\""},{"role":"user","content":"hi"}]'
    )
    assert encode_string_array(["a", "\n"]) == b'["a","\\n"]'


@pytest.mark.parametrize("bare", ["abc", "", b"abc"])
def test_a_bare_string_is_no_array(bare: Any) -> None:
    with pytest.raises(TypeError, match="strings takes a sequence"):
        encode_string_array(bare)
    with pytest.raises(TypeError, match="messages takes a sequence"):
        encode_message_array(bare)


def test_a_bare_string_is_no_list_of_variables_or_images() -> None:
    bare: Any = "OPENAI_API_KEY"
    for look in (any_env_is_set, first_env_set):
        with pytest.raises(TypeError, match="names takes a sequence"):
            look(bare, {"O": "set", "OPENAI_API_KEY": "set"})
    with pytest.raises(TypeError, match="images takes a sequence"):
        ChatMessage(Role.USER, "look", images=bare)
    with pytest.raises(TypeError, match="tool_calls takes a sequence"):
        ChatMessage(Role.ASSISTANT, "look", tool_calls=bare)


def test_a_wiped_buffer_is_all_zeros_where_it_lies() -> None:
    buffer = bytearray(b"secret")
    view = memoryview(buffer)
    secure_wipe(buffer)
    assert bytes(view) == bytes(6)


@pytest.mark.parametrize(
    ("arguments", "parsed"),
    [('{"a":1}', {"a": 1}), ("{}", {}), ('{"a', None), ("true", None), ("[" * 100_000, None)],
    ids=["object", "empty", "cut off", "no object", "nested without end"],
)
def test_arguments_are_a_dict_or_a_bad_call(arguments: str, parsed: object) -> None:
    assert ToolCall("1", "f", arguments).parsed() == parsed


def test_an_error_says_who_and_what_in_our_words_only() -> None:
    error = ApiRequestFailed(
        "mistral", 401, "auth", provider_code="1300", request_id="r1", detail="You said: my prompt"
    )
    assert str(error) == "mistral: the key was refused (status 401, code 1300, request r1)"
    assert error.detail == "You said: my prompt"
    assert not error.retryable


def test_a_kind_brings_its_reason_and_whether_to_retry() -> None:
    assert (RateLimitExceeded("x").reason, RateLimitExceeded("x").retryable) == ("rate_limit", True)
    assert (MissingApiKey("x").reason, MissingApiKey("x").retryable) == ("auth", False)


def test_detail_is_bounded() -> None:
    assert len(ApiRequestFailed("x", detail="word " * 10_000).detail) == 500


@pytest.mark.parametrize(
    "key",
    [
        "sk-proj-abcDEF123456_789",
        "sk-ab**********wxyz",
        "hf_AbCdEfGhIjKl",
        "Bearer abc.def",
        "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF",
    ],
)
def test_what_looks_like_a_key_is_taken_out(key: str) -> None:
    assert key not in without_keys(f"key: {key} was refused")


def test_what_is_half_hidden_is_hidden_whatever_stands_around_it() -> None:
    text = "Incorrect key sk-abcdefgh/foo***bar, or Bearer abc***def or x~+a*****Z/9!"
    assert without_keys(text) == "Incorrect key ***, or *** or ***!"


def test_a_word_without_end_is_read_once() -> None:
    # From each of its characters again, it would take minutes.
    assert without_keys("1a" * 100_000 + "*") == "****"
    assert without_keys("-/" * 100_000) == "-/" * 100_000


def test_a_model_name_is_no_key() -> None:
    text = "The model `mlx-community/Qwen3-4B-Instruct-2507-4bit` does not exist."
    assert without_keys(text) == text


@pytest.mark.parametrize("blank", ['""', "''", "\ufeff", ' " " ', "\u200b", "\u00a0"])
def test_quotes_and_marks_alone_are_no_value(blank: str) -> None:
    assert not env_is_set("KEY", {"KEY": blank})


@pytest.mark.parametrize("blank", ['""', "\ufeff"])
def test_quotes_and_marks_alone_are_no_value_in_the_real_environment(
    monkeypatch: pytest.MonkeyPatch, blank: str
) -> None:
    monkeypatch.setenv("ABI_TEST_KEY", blank)
    assert not env_is_set("ABI_TEST_KEY")


@each(
    "value",
    [
        '"a b"',
        "'a b'",
        " a b\r\n",
        "\ufeffa b",
        "\"'a b'\"",
        ' "a b" ',
        '" a b "',
        "\u200ba b\u00a0",
    ],
)
def test_what_surrounds_a_value_by_accident_is_dropped(value: str) -> None:
    assert typed(value) == "a b"
    assert env_value("KEY", {"KEY": value}) == "a b"


@pytest.mark.parametrize("value", ['"a', "a'", "a\"b'c", "\"a'", '"', ""])
def test_quotes_that_are_no_pair_belong_to_the_value(value: str) -> None:
    assert typed(value) == value
