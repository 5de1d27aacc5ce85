import asyncio
import io
from typing import Any

import discord
import pytest
from discord.http import MultipartParameters, handle_message_parameters

from bot.acknowledgements import ResponseAdapter, cannot_be_answered
from connectors import ApiRequestFailed, ConnectorError, RateLimitExceeded
from connectors.discord import File, ResponseKind

AWAY = ApiRequestFailed("discord", reason="unavailable")
REFUSED = ApiRequestFailed("discord", status=400, reason="bad_request")
GIVEN: dict[str, Any] = {"interaction": {"id": "1", "type": 2}}


class Rest:
    """Gives its answers in turn, then None for an answer that was lost."""

    def __init__(self, *answers: dict[str, Any] | ConnectorError) -> None:
        self.answers = list(answers)
        self.attempts: list[int | None] = []
        self.sent: list[tuple[dict[str, Any], tuple[File, ...]]] = []

    async def acknowledge(
        self,
        _interaction_id: int,
        _token: str,
        body: dict[str, Any],
        files: tuple[File, ...],
        *,
        attempts: int | None = None,
    ) -> dict[str, Any] | None:
        self.attempts.append(attempts)
        self.sent.append((body, files))
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, ConnectorError):
            raise answer
        return answer


def of_kind(kind: ResponseKind) -> MultipartParameters:
    return MultipartParameters(payload={"type": int(kind)}, multipart=None, files=None)


async def respond(rest: Rest, kind: ResponseKind) -> dict[str, Any]:
    adapter = ResponseAdapter(rest.acknowledge)
    response = await adapter.create_interaction_response(1, "token", params=of_kind(kind))
    await asyncio.sleep(0)  # what goes on in the background has its turn
    assert isinstance(response, dict)
    return response


async def test_a_message_is_tried_as_often_as_every_request() -> None:
    rest = Rest(GIVEN)
    assert await respond(rest, ResponseKind.MESSAGE) == GIVEN
    assert rest.attempts == [None]


async def test_a_lost_answer_is_taken_for_a_response_that_was_given() -> None:
    said = await respond(Rest(), ResponseKind.DEFERRED_MESSAGE)
    assert said == {"interaction": {"id": "1", "type": 0}}


async def test_a_message_that_is_refused_raises() -> None:
    with pytest.raises(ApiRequestFailed):
        await respond(Rest(REFUSED), ResponseKind.MESSAGE)


async def test_suggestions_are_tried_once_and_never_raise() -> None:
    rest = Rest(AWAY)
    await respond(rest, ResponseKind.CHOICES)
    assert rest.attempts == [1]


async def test_a_modal_that_cannot_be_open_is_opened_again_at_once() -> None:
    rest = Rest(RateLimitExceeded("discord", status=429), GIVEN)
    assert await respond(rest, ResponseKind.MODAL) == GIVEN
    assert rest.attempts == [1, None]


async def test_a_modal_that_is_refused_raises() -> None:
    rest = Rest(REFUSED)
    with pytest.raises(ApiRequestFailed):
        await respond(rest, ResponseKind.MODAL)
    assert rest.attempts == [1]


async def test_a_modal_that_may_be_open_is_repeated_in_the_background() -> None:
    rest = Rest()
    await respond(rest, ResponseKind.MODAL)
    assert rest.attempts == [1, None]


async def test_files_of_a_response_go_with_it() -> None:
    rest = Rest()
    file = discord.File(io.BytesIO(b"word"), "answer.md")
    with handle_message_parameters("here", file=file) as params:
        assert params.multipart is not None
        await ResponseAdapter(rest.acknowledge).create_interaction_response(
            1, "token", params=params
        )
    [(body, [sent])] = rest.sent
    assert body["content"] == "here"
    assert (sent.name, sent.data) == ("answer.md", b"word")


@pytest.mark.parametrize(
    ("error", "is_so"),
    [
        (ApiRequestFailed("discord", status=400, provider_code="40060"), True),
        (ApiRequestFailed("discord", status=404, provider_code="10062"), True),
        (ApiRequestFailed("discord", status=404, provider_code="10008"), False),
        (ValueError(), False),
    ],
)
def test_an_interaction_cannot_be_answered_when_somebody_else_has_it_or_it_expired(
    error: Exception, is_so: bool
) -> None:
    assert cannot_be_answered(error) is is_so
