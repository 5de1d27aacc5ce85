"""The answers that a process accepts and writes at the moment."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.answers.answer import Answer


class AtWork:
    """Knows them by their ids, and when there are none."""

    def __init__(self) -> None:
        self._writing: dict[str, Answer] = {}
        self._accepting: set[str] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    def __contains__(self, answer_id: str) -> bool:
        return answer_id in self._accepting or answer_id in self._writing

    def get(self, answer_id: str) -> Answer | None:
        """Return an answer that is being written."""
        return self._writing.get(answer_id)

    def all(self) -> list[Answer]:
        """Return the answers that are being written."""
        return list(self._writing.values())

    @contextmanager
    def accepting(self, answer_id: str) -> Iterator[None]:
        self._accepting.add(answer_id)
        self._idle.clear()
        try:
            yield
        finally:
            self._accepting.discard(answer_id)
            self._note_idle()

    def begin(self, answer: Answer) -> Answer:
        """Note that an answer is being written from now on."""
        self._writing[answer.id] = answer
        self._idle.clear()
        return answer

    def end(self, answer: Answer) -> None:
        """Note that an answer is no longer being written, unless another one of its id is."""
        if self._writing.get(answer.id) is answer:
            del self._writing[answer.id]
        self._note_idle()

    async def settled(self, timeout_s: float) -> None:
        """Wait until there are none, at most timeout_s."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._idle.wait()

    def _note_idle(self) -> None:
        if not self._writing and not self._accepting:
            self._idle.set()
