"""Rate limits: a fixed window for each bucket, and 50 requests per second overall."""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.discord_server.objects import JSON

GLOBAL_LIMIT = 50
PURGE_AT = 4096


@dataclass(frozen=True, slots=True)
class Bucket:
    """A limit of requests within ``window_s`` seconds."""

    name: str
    limit: int
    window_s: float

    @property
    def id(self) -> str:
        return hashlib.sha256(self.name.encode()).hexdigest()[:32]


@dataclass(slots=True)
class Window:
    """The requests left in a bucket until ``reset``."""

    reset: float
    remaining: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """The headers of an answer; ``body`` is set if the request is refused."""

    headers: dict[str, str]
    body: JSON | None = None

    @property
    def is_limited(self) -> bool:
        return self.body is not None


class RateLimited(Exception):
    """A limit of one channel is used up for ``retry_after`` seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


class Limits:
    """Counts requests. Unless ``enforced``, headers are set but nothing is refused."""

    def __init__(self, clock: Callable[[], float], *, enforced: bool) -> None:
        self.enforced = enforced
        self._clock = clock
        self._windows: dict[tuple[str, str], Window] = {}
        self._global = Window(0.0, GLOBAL_LIMIT)
        self._ids: dict[str, str] = {}

    def take(self, bucket: Bucket, resource: str, *, counts_globally: bool) -> Verdict:
        """Count one request for a resource (a channel, a guild, a webhook token)."""
        now = self._clock()
        if counts_globally and not self._take_global(now):
            return refusal(self._global.reset - now, scope="global")
        window = self._window(bucket, resource, now)
        is_full = window.remaining <= 0
        window.remaining = max(0, window.remaining - 1)
        headers = self._headers(bucket, window, now)
        if is_full and self.enforced:
            refused = refusal(window.reset - now, scope="user")
            return Verdict(headers | refused.headers, refused.body)
        return Verdict(headers)

    def charge(self, bucket: Bucket, resource: str) -> None:
        """Count one use of a limit that no header tells, or raise RateLimited."""
        now = self._clock()
        window = self._window(bucket, resource, now)
        if window.remaining <= 0 and self.enforced:
            raise RateLimited(window.reset - now)
        window.remaining -= 1

    def _take_global(self, now: float) -> bool:
        if now >= self._global.reset:
            self._global = Window(now + 1.0, GLOBAL_LIMIT)
        self._global.remaining -= 1
        return self._global.remaining >= 0 or not self.enforced

    def _window(self, bucket: Bucket, resource: str, now: float) -> Window:
        key = (bucket.name, resource)
        window = self._windows.get(key)
        if window is None or now >= window.reset:
            if len(self._windows) >= PURGE_AT:
                self._windows = {k: w for k, w in self._windows.items() if now < w.reset}
            window = self._windows[key] = Window(now + bucket.window_s, bucket.limit)
        return window

    def _headers(self, bucket: Bucket, window: Window, now: float) -> dict[str, str]:
        if bucket.name not in self._ids:
            self._ids[bucket.name] = bucket.id
        return {
            "X-RateLimit-Limit": str(bucket.limit),
            "X-RateLimit-Remaining": str(window.remaining),
            "X-RateLimit-Reset": f"{window.reset:.3f}",
            "X-RateLimit-Reset-After": f"{max(0.0, window.reset - now):.3f}",
            "X-RateLimit-Bucket": self._ids[bucket.name],
        }


def refusal(retry_after: float, *, scope: str) -> Verdict:
    """Return a 429; scope is user, global or shared."""
    retry_after = max(0.001, round(retry_after, 3))
    headers = {"Retry-After": str(math.ceil(retry_after)), "X-RateLimit-Scope": scope}
    headers["Via"] = "1.1 google"
    if scope == "global":
        headers["X-RateLimit-Global"] = "true"
    message = "You are being rate limited."
    body = {"message": message, "retry_after": retry_after, "global": scope == "global"}
    return Verdict(headers, body)
