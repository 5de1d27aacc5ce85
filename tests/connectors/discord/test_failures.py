import msgspec
import pytest

from connectors import ApiRequestFailed, ConnectorError, InvalidResponse, RateLimitExceeded
from connectors.discord import (
    MessageBody,
    Role,
    is_about_content,
    is_closed,
    may_be_about_content,
)
from connectors.discord.failures import decode, failure, is_cloudflare
from tests.connectors.discord.conftest import Place
from tests.rows import each


@pytest.mark.parametrize(
    "answer",
    [[], {}, "text", None, 5, {"id": 5, "channel_id": "1"}, {"id": "1", "channel_id": None}],
)
async def test_an_answer_of_the_wrong_shape_is_an_invalid_response(
    place: Place, answer: object
) -> None:
    place.fault("GET", status=200, json=answer, times=9)
    with pytest.raises(InvalidResponse):
        await place.rest.message(place.channel.id, 1)


@pytest.mark.parametrize(
    "body",
    [
        [],
        "text",
        5,
        {"code": []},
        {"errors": {"a": {"_errors": 5}}},
        {"errors": [1]},
        {"message": 1},
    ],
)
async def test_an_error_of_any_shape_is_survived(place: Place, body: object) -> None:
    place.fault("GET", status=400, json=body)
    with pytest.raises(ApiRequestFailed) as raised:
        await place.rest.channel(place.channel.id)
    assert (raised.value.status, raised.value.reason) == (400, "bad_request")


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, "bad_request"),
        (401, "auth"),
        (403, "permission"),
        (404, "not_found"),
        (413, "too_large"),
    ],
)
async def test_a_refusal_is_not_repeated(place: Place, status: int, reason: str) -> None:
    fault = place.fault(status=status, times=9, json={"message": "no", "code": 50001})
    with pytest.raises(ApiRequestFailed) as raised:
        await place.rest.create_message(place.channel.id, MessageBody("one"))
    error = raised.value
    assert (error.status, error.reason, error.provider_code) == (status, reason, "50001")
    assert fault.seen == 1


async def test_an_answer_that_makes_no_sense_is_an_error_of_ours(place: Place) -> None:
    place.fault(status=200, json=["what"])
    with pytest.raises(ConnectorError):
        await place.rest.create_message(place.channel.id, MessageBody("one"))


@each(
    "code, status, is_sure, is_possible",
    [
        ("240000", 400, True, True),
        ("200000", 403, True, True),
        ("99999", 400, True, True),
        (None, 413, True, True),
        ("50083", 400, False, False),
        ("99999", 403, False, True),
        ("50013", 403, False, False),
        (None, 403, False, False),
        ("10003", 404, False, False),
        ("99999", 500, False, False),
    ],
)
def test_a_refusal_is_about_the_content_or_may_be_or_is_not(
    code: str | None, status: int, is_sure: bool, is_possible: bool
) -> None:
    error = ApiRequestFailed("discord", status=status, provider_code=code)
    assert is_about_content(error) is is_sure
    assert may_be_about_content(error) is is_possible


def test_a_refusal_of_a_provider_says_nothing_of_what_discord_takes() -> None:
    error = ApiRequestFailed("openai", status=400, provider_code="240000")
    assert not is_about_content(error)
    assert not may_be_about_content(error)


@each(
    "status, code",
    [
        (403, 50001),
        (403, 50013),
        (403, 50007),
        (403, 50278),
        (404, 10003),
        (404, 10004),
        (404, 10013),
        (400, 50008),
        (400, 50083),
        (403, 160005),
    ],
)
def test_a_listed_code_says_that_a_channel_or_a_person_is_closed_for_good(
    status: int, code: int
) -> None:
    error = failure(status, {}, msgspec.json.encode({"message": "no", "code": code}))
    assert (is_closed(error), error.retryable) == (True, False)


@each(
    "status, answer",
    [
        (403, b"<html>Attention required! Cloudflare</html>"),
        (403, b'{"message": "Cloudflare is blocking your request", "code": 40333}'),
        (403, b'{"message": "You need to verify your account", "code": 40002}'),
        (403, b'{"message": "Unauthorized", "code": 40001}'),
        (403, b'{"message": "Verification level too high", "code": 50009}'),
        (403, b'{"message": "Sending has been disabled", "code": 40004}'),
        (403, b'{"message": "something new", "code": 999999}'),
        (400, b'{"message": "opening too fast", "code": 40003}'),
        (400, b'{"message": "write limit", "code": 20028}'),
        (400, b"Bad Request"),
        (404, b""),
        (404, b'{"message": "404: Not Found", "code": 0}'),
        (405, b"{}"),
        (451, b"blocked"),
        (500, b'{"message": "Missing Access", "code": 50001}'),
    ],
)
def test_every_other_refusal_may_pass(status: int, answer: bytes) -> None:
    error = failure(status, {}, answer)
    assert (is_closed(error), error.retryable) == (False, True)


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, 10008), (404, 10062), (400, 40060), (401, 50027), (400, 50035), (403, 240000)],
)
def test_what_is_about_one_request_closes_nothing_and_does_not_pass(status: int, code: int) -> None:
    error = failure(status, {}, msgspec.json.encode({"message": "no", "code": code}))
    assert (is_closed(error), error.retryable) == (False, False)


@pytest.mark.parametrize(("code", "may_pass"), [(50035, True), (20009, True), (50001, False)])
def test_what_was_only_asked_for_is_not_refused_for_its_content(code: int, may_pass: bool) -> None:
    answer = msgspec.json.encode({"message": "no", "code": code})
    assert failure(400, {}, answer, has_body=False).retryable == may_pass


def test_a_provider_closes_no_channel() -> None:
    assert not is_closed(ApiRequestFailed("openai", status=403, provider_code="50001"))


def test_the_fields_of_a_form_are_named_with_what_is_wrong() -> None:
    wrong = {"_errors": [{"code": "X", "message": "Too long."}, {"message": "No."}]}
    answer = {"message": "Invalid Form Body", "errors": {"embeds": {"0": {"title": wrong}}}}
    error = failure(400, {}, msgspec.json.encode(answer))
    assert error.detail == "Invalid Form Body: embeds.0.title: Too long. No."


SECRET = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"


@each(
    "body",
    [
        {"message": f"bad token {SECRET}"},
        {"message": 'the text "drink tea" is refused'},
        {"message": "the text 'drink tea, isn't it' and `drink tea"},
        {"message": "a\r\n2026-11-25 ERROR discord: forged \x1b[31m\u202e"},
        {"message": "a, " * 1000},
        {"code": "drink tea"},
        {"code": f"x\n{SECRET}"},
        {"code": "x" * 5000},
        {"error": "drink tea", "error_description": f"the code '{SECRET}'"},
        {"errors": {"content": {"_errors": [{"message": 'Value "drink tea" is wrong'}]}}},
        {"errors": {"drink tea": {"_errors": [{"code": "X", "message": "No."}]}}},
        {"errors": {"content": {"_errors": [{"code": "drink tea", "message": SECRET}] * 99}}},
        {"errors": {str(n): {"_errors": [{"code": "X"}]} for n in range(5000)}},
    ],
)
@each("status", [400, 429, 500])
def test_no_error_holds_what_discord_echoes(status: int, body: dict[str, object]) -> None:
    error = failure(status, {}, msgspec.json.encode(body))
    said = f"{error} {error.detail} {error.provider_code}"
    assert "drink tea" not in said
    assert "Cl2FMQ" not in said
    assert said.isascii()
    assert said.isprintable()
    assert len(said) < 500


def test_a_reply_that_cannot_be_read_is_not_kept_by_its_error() -> None:
    with pytest.raises(InvalidResponse) as raised:
        decode(b'{"id": "drink tea \xff"}', Role)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


@each(
    "headers, body, wait_s",
    [
        ({"retry-after": "7"}, b"", 7.0),
        ({"retry-after": "7"}, b'{"retry_after": 1.5}', 1.5),
        ({"retry-after": "soon"}, b"", None),
        ({"retry-after": "inf"}, b"", None),
        ({"retry-after": "nan"}, b"", None),
        ({"retry-after": "-5"}, b"", 0.0),
        ({"retry-after": "1000000000000"}, b"<html>", 900.0),
        ({}, b'{"retry_after": 1e18}', 900.0),
        ({}, b'{"retry_after": -1e18}', 0.0),
        ({}, b"", None),
    ],
)
def test_the_wait_of_a_429_is_in_its_body_or_its_headers(
    headers: dict[str, str], body: bytes, wait_s: float | None
) -> None:
    error = failure(429, headers, body)
    assert isinstance(error, RateLimitExceeded)
    assert error.retry_after == wait_s


def test_a_429_that_is_no_json_is_written_by_cloudflare() -> None:
    assert is_cloudflare(b"<html>")
    assert not is_cloudflare(b'{"message": "You are being rate limited."}')


def test_permissions_are_decoded_from_their_strings() -> None:
    role = decode(b'{"id": "1", "name": "Cook", "permissions": "2048"}', Role)
    assert role.permissions == 2048


@pytest.mark.parametrize("status", [401, 403, 404])
def test_an_error_speaks_of_discord_and_not_of_keys_and_models(status: int) -> None:
    said = str(failure(status, {}, b'{"message": "no", "code": 10062}'))
    assert not {"key", "model", "models"} & set(said.split())
