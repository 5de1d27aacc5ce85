"""A ledger of promises, and the scheduler that keeps them: on SQLite, or on PostgreSQL for many processes."""

from typing import TYPE_CHECKING, Any

from connectors.database.config import (
    PROVIDER,
    URL_ENV,
    Config,
    is_available,
    load_from_env,
    try_load,
)
from connectors.local_scheduler.job import (
    ClaimLost,
    Job,
    KeptElsewhere,
    Limit,
    LimitReached,
    NewJob,
    Outcome,
    Parked,
    Retry,
    Settled,
    State,
    UnreadablePayload,
    id_from,
    new_id,
    payload_as,
)

if TYPE_CHECKING:
    from connectors.database.database import LedgerUnavailable
    from connectors.database.preflight import unusable
    from connectors.local_scheduler.kinds import Handler, NextRun, Pace
    from connectors.local_scheduler.running import Running
    from connectors.local_scheduler.scheduler import LocalScheduler

# Imported when they are first used, because SQLAlchemy and APScheduler cost more than all of connectors.
_LATE = {
    "Handler": "connectors.local_scheduler.kinds",
    "LedgerUnavailable": "connectors.database.database",
    "LocalScheduler": "connectors.local_scheduler.scheduler",
    "NextRun": "connectors.local_scheduler.kinds",
    "Pace": "connectors.local_scheduler.kinds",
    "Running": "connectors.local_scheduler.running",
    "unusable": "connectors.database.preflight",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LATE[name]), name)


__all__ = [
    "PROVIDER",
    "URL_ENV",
    "ClaimLost",
    "Config",
    "Handler",
    "Job",
    "KeptElsewhere",
    "LedgerUnavailable",
    "Limit",
    "LimitReached",
    "LocalScheduler",
    "NewJob",
    "NextRun",
    "Outcome",
    "Pace",
    "Parked",
    "Retry",
    "Running",
    "Settled",
    "State",
    "UnreadablePayload",
    "id_from",
    "is_available",
    "load_from_env",
    "new_id",
    "payload_as",
    "try_load",
    "unusable",
]
