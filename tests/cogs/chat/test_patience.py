from contextlib import nullcontext
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from bot.errors import Refused
from cogs.chat.patience import SHORT_WAITS_S, WAITS_S, WITHIN, learn, persist, until_stored
from connectors import ApiRequestFailed
from connectors.database import DatabaseUnavailable
from tests.rows import each


class Response:
    status, reason = 404, "Not Found"


def refusal(code: int) -> discord.NotFound:
    response: Any = Response()
    return discord.NotFound(response, {"code": code, "message": "no"})


class Attempts:
    """Fails with these errors, one after the other, and then returns "done"."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)
        self.waits_s: list[float] = []

    async def __call__(self) -> str:
        if self._errors:
            raise self._errors.pop(0)
        return "done"

    async def sleep(self, seconds: float) -> None:
        self.waits_s.append(seconds)


@each(
    "error",
    [
        aiohttp.ClientConnectionError(),
        aiohttp.ServerDisconnectedError(),
        TimeoutError(),
        ConnectionResetError(),
        DatabaseUnavailable("away"),
        ApiRequestFailed("discord", reason="server"),
        discord.RateLimited(600.0),
        refusal(0),
        refusal(123456),
    ],
)
async def test_what_may_pass_is_tried_again(error: Exception) -> None:
    attempts = Attempts(error, error)
    assert await persist(attempts, sleep=attempts.sleep) == "done"
    assert attempts.waits_s == list(WAITS_S[:2])


@pytest.mark.parametrize("error", [refusal(10008), refusal(10003), Refused("no"), KeyError()])
async def test_what_lasts_is_raised_at_once(error: Exception) -> None:
    attempts = Attempts(error)
    with pytest.raises(type(error)):
        await persist(attempts, sleep=attempts.sleep)
    assert attempts.waits_s == []


async def test_it_gives_up_in_the_end_or_when_the_bot_stops() -> None:
    attempts = Attempts(*[TimeoutError()] * 100)
    with pytest.raises(TimeoutError):
        await persist(attempts, sleep=attempts.sleep)
    with pytest.raises(TimeoutError):
        await persist(attempts, sleep=attempts.sleep, is_over=lambda: True)
    assert attempts.waits_s == list(WAITS_S)
    assert sum(WAITS_S) == pytest.approx(15 * 60, abs=60)


async def test_nothing_is_tried_after_a_wait_in_which_the_bot_has_stopped() -> None:
    attempts = Attempts(TimeoutError(), RuntimeError("called after shutdown"))
    with pytest.raises(TimeoutError):
        await persist(attempts, sleep=attempts.sleep, is_over=lambda: bool(attempts.waits_s))


@pytest.mark.parametrize(
    ("how", "waits_s"),
    [
        ({}, WAITS_S),
        ({"mentions": ["me"]}, SHORT_WAITS_S),
        ({"guild": None}, SHORT_WAITS_S),
        ({"created_at": discord.utils.utcnow() - WITHIN - timedelta(seconds=1)}, ()),
    ],
)
async def test_what_tells_whether_a_message_is_for_the_bot_is_asked_for_as_long_as_it_matters(
    how: dict[str, Any], waits_s: tuple[float, ...]
) -> None:
    attempts = Attempts(*[TimeoutError()] * 9)
    plain = {"guild": 1, "mentions": [], "created_at": discord.utils.utcnow()}
    message: Any = SimpleNamespace(**(plain | how))
    bot: Any = SimpleNamespace(user="me", is_closing=False)
    with pytest.raises(TimeoutError):
        await learn(bot, message, attempts, sleep=attempts.sleep)
    assert attempts.waits_s == list(waits_s)


@pytest.mark.parametrize("is_closing", [True, False])
async def test_a_process_that_stops_leaves_it_to_the_next_one(is_closing: bool) -> None:
    bot: Any = SimpleNamespace(is_closing=is_closing)
    with nullcontext() if is_closing else pytest.raises(RuntimeError):
        await until_stored(bot, Attempts(RuntimeError("closed")))
