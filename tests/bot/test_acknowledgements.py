import asyncio
import io
from collections.abc import Sequence
from typing import Any

import discord
import pytest
from discord.http import MultipartParameters, handle_message_parameters

from bot.acknowledgements import ResponseAdapter
from bot.elsewhere import LOOKS_AT_OTHERS_S, LOOKS_S
from bot.errors import AnsweredElsewhere
from connectors import ApiRequestFailed, ConnectorError, RateLimitExceeded
from connectors.discord import File, Message, MessageBody, ResponseKind, codes

LOADING = 1 << 7
ACKNOWLEDGED = ApiRequestFailed("discord", status=400, provider_code="40060")
TOO_LATE = ApiRequestFailed("discord", status=404, provider_code="10062")
AWAY = ApiRequestFailed("discord", reason="unavailable")
REFUSED = ApiRequestFailed("discord", status=400, reason="bad_request")
GIVEN: dict[str, Any] = {"interaction": {"id": "1", "type": 2}}


class Rest:
    """Gives its answers in turn, then None for an answer that was lost.

    ``flags`` are those of the original response at each look; without one ``code`` is the answer.
    """

    def __init__(
        self,
        *answers: dict[str, Any] | ConnectorError,
        flags: Sequence[int] = (),
        code: str = codes.UNKNOWN_WEBHOOK,
    ) -> None:
        self.code = code
        self.answers = list(answers)
        self.flags = list(flags)
        self.edits: list[MessageBody] = []
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

    async def original(self, application_id: int, token: str) -> Message:
        assert (application_id, token) == (2, "token")
        if not self.flags:
            raise ApiRequestFailed("discord", status=404, provider_code=self.code, retryable=False)
        return Message(id="3", channel_id="4", flags=self.flags.pop(0))

    async def edit_original(self, application_id: int, token: str, body: MessageBody) -> None:
        assert (application_id, token) == (2, "token")
        self.edits.append(body)


def of_kind(kind: ResponseKind) -> MultipartParameters:
    payload = {"type": int(kind), "data": {"content": "Got it.", "flags": 64}}
    return MultipartParameters(payload=payload, multipart=None, files=None)


def adapter_of(rest: Rest) -> ResponseAdapter:
    async def no_wait(_: float) -> None:
        await asyncio.sleep(0)

    ours: Any = rest
    return ResponseAdapter(ours, lambda: 2, sleep=no_wait)


async def respond(rest: Rest, kind: ResponseKind) -> dict[str, Any]:
    response = await adapter_of(rest).create_interaction_response(1, "token", params=of_kind(kind))
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


DEFERRALS = [ResponseKind.DEFERRED_MESSAGE, ResponseKind.DEFERRED_UPDATE]
FAILED = {
    "refused": REFUSED,
    "away": AWAY,
    "limited": RateLimitExceeded("discord", status=429),
    "forbidden": ApiRequestFailed("discord", status=403, reason="permission"),
    "acknowledged": ACKNOWLEDGED,
}
LOADING_FOR_LONG = [LOADING] * len(LOOKS_AT_OTHERS_S)


@pytest.mark.parametrize("kind", DEFERRALS)
@pytest.mark.parametrize("how", FAILED)
async def test_a_deferral_that_failed_may_have_been_given(how: str, kind: ResponseKind) -> None:
    assert await respond(Rest(FAILED[how], flags=LOADING_FOR_LONG), kind) == {
        "interaction": {"id": "1", "type": 0}
    }


@pytest.mark.parametrize("kind", [*DEFERRALS, ResponseKind.MESSAGE, ResponseKind.UPDATE])
async def test_an_interaction_that_is_unknown_is_certain(kind: ResponseKind) -> None:
    with pytest.raises(ApiRequestFailed):
        await respond(Rest(TOO_LATE), kind)


@pytest.mark.parametrize("kind", [ResponseKind.DEFERRED_MESSAGE, ResponseKind.MESSAGE])
async def test_what_somebody_else_fills_is_left_to_them(kind: ResponseKind) -> None:
    rest = Rest(ACKNOWLEDGED, flags=[LOADING, LOADING, 0])
    with pytest.raises(AnsweredElsewhere):
        await respond(rest, kind)
    assert rest.edits == []


async def test_a_deferral_in_doubt_is_left_to_who_fills_it() -> None:
    with pytest.raises(AnsweredElsewhere):
        await respond(Rest(flags=[0]), ResponseKind.DEFERRED_MESSAGE)


async def test_what_stays_empty_may_have_been_acknowledged_by_us() -> None:
    rest = Rest(flags=[LOADING] * len(LOOKS_S))
    await respond(rest, ResponseKind.DEFERRED_MESSAGE)
    assert rest.flags == []


@pytest.mark.parametrize("kind", [ResponseKind.DEFERRED_MESSAGE, ResponseKind.MESSAGE])
async def test_who_has_certainly_responded_is_given_time_to_show_something(
    kind: ResponseKind,
) -> None:
    looks = LOOKS_AT_OTHERS_S if kind == ResponseKind.DEFERRED_MESSAGE else LOOKS_S
    rest = Rest(ACKNOWLEDGED, flags=[LOADING] * (len(looks) - 1) + [0])
    with pytest.raises(AnsweredElsewhere):
        await respond(rest, kind)
    rest = Rest(ACKNOWLEDGED, flags=[LOADING] * len(looks))
    await respond(rest, kind)
    assert rest.flags == []


@pytest.mark.parametrize("kind", [ResponseKind.DEFERRED_MESSAGE, ResponseKind.MESSAGE])
async def test_a_response_of_somebody_else_whose_token_is_dead_is_left(kind: ResponseKind) -> None:
    with pytest.raises(AnsweredElsewhere):
        await respond(Rest(ACKNOWLEDGED, code=codes.INVALID_WEBHOOK_TOKEN), kind)


@pytest.mark.parametrize("kind", [ResponseKind.DEFERRED_MESSAGE, ResponseKind.MESSAGE])
async def test_what_nobody_has_acknowledged_after_all_goes_on(kind: ResponseKind) -> None:
    await respond(Rest(ACKNOWLEDGED), kind)


@pytest.mark.parametrize("kind", [ResponseKind.MESSAGE, ResponseKind.UPDATE])
async def test_a_message_goes_in_the_place_of_a_response_given_before(kind: ResponseKind) -> None:
    rest = Rest(ACKNOWLEDGED, flags=LOADING_FOR_LONG)
    await respond(rest, kind)
    assert rest.edits == [MessageBody("Got it.", removes_files=True)]


async def test_a_modal_that_was_opened_before_can_be_submitted() -> None:
    rest = Rest(ACKNOWLEDGED)
    await respond(rest, ResponseKind.MODAL)
    assert rest.attempts == [1]


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
        await adapter_of(rest).create_interaction_response(1, "token", params=params)
    [(body, [sent])] = rest.sent
    assert body["content"] == "here"
    assert (sent.name, sent.data) == ("answer.md", b"word")
