from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.process.shards.turns import EVERY_S, Turns
from tests.virtual_time import run


class Http:
    """A Discord with so many sessions left, which are there again after ten minutes."""

    def __init__(self, total: int, left: int = 1000, at_once: int = 1) -> None:
        self.total, self.left, self.at_once = total, left, at_once
        self.asked = 0

    async def get_bot_gateway(self) -> tuple[int, str, dict[str, int]]:
        self.asked += 1
        reset_s = 600.0 - asyncio.get_running_loop().time()
        left = self.left if reset_s > 0 else 1000
        starts = {"total": 1000, "remaining": left, "reset_after": round(max(reset_s, 1) * 1000)}
        return self.total, "wss://gateway", starts | {"max_concurrency": self.at_once}


async def waited(http: Any, *numbers: int) -> list[float]:
    """Return when each shard may identify, if all ask at once."""
    loop = asyncio.get_running_loop()
    turns = Turns(http, clock=loop.time)

    async def wait(number: int) -> float:
        await turns.wait(number)
        http.left -= 1
        return loop.time()

    return await asyncio.gather(*map(wait, numbers))


def test_shards_identify_one_after_the_other() -> None:
    assert sorted(run(waited(Http(3), 0, 1, 2))) == [0.0, EVERY_S, 2 * EVERY_S]


def test_as_many_as_discord_allows_identify_at_once() -> None:
    found = run(waited(Http(8, at_once=4), *range(8)))
    assert sorted(found) == [0.0] * 4 + [EVERY_S] * 4


def test_a_single_shard_does_not_wait() -> None:
    assert run(waited(Http(1), 0)) == [0.0]


def test_where_the_sessions_of_a_day_are_used_up_that_is_said_once_with_the_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    http = Http(2, left=0)
    found = run(waited(http, 0, 1))
    assert min(found) >= 600.0
    assert http.asked < 10
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("Discord takes no more logins of this bot before 20")
    assert "1000 of 1000 were used" in caplog.messages[0]


def test_no_shard_identifies_with_a_session_that_others_have_used() -> None:
    found = sorted(run(waited(Http(8, left=3), *range(8))))
    assert found[:3] == [0.0, EVERY_S, 2 * EVERY_S]
    assert min(found[3:]) >= 600.0
    together = sorted(run(waited(Http(8, left=6, at_once=4), *range(8))))
    assert (max(together[:4]), min(together[4:])) == (0.0, 600.0)
