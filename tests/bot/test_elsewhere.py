import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from bot.answers.acceptance import ACKNOWLEDGE_AFTER_S
from bot.answers.keeping import KEEP_WITHIN_S
from bot.answers.waiting import FIRST_S
from bot.elsewhere import (
    FURTHER_LOOKS_S,
    LOOKS_AT_OTHERS_S,
    LOOKS_S,
    PATIENCE_S,
    Arrivals,
    ensure_unanswered,
    shows_failure,
)
from bot.errors import NO_DATABASE, AnsweredElsewhere
from connectors import ApiRequestFailed, ConnectorError
from connectors.discord import Message

LOADING, SHOWN = Message(id="3", channel_id="4", flags=1 << 7), Message(id="3", channel_id="4")
AWAY = ApiRequestFailed("discord", reason="unavailable")
DEAD = ApiRequestFailed("discord", status=401, provider_code="50027", retryable=False)
NONE = ApiRequestFailed("discord", status=404, provider_code="10015", retryable=False)
# Two tries whose replies are lost, the wait between them, and a request for the first words.
REQUESTS_S = 1.0 + 0.5 + 1.0 + 0.5


class Rest:
    """Shows these originals in turn."""

    def __init__(self, *originals: Message | ConnectorError) -> None:
        self.originals = list(originals)

    async def original(self, application_id: int, token: str) -> Message:
        assert (application_id, token) == (2, "token")
        original = self.originals.pop(0)
        if isinstance(original, ConnectorError):
            raise original
        return original


async def no_wait(_: float) -> None:
    """Look at once."""


async def looks(*originals: Message | ConnectorError, is_ours: bool) -> Sequence[object]:
    """Look as often as there are originals, and return those that were not looked at."""
    rest: Any = Rest(*originals)
    no_waits = [0.0] * len(originals)
    await ensure_unanswered(rest, 2, "token", no_waits, is_ours=is_ours)
    return list(rest.originals)


@pytest.mark.parametrize("is_ours", [True, False])
async def test_a_response_that_is_filled_is_somebody_elses(*, is_ours: bool) -> None:
    with pytest.raises(AnsweredElsewhere):
        await looks(LOADING, AWAY, SHOWN, is_ours=is_ours)
    assert await looks(LOADING, AWAY, LOADING, is_ours=is_ours) == []


async def test_what_cannot_be_seen_is_looked_at_again_until_it_can() -> None:
    rest: Any = Rest(AWAY, AWAY, AWAY, LOADING, SHOWN)
    await ensure_unanswered(rest, 2, "token", [0.0], patience_s=60.0, sleep=no_wait)
    assert rest.originals == [SHOWN]
    for originals in ((AWAY, AWAY, SHOWN), (LOADING, AWAY, SHOWN)):
        rest = Rest(*originals)
        with pytest.raises(AnsweredElsewhere):
            await ensure_unanswered(rest, 2, "token", [0.0, 0.0], patience_s=60.0, sleep=no_wait)


async def test_patience_has_an_end() -> None:
    waited: list[float] = []

    async def sleep(wait_s: float) -> None:
        waited.append(wait_s)

    rest: Any = Rest(*[AWAY] * 30)
    await ensure_unanswered(rest, 2, "token", [0.5], patience_s=PATIENCE_S, sleep=sleep)
    assert sum(waited) == 0.5 + PATIENCE_S
    assert max(waited) <= 30.0


async def test_nobody_else_fills_a_response_whose_token_is_dead() -> None:
    with pytest.raises(AnsweredElsewhere):
        await looks(DEAD, is_ours=False)
    assert await looks(DEAD, is_ours=True) == []


@pytest.mark.parametrize("is_ours", [True, False])
async def test_a_response_that_does_not_exist_is_not_waited_for(*, is_ours: bool) -> None:
    assert await looks(NONE, SHOWN, is_ours=is_ours) == [SHOWN]


def test_whoever_lives_shows_something_before_others_take_over() -> None:
    begins_s = ACKNOWLEDGE_AFTER_S + (KEEP_WITHIN_S - ACKNOWLEDGE_AFTER_S)
    assert begins_s + REQUESTS_S < sum(LOOKS_AT_OTHERS_S)  # if the model is quick
    note_s = FIRST_S[0] + REQUESTS_S
    assert begins_s + note_s < sum(LOOKS_AT_OTHERS_S) + sum(FURTHER_LOOKS_S)
    # Who is in doubt begins before those who are not.
    assert sum(LOOKS_S) < sum(LOOKS_AT_OTHERS_S)


async def test_a_failure_is_told_from_what_was_done() -> None:
    failed, done = (Message(id="3", channel_id="4", content=c) for c in (NO_DATABASE, "Got it"))
    rest: Any = Rest(failed, done)
    assert await shows_failure(rest, 2, "token")
    assert not await shows_failure(rest, 2, "token")


def test_an_interaction_comes_first_once_and_is_forgotten_after_many_others() -> None:
    arrivals = Arrivals(at_most=2)
    assert [arrivals.is_first(n) for n in (1, 1, 2, 1, 3, 1)] == [
        *(True, False, True),
        *(False, True, True),
    ]


async def test_waits_are_taken_one_after_the_other() -> None:
    rest: Any = Rest(LOADING, LOADING)
    waited: list[float] = []

    async def sleep(wait_s: float) -> None:
        waited.append(wait_s)
        await asyncio.sleep(0)

    await ensure_unanswered(rest, 2, "token", (1.0, 2.0), sleep=sleep)
    assert waited == [1.0, 2.0]
