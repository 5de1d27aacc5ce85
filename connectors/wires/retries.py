"""Retries of one request: whether to send it again, and after how long."""

import logging
from collections.abc import Awaitable, Callable
from typing import Final

from connectors.shared import ConnectorError, Timeout, calculate_retry_delay

log = logging.getLogger(__name__)

BASE_MS: Final = 500
MAX_MS: Final = 8_000
MAX_RETRY_AFTER_S: Final = 60.0


class Retries:
    """The retries of one request, whichever errors it meets; at most ``limit``."""

    def __init__(
        self,
        limit: int,
        *,
        is_local: bool,
        sleep: Callable[[float], Awaitable[None]],
        random: Callable[[], float],
        on_retry: Callable[[], None] = lambda: None,
    ) -> None:
        self._limit = limit
        self._is_local = is_local
        self._sleep = sleep
        self._random = random
        self._on_retry = on_retry
        self._attempt = 0

    async def wait_after(self, error: ConnectorError, *, has_reply: bool = False) -> None:
        """Return when the request should be sent again, or raise the error.

        ``has_reply``: the error came inside a successful reply, so that it has no status.
        """
        delay_s = self._delay_s(error, has_reply=has_reply or error.status is not None)
        if delay_s is None:
            raise error
        self._attempt += 1
        self._on_retry()
        log.debug("%s; retry %d in %.1f s", error, self._attempt, delay_s)
        await self._sleep(delay_s)

    def _delay_s(self, error: ConnectorError, *, has_reply: bool) -> float | None:
        if not has_reply and isinstance(error, Timeout):
            return None  # it has waited long enough
        limit = self._limit
        if self._is_local and (not has_reply or error.reason == "server"):
            # A local server that is down stays down, and bad requests come back as 500 (llama.cpp).
            limit = min(limit, 1)
        if not error.retryable or self._attempt >= limit:
            return None
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= MAX_RETRY_AFTER_S else None
        return calculate_retry_delay(self._attempt, BASE_MS, MAX_MS, random=self._random) / 1000
