"""Looks up, beside the model, whether a person wants nothing kept of an answer."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from bot.providers.question import Prepare, Prepared, Question

# The end of an answer waits so long for a database that does not respond.
KNOWN_WITHIN_S = 1.0


class Forgetting:
    """Prepares requests, and asks the database meanwhile: a model takes longer."""

    def __init__(self, prepare: Prepare, forgets: Callable[[], Coroutine[Any, Any, bool]]) -> None:
        self._prepare = prepare
        self._forgets = forgets
        self._asking: asyncio.Task[bool] | None = None

    async def prepare(self, question: Question, provider: str, model: str | None) -> Prepared:
        """Return the request for the question. Raise Refused if nothing is asked."""
        self._ask()
        return await self._prepare(question, provider, model)

    async def is_wanted(self) -> bool:
        """Return whether buttons below the answer will not work, as far as that is known."""
        asking = self._ask()
        await asyncio.wait({asking}, timeout=KNOWN_WITHIN_S)
        return asking.done() and asking.result()

    def cancel(self) -> None:
        if self._asking is not None:
            self._asking.cancel()

    def _ask(self) -> asyncio.Task[bool]:
        if self._asking is None:
            self._asking = asyncio.create_task(self._forgets())
        return self._asking
