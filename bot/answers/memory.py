"""The seams between an answer and what remembers it, or tidies behind it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from bot.answers.layout import Ending
from bot.answers.record import Record
from bot.providers.preferences import Place
from bot.providers.question import Prepared, Progress, Question, alone

# Called with an answer that has ended, and with its ending if that could be shown nowhere.
Tidy = Callable[[Record, Ending | None], Awaitable[None]]


async def leave_as_it_is(_record: Record, _ending: Ending | None) -> None:
    """Tidy nothing."""


class Memory(Protocol):
    """Remembers questions by their ``turn``. Only ``prepare`` raises, and may take long."""

    async def begin(self, place: Place, question: Question, /) -> None:
        """Remember a question that was accepted."""

    async def prepare(
        self, place: Place, question: Question, provider: str, model: str | None, /
    ) -> Prepared:
        """Return the request for a question, with the turns before it.

        Raise Refused if nothing is asked.
        """
        ...

    async def answered(
        self, place: Place, question: Question, progress: Progress, messages: Sequence[str], /
    ) -> None:
        """Remember the answer so far and the ids of its messages, in place of an earlier one."""

    async def recovered(
        self, place: Place, question: Question, progress: Progress, messages: Sequence[str], /
    ) -> None:
        """Remember an answer as its process has left it, unless more of it is remembered."""


class NoMemory:
    """Remembers nothing: every question stands alone."""

    async def begin(self, _place: Place, _question: Question) -> None:
        return

    async def prepare(
        self, _place: Place, question: Question, provider: str, model: str | None
    ) -> Prepared:
        return await alone(question, provider, model)

    async def answered(
        self, _place: Place, _question: Question, _progress: Progress, _messages: Sequence[str]
    ) -> None:
        return

    async def recovered(
        self, _place: Place, _question: Question, _progress: Progress, _messages: Sequence[str]
    ) -> None:
        return
