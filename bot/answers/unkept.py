"""Answers that the ledger does not hold: one process writes them, and they end with it."""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import TYPE_CHECKING

from bot.answers.surfaces import whisper
from bot.errors import OUR_FAULT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.answers.answer import Answer
    from bot.answers.record import Record
    from connectors.discord import DiscordRest

log = logging.getLogger(__name__)

AT_MOST = 500  # are remembered, for their buttons


class Unkept:
    """Writes them, and knows those that have ended.

    ``write`` writes one to its end, or returns in how many seconds it is to be written again, as
    ``look`` then returns it; None if its end is shown, or if it ``is_dropped``.
    """

    def __init__(
        self,
        rest: DiscordRest,
        write: Callable[[Answer], Awaitable[float | None]],
        look: Callable[[Answer], Awaitable[Answer | None]],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._rest = rest
        self._write = write
        self._look = look
        self._sleep = sleep
        self._records: OrderedDict[str, Record] = OrderedDict()
        self._writing: set[str] = set()

    def get(self, answer_id: str) -> Record | None:
        return self._records.get(answer_id)

    def forget(self, answer_id: str) -> None:
        """Leave an answer to the ledger, which holds it by now."""
        self._records.pop(answer_id, None)
        self.drop(answer_id)

    def drop(self, answer_id: str) -> None:
        """Do not begin to write an answer again."""
        self._writing.discard(answer_id)

    def is_dropped(self, answer_id: str) -> bool:
        return answer_id not in self._writing

    async def write(self, answer: Answer) -> None:
        """Write an answer to its end; where Discord lets nobody see it, again for a while.

        One to a message may be shown already, by another process that has heard it as well.
        """
        self._writing.add(answer.id)
        self._records[answer.id] = answer.record
        if len(self._records) > AT_MOST:
            self._records.popitem(last=False)
        try:
            await self._write_often(answer)
        finally:
            self._writing.discard(answer.id)

    async def _write_often(self, answer: Answer) -> None:
        origin = answer.record.origin
        if origin.message_id and not origin.revision:
            shown = await self._look(answer)
            if shown is None:
                self._records.pop(answer.id, None)
                return
            answer = shown
        while (wait_s := await self._write_once(answer)) is not None:
            await self._sleep(wait_s)
            shown = await self._look(answer)
            if shown is None:
                return
            answer = shown

    async def _write_once(self, answer: Answer) -> float | None:
        """Return in how many seconds to try again, or None."""
        wait_s = None
        try:
            wait_s = await self._write(answer)
        except Exception:
            log.exception("writing an answer failed")
            await whisper(self._rest, answer.record.origin, OUR_FAULT)
        if answer.id in self._records:
            self._records[answer.id] = answer.record
        return wait_s
