import msgspec
import pytest

from connectors import ApiRequestFailed, ConnectorError, InvalidResponse, RateLimitExceeded
from connectors.discord import MessageBody, Role, is_about_content, may_be_about_content
from connectors.discord.failures import decode, failure, is_cloudflare
from tests.connectors.discord.conftest import Place


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


@pytest.mark.parametrize(
    ("code", "status", "is_sure", "is_possible"),
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


def test_the_fields_of_a_form_are_named_with_what_is_wrong() -> None:
    wrong = {"_errors": [{"code": "X", "message": "Too long."}, {"message": "No."}]}
    answer = {"message": "Invalid Form Body", "errors": {"embeds": {"0": {"title": wrong}}}}
    error = failure(400, {}, msgspec.json.encode(answer))
    assert error.detail == "Invalid Form Body: embeds.0.title: Too long. No."


@pytest.mark.parametrize(
    ("headers", "body", "wait_s"),
    [
        ({"retry-after": "7"}, b"", 7.0),
        ({"retry-after": "7"}, b'{"retry_after": 1.5}', 1.5),
        ({"retry-after": "soon"}, b"", None),
        ({"retry-after": "inf"}, b"", None),
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
