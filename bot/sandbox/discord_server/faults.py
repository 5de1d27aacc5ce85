"""Faults that a test injects into requests."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.discord_server.rules.limits import refusal

CLOUDFLARE_PAGE = (
    "<!DOCTYPE html><html><head><title>Access denied | discord.com used Cloudflare to restrict "
    "access</title></head><body><h1>Error 1015</h1><p>You are being rate limited</p></body></html>"
)


@dataclass(slots=True, eq=False)
class Fault:
    """A fault of the next ``times`` requests with this method and path.

    ``path`` is a regular expression for the whole path after ``/api/v10``.
    ``headers`` alone are added to those of the real answer.
    With ``after_effect`` the request takes effect, and only its answer is lost or held back.
    """

    method: str = "*"
    path: str = ".*"
    times: int = 1
    status: int | None = None
    json: Any = None
    headers: Mapping[str, str] | None = None
    retry_after: float | None = None
    after_effect: bool = False
    drop: bool = False
    hold: asyncio.Event | None = None
    html: bool = False
    seen: int = 0

    def matches(self, method: str, path: str) -> bool:
        is_method = self.method in ("*", method)
        return is_method and self.seen < self.times and re.fullmatch(self.path, path) is not None

    async def held(self) -> None:
        """Wait until the test releases the request or its answer."""
        if self.hold is not None:
            await self.hold.wait()

    def answer(self) -> tuple[int, dict[str, str], Any]:
        """Return status, headers and body of the faulty answer."""
        status = self.status or 500
        extra = dict(self.headers or {})
        if self.html:
            return status, {"Content-Type": "text/html; charset=UTF-8"} | extra, CLOUDFLARE_PAGE
        if status == 429:
            limited = refusal(1.0 if self.retry_after is None else self.retry_after, scope="user")
            body = limited.body if self.json is None else self.json
            return status, limited.headers | extra, body
        default = {"message": f"{status}: Internal Server Error", "code": 0}
        return status, extra, default if self.json is None else self.json

    @property
    def replaces_answer(self) -> bool:
        return self.status is not None or self.drop or self.html


class Faults:
    """The injected faults, in order."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        self._faults.clear()

    def take(self, method: str, path: str) -> Fault:
        """Return the first fault for this request and count it; one that does nothing if none."""
        for fault in self._faults:
            if fault.matches(method, path):
                fault.seen += 1
                return fault
        return Fault()
