"""The acceptance of a question: kept first, then acknowledged, then begun."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from bot.answers.too_late import TooLate
from bot.elsewhere import FURTHER_LOOKS_S, PATIENCE_S, ensure_unanswered
from bot.errors import AnsweredElsewhere, cannot_be_answered
from connectors.local_scheduler import KeptElsewhere

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.answers.background import Background
    from bot.answers.dependencies import Dependencies
    from bot.answers.keeping import Keeping
    from bot.answers.origin import Origin
    from bot.answers.record import Record
    from bot.providers.question import Question
    from connectors.local_scheduler import Running

    Begin = Callable[[Record, Running | None], None]
    Acknowledge = Callable[[], Awaitable[bool]]
    # Returns a question as it is asked, and where it is answered. Raises Refused.
    Admit = Callable[[Question, Origin], Awaitable[tuple[Question, Origin]]]

log = logging.getLogger(__name__)

# Saved before Discord is told, so that a crash cannot lose an accepted question. Discord waits 3 s.
ACKNOWLEDGE_AFTER_S = 1.0
# Limits and rules are looked up before; where that takes longer, Discord is told first.
ADMITTED_WITHIN_S = 1.0


async def admitted(
    admit: Admit, question: Question, origin: Origin, acknowledge: Acknowledge
) -> tuple[Question, Origin, Acknowledge]:
    """Return a question as ``admit`` does, and how to acknowledge it now: in time, if that is slow.

    Raise what ``admit`` raises, once an acknowledgement that was begun is given.
    """
    loop, early = asyncio.get_running_loop(), list[asyncio.Task[bool]]()

    def acknowledge_early() -> None:
        task = loop.create_task(_awaited(acknowledge))
        task.add_done_callback(_retrieve)
        early.append(task)

    begin = loop.call_later(ADMITTED_WITHIN_S, acknowledge_early)
    try:
        question, origin = await admit(question, origin)
    except Exception:
        await asyncio.gather(*early, return_exceptions=True)
        raise
    finally:
        begin.cancel()
    return question, origin, (lambda: early[0]) if early else acknowledge


async def _awaited(acknowledge: Acknowledge) -> bool:
    return await acknowledge()


def _retrieve(early: asyncio.Task[bool]) -> None:
    if not early.cancelled():
        early.exception()  # nobody awaits it if another process has the question


class Acceptance:
    """Accepts new questions; ``begin`` is called with each, and the claim on it if it is kept."""

    def __init__(
        self,
        keeping: Keeping,
        dependencies: Dependencies,
        tasks: Background,
        begin: Begin,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._keeping = keeping
        self._rest = dependencies.rest
        self._memory = dependencies.memory
        self._tasks = tasks
        self._begin = begin
        self._sleep = sleep
        self._too_late = TooLate(dependencies.rest, tasks, sleep)

    async def accept(self, record: Record, acknowledge: Acknowledge) -> None:
        """Keep a question, acknowledge it, and begin it, unless another process does.

        Raise what ``acknowledge`` raises if the question cannot be answered; it is dropped, and
        whoever asked is told if Discord no longer waits.
        """
        is_certain = False
        with self._rest.first_responses.expected(record.origin.interaction_id):
            holding = self._keeping.hold(record)
            await asyncio.wait({holding}, timeout=ACKNOWLEDGE_AFTER_S)
            if holding.done() and isinstance(holding.exception(), KeptElsewhere):
                return
            try:
                is_certain = await acknowledge()
            except Exception as error:
                if cannot_be_answered(error):
                    await self._keeping.drop(record, holding)
                    if not isinstance(error, AnsweredElsewhere):
                        self._too_late.tell(record.origin)
                    raise
                why = type(error).__name__
                log.warning("an acknowledgement failed (%s); the answer goes on", why)
        await self._rest.first_responses.calm()  # from here on, those of others come first
        self._tasks.spawn(self._memory.begin(record.origin.place, record.question))
        try:
            held = await holding
        except KeptElsewhere:
            if await self._keeping.is_elsewhere(record):
                return
            held = None
        if held is None and not is_certain:
            await self._ensure_unanswered(record)
        self._begin(record, held)

    async def _ensure_unanswered(self, record: Record) -> None:
        """Raise AnsweredElsewhere if another process answers what the ledger did not take."""
        webhook = record.origin.webhook
        await ensure_unanswered(
            self._rest, *webhook, FURTHER_LOOKS_S, patience_s=PATIENCE_S, sleep=self._sleep
        )
