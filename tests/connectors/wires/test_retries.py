from __future__ import annotations

from contextlib import suppress

import pytest

from connectors import ApiRequestFailed, ConnectorError, RateLimitExceeded, Timeout
from connectors.wires.retries import MAX_RETRY_AFTER_S, Retries
from tests.connectors.replay import Naps

DOWN = ApiRequestFailed("x", reason="unavailable")
FAILED = ApiRequestFailed("x", status=500, reason="server")
REFUSED = ApiRequestFailed("x", status=400, reason="bad_request")


def retries(naps: Naps, *, limit: int = 3, is_local: bool = False) -> Retries:
    return Retries(limit, is_local=is_local, sleep=naps, random=lambda: 0.5)


async def waits(error: ConnectorError, *, is_local: bool = False) -> list[float]:
    """Return the waits between tries that all meet the same error."""
    naps = Naps()
    asking = retries(naps, is_local=is_local)
    with suppress(ConnectorError):
        for _ in range(10):
            await asking.wait_after(error)
    return naps.seconds


@pytest.mark.parametrize(
    ("error", "count"),
    [
        (FAILED, 3),
        (DOWN, 3),
        (REFUSED, 0),
        (Timeout("x"), 0),
        (Timeout("x", status=504), 3),
        (RateLimitExceeded("x", status=429, retry_after=MAX_RETRY_AFTER_S), 3),
        (RateLimitExceeded("x", status=429, retry_after=MAX_RETRY_AFTER_S + 1), 0),
    ],
    ids=str,
)
async def test_a_request_is_sent_again_while_that_may_help(
    error: ConnectorError, count: int
) -> None:
    assert len(await waits(error)) == count


@pytest.mark.parametrize(
    ("error", "count"), [(DOWN, 1), (FAILED, 1), (RateLimitExceeded("x", status=429), 3)], ids=str
)
async def test_a_local_server_that_is_down_is_asked_once_more(
    error: ConnectorError, count: int
) -> None:
    assert len(await waits(error, is_local=True)) == count


async def test_the_waits_double() -> None:
    assert await waits(FAILED) == [0.5, 1.0, 2.0]


async def test_the_wait_that_a_server_asks_for_is_kept() -> None:
    assert await waits(RateLimitExceeded("x", status=429, retry_after=7.0)) == [7.0, 7.0, 7.0]


async def test_a_timeout_inside_a_reply_is_no_silent_server() -> None:
    naps = Naps()
    await retries(naps).wait_after(Timeout("x"), has_reply=True)
    assert len(naps.seconds) == 1


async def test_errors_of_all_kinds_share_the_tries() -> None:
    asking = retries(Naps(), limit=1)
    await asking.wait_after(FAILED)
    with pytest.raises(ApiRequestFailed):
        await asking.wait_after(DOWN)
