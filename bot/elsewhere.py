"""Interactions that come twice: to this process, or to another that shares only the token."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from bot.errors import FAILURES, AnsweredElsewhere
from connectors import ConnectorError
from connectors.discord import DiscordRest

# When to look at a response that we may have given ourselves.
LOOKS_S = (0.2, 0.3, 0.5, 1.0)
# When to look further if the ledger does not say that it is ours: whoever has responded shows a
# word, or a note that the model is thinking, about 7 s after that.
FURTHER_LOOKS_S = (2.0, 2.0, 2.0)
# When to look at a response that somebody else has given, who may have had to look further, and who
# may have died since.
LOOKS_AT_OTHERS_S = (*LOOKS_S, 2.0, 2.0, 3.0, 4.0, 5.0)
# How many interactions are remembered. A gateway that resumes sends those of the last minutes.
REMEMBERED = 2_000


class Arrivals:
    """The interactions that came last; each is handled once."""

    def __init__(self, *, at_most: int = REMEMBERED) -> None:
        self._at_most = at_most
        self._ids: dict[int, None] = {}  # the oldest first

    def is_first(self, interaction_id: int) -> bool:
        """Return whether an interaction has not come before, and remember it."""
        if interaction_id in self._ids:
            return False
        self._ids[interaction_id] = None
        if len(self._ids) > self._at_most:
            del self._ids[next(iter(self._ids))]
        return True


async def ensure_unanswered(
    rest: DiscordRest,
    application_id: int,
    token: str,
    looks_s: Iterable[float],
    *,
    is_ours: bool = True,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Raise AnsweredElsewhere if somebody fills the response that was given before.

    If it is certainly not ours, also if its token is dead: nobody else can fill it.
    """
    for wait_s in looks_s:
        await sleep(wait_s)
        try:
            original = await rest.original(application_id, token)
        except ConnectorError as error:
            if not (is_ours or error.retryable):
                raise AnsweredElsewhere from error
        else:
            if not original.is_loading:
                raise AnsweredElsewhere


async def shows_failure(rest: DiscordRest, application_id: int, token: str) -> bool:
    """Return whether the response says that a request failed. Raise ConnectorError."""
    return (await rest.original(application_id, token)).content in FAILURES
