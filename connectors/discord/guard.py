"""Protection from Discord's ban of addresses that send too many invalid requests."""

import logging
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from functools import partial

from connectors.discord.codes import UNKNOWN_WEBHOOK
from connectors.discord.routes import PROVIDER, Route
from connectors.shared import (
    ApiRequestFailed,
    ConnectorError,
    RateLimitExceeded,
    exponential_backoff,
)

log = logging.getLogger(__name__)

# Discord bans an address after 10,000 invalid requests in 10 minutes. Source: topics/rate-limits.
WINDOW_S = 600.0
STOP_AT = 5_000
KEPT_TOKENS = 1000
FIRST_REST_MS = 1_000
LONGEST_REST_MS = 900_000


class Guard:
    """Counts replies with 401, 403 or 429 (unless shared), and remembers refused tokens.

    The bot's own token is tried again after growing waits, by one request at a time: a 401 may be a
    fault of Discord's or of a proxy. ``processes`` share the address and the limit.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, processes: int = 1) -> None:
        self._clock = clock
        self._stop_at = max(1, STOP_AT // processes)
        self._invalid: deque[float] = deque(maxlen=self._stop_at)
        self._refused: OrderedDict[str, Callable[[], ApiRequestFailed]] = OrderedDict()
        self._own_refusals = 0
        self._own_code: str | None = None
        self._rests_until = 0.0

    def check(self, route: Route) -> None:
        """Raise if a request would only be refused again, or could lead to the ban."""
        refusal = self._refused.get(route.major)
        if refusal is not None and (route.is_webhook or not route.is_signed):
            raise refusal()
        if route.is_signed and self._own_refusals:
            self._check_own()
        now = self._clock()
        if len(self._invalid) == self._stop_at and now - self._invalid[0] < WINDOW_S:
            raise RateLimitExceeded(
                PROVIDER,
                retry_after=self._invalid[0] + WINDOW_S - now,
                summary=f"{self._stop_at:,} requests were refused within 10 minutes, and at 10,000 "
                "Discord bans this address, so no more are sent until the 10 minutes are over; "
                "see the log for what was refused",
            )

    def learn(self, route: Route, error: ConnectorError, *, is_shared: bool) -> None:
        """Count a failed request, and remember a token that was refused."""
        if error.status in (401, 403) or (error.status == 429 and not is_shared):
            self._invalid.append(self._clock())
        is_gone = error.status == 404 and error.provider_code == UNKNOWN_WEBHOOK
        if error.status == 401 and route.is_signed:
            self._rest()
            self._own_code = error.provider_code
            error.retryable, error.retry_after = True, self._rests_until - self._clock()
        elif error.status == 401 or (is_gone and route.is_webhook):
            # Not so an interaction's webhook: that exists from the first response on.
            self._remember(route.major, error)

    def accept(self, route: Route) -> None:
        """Note that a request was carried out, so that its token is good."""
        if route.is_signed and self._own_refusals:
            self._own_refusals = 0
            log.info("discord: the token is accepted again")

    def _check_own(self) -> None:
        """Raise ApiRequestFailed, except to one request after each wait: it tries the token."""
        wait_s = self._rests_until - self._clock()
        if wait_s <= 0:
            self._rest()
            return
        raise ApiRequestFailed(
            PROVIDER,
            status=401,
            reason="auth",
            retryable=True,
            retry_after=wait_s,
            provider_code=self._own_code,
            summary=f"the token was refused, so it is not sent again for {wait_s:.0f} s",
        )

    def _rest(self) -> None:
        """Start a wait, longer each time the token is refused, or tried without a reply."""
        now = self._clock()
        if now >= self._rests_until:
            rest_ms = exponential_backoff(self._own_refusals, FIRST_REST_MS, LONGEST_REST_MS)
            self._rests_until = now + rest_ms / 1000
            self._own_refusals += 1

    def _remember(self, token: str, error: ConnectorError) -> None:
        self._refused[token] = partial(
            ApiRequestFailed,
            PROVIDER,
            status=error.status,
            reason=error.reason,
            provider_code=error.provider_code,
            retryable=False,
            summary="a webhook's token was refused before, so it is not sent again",
        )
        if len(self._refused) > KEPT_TOKENS:
            self._refused.popitem(last=False)
