from __future__ import annotations

from connectors.wires.error_body import parse_error_body, parse_error_json


def test_a_body_that_is_no_text_is_still_a_refusal() -> None:
    assert parse_error_body(b'{"\xff":1}').message
    assert parse_error_body(b"\xff\xfe").message


def test_a_message_wrapped_without_end_is_no_message() -> None:
    nested: object = "because"
    for _ in range(100_000):
        nested = {"message": nested}
    assert parse_error_json(nested).message == ""
