"""Interactions that come twice: to this process, or to another that shares only the token."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator

from bot.errors import FAILURES, AnsweredElsewhere
from connectors import ConnectorError
from connectors.discord import DiscordRest, codes

# When to look at a response that we may have given ourselves.
LOOKS_S = (0.2, 0.3, 0.5, 1.0)
# When to look at one that somebody else has certainly given, who may have died since: whoever lives
# waits for the ledger for 2 s, and then shows the first words.
LOOKS_AT_OTHERS_S = (*LOOKS_S, 2.0, 2.0)
# When to look further if the ledger does not say that it is ours: after 5 s without a word a note
# is shown that the model is thinking.
FURTHER_LOOKS_S = (2.0, 2.0, 2.0)
# How long to go on while looks fail: what another process shows cannot be seen, and would be said
# twice. A response that cannot be read can hardly be edited either.
PATIENCE_S = 300.0
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
    patience_s: float = 0.0,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Raise AnsweredElsewhere if somebody fills the response that was given before.

    If it is certainly not ours, also if it was deleted, or its token has expired. A response that
    does not exist is nobody's. If the last look fails, others follow for up to ``patience_s``.
    """
    is_seen = False
    for wait_s, is_extra in _schedule(looks_s, patience_s):
        if is_seen and is_extra:
            return
        await sleep(wait_s)
        try:
            is_seen = (await rest.original(application_id, token)).is_loading
        except ConnectorError as error:
            if error.provider_code == codes.UNKNOWN_WEBHOOK:
                return
            if not (is_ours or error.retryable):
                raise AnsweredElsewhere from error
            is_seen = False
        else:
            if not is_seen:
                raise AnsweredElsewhere


def _schedule(looks_s: Iterable[float], patience_s: float) -> Iterator[tuple[float, bool]]:
    """Yield how long to wait before each look, and whether it is only for want of another."""
    yield from ((wait_s, False) for wait_s in looks_s)
    wait_s = 2.0
    while patience_s > 0:
        yield min(wait_s, patience_s), True
        patience_s -= wait_s
        wait_s = min(2 * wait_s, 30.0)


async def shows_failure(rest: DiscordRest, application_id: int, token: str) -> bool:
    """Return whether the response says that a request failed. Raise ConnectorError."""
    return (await rest.original(application_id, token)).content in FAILURES
