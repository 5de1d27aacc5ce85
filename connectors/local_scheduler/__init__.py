"""A scheduler whose jobs are rows of a ledger, on SQLite or PostgreSQL."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from connectors.database.config import URL_ENV, Config, is_available, load_from_env, try_load
from connectors.local_scheduler.job import (
    ClaimLost,
    Job,
    KeptElsewhere,
    Limit,
    LimitReached,
    NewJob,
    Other,
    Outcome,
    Parked,
    Retry,
    Settled,
    State,
    UnreadablePayload,
    id_from,
    id_of,
    new_id,
    payload_as,
)
from connectors.local_scheduler.kinds import Handler, NextRun, Pace
from connectors.local_scheduler.running import Running

if TYPE_CHECKING:
    from connectors.local_scheduler.scheduler import LocalScheduler


def __getattr__(name: str) -> Any:
    # Imported when first used: SQLAlchemy and APScheduler cost more than all of connectors.
    if name != "LocalScheduler":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.scheduler").LocalScheduler


__all__ = [
    "URL_ENV",
    "ClaimLost",
    "Config",
    "Handler",
    "Job",
    "KeptElsewhere",
    "Limit",
    "LimitReached",
    "LocalScheduler",
    "NewJob",
    "NextRun",
    "Other",
    "Outcome",
    "Pace",
    "Parked",
    "Retry",
    "Running",
    "Settled",
    "State",
    "UnreadablePayload",
    "id_from",
    "id_of",
    "is_available",
    "load_from_env",
    "new_id",
    "payload_as",
    "try_load",
]
