"""The use of an answer so far: as the providers count it, or else estimated."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Final

from bot.providers.tokens import tokens_in, tokens_of
from bot.storage.use import Account, Spent
from connectors import ConnectorError, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.providers.preferences import Place
    from bot.providers.question import Question
    from bot.providers.written import Written
    from connectors import ChatMessage

# More than any model takes or writes: a larger count is a mistake.
MOST_TOKENS: Final = 20_000_000


# Called once an answer has ended, with whose it is. Does not raise.
Settle = Callable[[Account, Sequence[Spent]], Awaitable[None]]


async def settle_nothing(_account: Account, _spent: Sequence[Spent]) -> None:
    """Keep no account."""


# Called with what is not asked after all. Does not raise.
Release = Callable[[Account], Awaitable[None]]


async def release_nothing(_account: Account) -> None:
    """Have nothing reserved."""


# Called before something is asked, with whose use it is. Returns what may be asked, or raises
# Refused.
Admit = Callable[[Account, "Place", "Question"], Awaitable["Question"]]


async def admit_all(_account: Account, _place: Place, question: Question) -> Question:
    """Know no limits."""
    return question


class Meter:
    """Adds up the requests of one answer.

    ``usage`` is what the current one has reported last, and ``began_s`` when it was sent.
    """

    def __init__(self, written: Written, before: Sequence[Spent] = ()) -> None:
        self._written = written
        self._spent = {(spent.provider, spent.model): spent for spent in before}
        self._current: Callable[[], Spent] | None = None  # of the request under way
        self.usage: Usage | None = None
        self.began_s = 0.0

    @property
    def spent(self) -> tuple[Spent, ...]:
        """The use so far, with that of the current request until now."""
        found = dict(self._spent)
        if self._current is not None:
            current = self._current()
            key = current.provider, current.model
            found[key] = found[key].plus(current) if key in found else current
        return tuple(found.values())

    @contextmanager
    def request(
        self, messages: Sequence[ChatMessage], whom: Callable[[], tuple[str, str]]
    ) -> Iterator[None]:
        """Count a request; ``whom`` returns the provider and the model that is asked.

        One that is refused before any text costs nothing.
        """
        self.usage, self.began_s, is_refused = None, time.monotonic(), False
        since = len(self._written.text), len(self._written.reasoning)
        estimate = cache(lambda: tokens_in(messages))
        self._current = lambda: _spent(*whom(), self.usage, estimate, self._output(since))
        try:
            yield
        except ConnectorError:
            is_refused = not self._has_used(since)
            raise
        finally:
            if not is_refused:
                self._spent = {(s.provider, s.model): s for s in self.spent}
            self._current = None

    def _has_used(self, since: tuple[int, int]) -> bool:
        return self.usage is not None or bool(self._output(since))

    def _output(self, since: tuple[int, int]) -> str:
        text, reasoning = since
        return self._written.text[text:] + self._written.reasoning[reasoning:]


def _spent(
    provider: str, model: str, usage: Usage | None, estimate: Callable[[], int], output: str
) -> Spent:
    """Return what a request has used: each count as reported, or else estimated."""
    counts = usage or Usage()
    taken, written = _plausible(counts.input_tokens), _plausible(counts.output_tokens)
    tokens = estimate() if taken is None else taken
    cached = min(_plausible(counts.cached_tokens) or 0, tokens)
    estimated = tokens_of(output) if output else 0
    return Spent(
        provider,
        model,
        tokens,
        cached,
        estimated if written is None else written,
        is_estimated=taken is None or written is None,
    )


def _plausible(count: int | None) -> int | None:
    """Return a count of tokens unless it is nonsense."""
    return count if count is not None and 0 <= count <= MOST_TOKENS else None
