"""Requests to Discord that are sent only while the claim on an answer is held."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from connectors import ConnectorError
from connectors.local_scheduler import ClaimLost

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from connectors.discord import DiscordRest
    from connectors.local_scheduler import Running

# A claim older than this is confirmed before anything is shown, also after a wait for a rate limit;
# each saved draft confirms it, too.
FRESH_S = 1.5


def fenced(
    rest: DiscordRest, running: Running | None, on_lost: Callable[[], object] = lambda: None
) -> DiscordRest:
    """Return a REST handle that sends nothing after the claim is lost, and calls ``on_lost``.

    Without a claim, no other process can write the same answer.
    """
    if running is None:
        return rest

    async def ensure() -> None:
        try:
            await running.ensure_claim(fresh_s=FRESH_S)
        except ClaimLost:
            on_lost()
            raise

    return rest.fenced(running.check_claim, ensure=ensure)


async def save(running: Running | None, draft: Callable[[], Mapping[str, Any]]) -> None:
    """Save a draft, if the database is there: else it is saved again later. Raise ClaimLost."""
    if running is not None:
        with suppress(ConnectorError):
            await running.save_draft(draft)


async def ensure_held(running: Running | None, draft: Callable[[], Mapping[str, Any]]) -> None:
    """Save a draft. Raise ClaimLost if the claim is lost, by the clock if the database is away."""
    await save(running, draft)
    if running is not None:
        running.check_claim()
