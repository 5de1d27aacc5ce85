"""Jobs in channels that are closed to the bot: they wait until somebody opens these again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from connectors.discord import codes, is_closed
from connectors.local_scheduler import Outcome, Retry, Running, Settled
from connectors.shared import exponential_backoff

if TYPE_CHECKING:
    from connectors import ConnectorError
    from connectors.local_scheduler import LocalScheduler

# What nobody has opened for days is left as it is.
GIVE_UP = timedelta(days=6)
FIRST_S, LONGEST_S = 60.0, 3600.0
GONE = (codes.UNKNOWN_CHANNEL, codes.UNKNOWN_MESSAGE)


def once_open(running: Running, error: ConnectorError) -> Outcome:
    """Return what follows Discord's refusal: another attempt later, or none if all is gone.

    Raise the error if it is about something else.
    """
    if error.provider_code in GONE:
        return Settled(None, {})
    if not is_closed(error):
        raise error
    if datetime.now(UTC) - running.created_at > GIVE_UP:
        return Settled(None, {})
    base_ms, longest_ms = round(FIRST_S * 1000), round(LONGEST_S * 1000)
    return Retry(exponential_backoff(running.attempts - 1, base_ms, longest_ms) / 1000, str(error))


async def wake(scheduler: LocalScheduler, guild_id: int, kind: str) -> None:
    """Run the waiting jobs of a kind in a server at once. Raise DatabaseUnavailable."""
    for job in await scheduler.of_guild(guild_id, kind=kind):
        await scheduler.change(job.id, owner_id=job.owner_id, next_run=datetime.now(UTC))
