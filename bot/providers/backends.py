"""The state of each provider: the line in front of it, its breaker and its latencies."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from bot.providers.breaker import Breaker, is_of_provider
from bot.providers.latencies import Latencies
from bot.providers.queue import Line
from connectors.check import check

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.providers.failures import Failure
    from connectors import Connectors

log = logging.getLogger(__name__)

CHECK_WITHIN_S = 10.0


class Backend:
    """One provider, with its last failure until it answers again.

    ``next_check_at`` is in seconds since 1970, while its breaker is open.
    """

    def __init__(self, size: int) -> None:
        self.line = Line(size)
        self.breaker = Breaker()
        self.latencies = Latencies()
        self.last_failure: Failure | None = None
        self.next_check_at = 0.0


class Backends:
    """The providers by name."""

    def __init__(self, connectors: Connectors) -> None:
        self._connectors = connectors
        self._backends: dict[str, Backend] = {}
        self._checks: dict[str, asyncio.Task[None]] = {}

    def __getitem__(self, name: str) -> Backend:
        if name not in self._backends:
            self._backends[name] = Backend(self._connectors.parallel_of(name))
        return self._backends[name]

    def is_failing(self, name: str) -> bool:
        return name in self._backends and self._backends[name].breaker.is_open

    def in_order(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the names with those that are failing behind the others."""
        return tuple(sorted(names, key=self.is_failing))

    def note_failure(self, failure: Failure, *, is_default_model: bool) -> None:
        """Count a failed answer, and begin to check a provider that fails time after time."""
        name, error = failure.row.name, failure.error
        if error.reason == "not_local":
            return  # it was not asked
        self[name].last_failure = failure
        breaker = self[name].breaker
        is_counted = is_of_provider(error, is_default_model=is_default_model)
        if is_counted and breaker.failed(error.retry_after or 0.0):
            log.warning("%s: %d failures in a row; others are asked first", name, breaker.failures)
            self[name].next_check_at = time.time() + breaker.check_after_s
            self._checks[name] = asyncio.create_task(self._check_until_healthy(name))

    def note_success(self, name: str) -> None:
        self[name].last_failure = None
        self[name].breaker.succeeded()
        if name in self._checks:
            self._checks.pop(name).cancel()

    async def aclose(self) -> None:
        for task in self._checks.values():
            task.cancel()
        await asyncio.gather(*self._checks.values(), return_exceptions=True)

    async def _check_until_healthy(self, name: str) -> None:
        backend = self[name]
        while backend.breaker.is_open:
            await asyncio.sleep(backend.breaker.check_after_s)
            checked = await check(self._connectors, name, within_s=CHECK_WITHIN_S)
            is_healthy = checked.error is None and checked.latency_s is not None
            backend.breaker.checked(is_healthy=is_healthy)
            backend.next_check_at = time.time() + backend.breaker.check_after_s
        log.info("%s: healthy again", name)
