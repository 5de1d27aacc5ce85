"""Protection from Discord's ban of addresses that send too many invalid requests."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from functools import partial

from connectors.discord.codes import UNKNOWN_WEBHOOK
from connectors.discord.routes import PROVIDER, Route
from connectors.shared import ApiRequestFailed, ConnectorError, RateLimitExceeded

# Discord bans an address after 10,000 invalid requests in 10 minutes. Source: topics/rate-limits.
WINDOW_S = 600.0
STOP_AT = 5_000
KEPT_TOKENS = 1000
OURS = ""


class Guard:
    """Counts replies with 401, 403 or 429 (unless shared), and remembers refused tokens.

    ``processes`` share the address and the limit.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, processes: int = 1) -> None:
        self._clock = clock
        self._stop_at = max(1, STOP_AT // processes)
        self._invalid: deque[float] = deque(maxlen=self._stop_at)
        self._refused: OrderedDict[str, Callable[[], ApiRequestFailed]] = OrderedDict()

    def check(self, route: Route) -> None:
        """Raise if a request would only be refused again, or could lead to the ban."""
        refusal = self._refused.get(OURS if route.is_signed else route.major)
        if refusal is None and route.is_webhook:
            refusal = self._refused.get(route.major)
        if refusal is not None:
            raise refusal()
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
        if error.status == 401:
            self._remember(OURS if route.is_signed else route.major, error)
        elif is_gone and route.is_webhook:
            # Not so an interaction's webhook: that exists from the first response on.
            self._remember(route.major, error)

    def _remember(self, token: str, error: ConnectorError) -> None:
        what = "the token" if token == OURS else "a webhook's token"
        self._refused[token] = partial(
            ApiRequestFailed,
            PROVIDER,
            status=error.status,
            reason=error.reason,
            provider_code=error.provider_code,
            retryable=False,
            summary=f"{what} was refused before, so it is not sent again",
        )
        if len(self._refused) > KEPT_TOKENS:
            oldest = next(key for key in self._refused if key != OURS)
            del self._refused[oldest]
