from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import ApiRequestFailed, ConnectorError, OutOfMemory, RateLimitExceeded, Timeout
from connectors.shared import SUMMARIES
from connectors.wires.error_body import parse_error_body, parse_error_json
from connectors.wires.failures import failure
from tests.rows import each


def test_a_wait_in_the_body_is_read_when_no_header_has_one() -> None:
    told = parse_error_body(b'{"error":"Model x is currently loading","estimated_time":20.0}')
    error = failure("x", told, status=503)
    assert (error.reason, error.retry_after) == ("loading", 20.0)


@each(
    "body, detail",
    [
        (b'{"error":{"message":"no"}}', "no"),
        (b'{"error":"no"}', "no"),
        (b'{"message":"no"}', "no"),
        (b'{"message":{"detail":[{"msg":"no"}]}}', "no"),
        (b'{"detail":"no"}', "no"),
        (b'{"detail":[{"msg":"no"},{"msg":"never"}]}', "no; never"),
        (b'"no"', "no"),
        (b"no", "no"),
        (b"<html><title> no </title>", "no"),
        (b"<html>", ""),
        (b"", ""),
        (b"\xff", "\ufffd"),
        (b"[" * 100_000, "[" * 500),
        (b'{"error":{"message":null,"code":{},"type":[]}}', ""),
    ],
)
def test_every_form_of_body_is_read(body: bytes, detail: str) -> None:
    assert failure("x", parse_error_body(body), status=400).detail == detail


@each(
    "status, body, reason, kind",
    [
        (400, b'{"error":{"code":"context_length_exceeded"}}', "context_length", ApiRequestFailed),
        (400, b"the prompt is too long", "context_length", ApiRequestFailed),
        (404, b"No models loaded.", "not_found", ApiRequestFailed),
        (402, b"", "billing", ApiRequestFailed),
        (409, b"", "unavailable", ApiRequestFailed),
        (413, b"", "too_large", ApiRequestFailed),
        (418, b"", "bad_request", ApiRequestFailed),
        (302, b"", "wrong_address", ApiRequestFailed),
        (504, b"", "timeout", Timeout),
        (529, b"", "overloaded", ApiRequestFailed),
        (
            429,
            b'{"error":{"code":"429","type":"throttling_error"}}',
            "rate_limit",
            RateLimitExceeded,
        ),
        (429, b'{"error":{"code":"credit_balance_exhausted"}}', "billing", ApiRequestFailed),
        (500, b"CUDA out of memory", "server", OutOfMemory),
    ],
)
def test_code_then_text_then_status_decide(
    status: int, body: bytes, reason: str, kind: type[ConnectorError]
) -> None:
    error = failure("x", parse_error_body(body), status=status)
    assert (error.reason, type(error)) == (reason, kind)


@pytest.mark.parametrize(
    ("said", "status", "retryable"), [("true", 400, True), ("false", 500, False)]
)
def test_x_should_retry_overrides_the_status(said: str, status: int, *, retryable: bool) -> None:
    error = failure("x", parse_error_body(b""), status=status, headers={"x-should-retry": said})
    assert error.retryable is retryable


@pytest.mark.parametrize("code", ["you said my prompt", "密码是什么", "пароль"])
def test_an_identifier_that_is_a_sentence_is_left_out(code: str) -> None:
    body = f'{{"error":{{"code":"{code}","message":"m"}}}}'.encode()
    assert failure("x", parse_error_body(body), status=400).provider_code is None


NAMES = [
    *(
        "error",
        "Error",
        "errors",
        "message",
        "detail",
        "details",
        "msg",
        "metadata",
        "raw",
        "response",
    ),
    *(
        "code",
        "type",
        "status",
        "reason",
        "param",
        "quotaId",
        "request_id",
        "retryDelay",
        "seconds",
    ),
    *("estimated_time", "innererror", "violations", "base_resp", "status_code", "promptFeedback"),
]
NUMBERS = [10**400, -(10**30), 2**64, 404.5, float("nan"), float("inf"), True]


@given(
    body=st.binary(max_size=300)
    | st.recursive(
        st.none()
        | st.sampled_from(
            [*NUMBERS, "1" * 5000, "\ud800", '{"error":' * 50, '[{"error":"x"}]', "23s"]
        )
        | st.integers()
        | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner),
    ).map(lambda data: json.dumps(data).encode()),
    status=st.none() | st.integers(300, 599),
    header=st.text(max_size=20),
)
def test_no_refusal_makes_the_error_path_raise(
    body: bytes, status: int | None, header: str
) -> None:
    headers = {"retry-after": header, "x-request-id": header, "date": header, "ratelimit": header}
    error = failure("x", parse_error_body(body), status=status, headers=headers)
    assert len(str(error)) < 300


@given(
    st.recursive(
        st.none()
        | st.sampled_from([*NUMBERS, "1" * 5000, "\ud800", '{"error":{"code":"x"}}', "9s"]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner),
    )
)
def test_no_error_inside_a_stream_makes_the_error_path_raise(data: object) -> None:
    error = failure("x", parse_error_json(data))
    assert error.reason in SUMMARIES
    assert isinstance(error.retryable, bool)


@each("name", NAMES)
def test_an_object_nested_without_end_is_read_to_a_bounded_depth(name: str) -> None:
    nested: object = "because"
    for _ in range(5_000):  # five times what Python recurses
        nested = {name: [nested, {name: nested}]}
    assert failure("x", parse_error_json(nested)).reason in SUMMARIES


def test_a_proxy_that_refuses_is_not_taken_for_the_provider() -> None:
    error = failure("x", parse_error_body(b""), status=407)
    assert (error.reason, error.retryable) == ("unavailable", False)
    assert error.summary == "the proxy that HTTP_PROXY names refused the connection (407)"
