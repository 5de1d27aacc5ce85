"""The services that every answer is written with, and the seams to those of other features."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import msgspec

from bot.answers.layout import Ending
from bot.answers.pace import LoopTurns, Traffic
from bot.answers.record import Record
from bot.answers.typing import Typing
from bot.providers.catalog import Catalog
from bot.providers.preferences import Place
from bot.providers.question import Prepared, Progress, Question, alone
from bot.providers.routing import Routing
from bot.providers.spending import Release, Settle, release_nothing, settle_nothing
from connectors import Connectors
from connectors.discord import DiscordRest

# Called with an answer that has ended, and with its ending if that could be shown nowhere.
Tidy = Callable[[Record, Ending | None], Awaitable[None]]


async def leave_as_it_is(_record: Record, _ending: Ending | None) -> None:
    """Tidy nothing."""


class Memory(Protocol):
    """Remembers questions by their ``turn``. Only ``prepare`` and ``revise`` raise.

    ``prepare`` may take long.
    """

    async def begin(self, place: Place, question: Question, /) -> None:
        """Remember a question that was accepted."""

    async def revise(self, place: Place, question: Question, /) -> None:
        """Remember a question that was edited, in its old place. Raise DatabaseUnavailable."""

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

    async def disown(self, messages: Sequence[str], /) -> None:
        """Remember messages no longer as part of an answer: the bot itself deletes them."""

    async def recovered(
        self, place: Place, question: Question, progress: Progress, messages: Sequence[str], /
    ) -> None:
        """Remember an answer as its process has left it, unless more of it is remembered."""

    async def forgets(self, user_id: int, /) -> bool:
        """Return whether a person wants nothing of their answers kept once they have ended."""
        ...


class NoMemory:
    """Remembers nothing: every question stands alone."""

    async def begin(self, _place: Place, _question: Question) -> None:
        return

    async def revise(self, _place: Place, _question: Question) -> None:
        return

    async def prepare(
        self, _place: Place, question: Question, provider: str, model: str | None
    ) -> Prepared:
        return await alone(question, provider, model)

    async def answered(
        self, _place: Place, _question: Question, _progress: Progress, _messages: Sequence[str]
    ) -> None:
        return

    async def disown(self, _messages: Sequence[str]) -> None:
        return

    async def recovered(
        self, _place: Place, _question: Question, _progress: Progress, _messages: Sequence[str]
    ) -> None:
        return

    async def forgets(self, _user_id: int) -> bool:
        return False


class Dependencies(msgspec.Struct, frozen=True):
    """The services of every answer. ``is_owner`` tells whether a user id is the bot owner's."""

    connectors: Connectors
    catalog: Catalog
    routing: Routing
    rest: DiscordRest
    pace_s: float = 1.0
    is_owner: Callable[[int], bool] = lambda _: False
    memory: Memory = NoMemory()
    typing: Typing | None = None
    traffic: Traffic | None = None
    tidy: Tidy = leave_as_it_is
    settle: Settle = settle_nothing
    release: Release = release_nothing
    loop_turns: LoopTurns = msgspec.field(default_factory=LoopTurns)
