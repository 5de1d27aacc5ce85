"""Refusals of providers, home servers and gateways (refusals.jsonl), and their reasons."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from connectors.wires.error_body import parse_error_body, parse_error_json
from connectors.wires.failures import failure
from tests.rows import each

RETRYABLE: Final = {"rate_limit", "overloaded", "loading", "unavailable", "timeout", "server"}
REFUSALS: Final[list[dict[str, Any]]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "refusals.jsonl").read_text(encoding="utf-8").splitlines()
]
# Where only the status says it, there is nothing to go by inside a stream.
BY_STATUS_ALONE: Final = {"bad_request", "wrong_address", "gone", "permission", "validation"}
BY_WORDS: Final = [
    case
    for case in REFUSALS
    if "body" in case
    and case["reason"] not in BY_STATUS_ALONE
    and case["status"] not in (401, 402, 498)
]


def name(case: dict[str, Any]) -> str:
    return f"{case['reason']}-{case['status']}-{str(case.get('body', case.get('text')))[:60]}"


def raw(case: dict[str, Any]) -> bytes:
    return case["text"].encode() if "text" in case else json.dumps(case["body"]).encode()


@each("case", REFUSALS)
def test_a_refusal_is_known_by_what_it_says(case: dict[str, Any]) -> None:
    status = None if case["status"] == 200 else case["status"]
    error = failure("x", parse_error_body(raw(case)), status=status)
    assert (error.reason, error.retryable) == (case["reason"], case["reason"] in RETRYABLE)


@each("case", BY_WORDS)
def test_the_same_words_inside_a_stream_are_the_same_error(case: dict[str, Any]) -> None:
    outside = failure("x", parse_error_body(raw(case)), status=case["status"])
    inside = failure("x", parse_error_json(case["body"]))
    assert (inside.reason, inside.retryable, inside.provider_code, inside.detail) == (
        outside.reason,
        outside.retryable,
        outside.provider_code,
        outside.detail,
    )


@each(
    "status, reason",
    [
        (400, "bad_request"),
        (401, "auth"),
        (402, "billing"),
        (403, "permission"),
        (413, "too_large"),
        (422, "validation"),
        (429, "rate_limit"),
        (500, "server"),
        (502, "unavailable"),
        (503, "unavailable"),
        (504, "timeout"),
        (529, "overloaded"),
    ],
)
@each("field", ["code", "status", "status_code", "raw_status_code"])
@each("form", [int, str, float])
def test_a_number_inside_a_stream_is_the_status_it_stands_for(
    field: str, form: type, status: int, reason: str
) -> None:
    error = failure("x", parse_error_json({"error": {"message": "because", field: form(status)}}))
    assert (error.status, error.reason, error.retryable) == (status, reason, reason in RETRYABLE)


@each(
    "code, reason",
    [
        ("overloaded_error", "overloaded"),
        ("engine_overloaded_error", "overloaded"),
        ("server_error", "server"),
        ("internal_server_error", "server"),
        ("rate_limit_exceeded", "rate_limit"),
        ("RESOURCE_EXHAUSTED", "rate_limit"),
        ("UNAVAILABLE", "unavailable"),
        ("service_unavailable_error", "unavailable"),
        ("DEADLINE_EXCEEDED", "timeout"),
        ("invalid_request_error", "bad_request"),
        ("insufficient_quota", "billing"),
        ("context_length_exceeded", "context_length"),
        (None, "server"),
    ],
)
@each("field", ["code", "type", "status", "error_type"])
def test_a_word_inside_a_stream_stands_for_its_status(
    field: str, code: str | None, reason: str
) -> None:
    error = failure("x", parse_error_json({"error": {"message": "because", field: code}}))
    assert (error.reason, error.retryable) == (reason, reason in RETRYABLE)


@each(
    "said, wait_s",
    [
        ("Please try again in 20s.", 20.0),
        ("Please try again in 1m26.4s.", 86.4),
        ("try again in 850ms", 0.85),
        ("Please retry after 7 seconds.", 7.0),
        ("Please retry in 34.07s.", 34.07),
        ("Please wait 2 minutes.", 120.0),
        ("please try again in 1h0m5s", 3605.0),
        ("try again later", None),
        ("try again in a few minutes", None),
    ],
)
def test_a_wait_that_only_the_sentence_names_is_read(said: str, wait_s: float | None) -> None:
    error = failure("x", parse_error_json({"error": {"message": f"Rate limit reached. {said}"}}))
    assert error.retry_after == (wait_s and pytest.approx(wait_s))


@pytest.mark.parametrize("delay", ["23s", "23.0s", {"seconds": 23}, {"seconds": "23", "nanos": 5}])
def test_googles_retry_info_is_the_wait(delay: object) -> None:
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}
    body = [{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": [{}, info]}}]
    error = failure("x", parse_error_body(json.dumps(body).encode()), status=429)
    assert (error.reason, error.retry_after) == ("rate_limit", 23.0)


def test_the_request_id_of_the_body_is_kept_where_no_header_has_one() -> None:
    body = {"error": {"message": "You have reached your specified API usage limits."}}
    told = parse_error_json(body | {"request_id": "req_011"})
    assert failure("x", told, status=400).request_id == "req_011"
    headers = {"request-id": "req_012"}
    assert failure("x", told, status=400, headers=headers).request_id == "req_012"


def test_the_words_of_the_server_behind_a_router_are_kept() -> None:
    behind = json.dumps({"error": {"message": "prompt is too long", "code": 400}})
    body = {
        "error": {
            "message": "Provider returned error",
            "code": 400,
            "metadata": {"raw": behind, "provider_name": "P"},
        }
    }
    error = failure("x", parse_error_json(body))
    assert error.detail == "Provider returned error: prompt is too long"
    assert error.reason == "context_length"


def test_what_never_fits_is_not_repeated_whatever_a_header_says() -> None:
    told = parse_error_json({"error": {"message": "prompt is too long"}})
    error = failure("x", told, status=400, headers={"x-should-retry": "true"})
    assert not error.retryable
