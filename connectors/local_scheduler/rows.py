"""Rows of the ledger: what a new job is stored as, and the job that a row holds."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from connectors.database.schema import jobs
from connectors.database.values import checked
from connectors.local_scheduler.job import (
    Job,
    NewJob,
    State,
    from_json,
    microseconds,
    moment,
    new_id,
    to_json,
)

# The columns of an occurrence that no process has tried yet.
FRESH: Final[Mapping[str, Any]] = {
    "lease_by": None,
    "attempts": 0,
    "failures": 0,
    "crashes": 0,
    "first_claimed_at": None,
    "reason": None,
    "draft": "{}",
}


def row_of(new: NewJob, now: datetime, *, worker: str | None = None) -> dict[str, Any]:
    """Return the row of a new job, claimed by ``worker`` if there is one.

    Raises TypeError or ValueError if its payload or draft cannot be JSON, and InvalidValue if
    another column cannot hold its value.
    """
    next_run = microseconds(new.next_run or now)
    row = {
        **FRESH,
        "id": new.id or new_id(),
        "kind": new.kind,
        "owner_id": new.owner_id,
        "guild_id": new.guild_id,
        "channel_id": new.channel_id,
        "zone": new.zone,
        "rule": new.rule,
        "wall_time": new.wall_time,
        "next_run": next_run,
        "visible_at": next_run,
        "state": State.ACTIVE.value,
        "payload": to_json(new.payload),
        "draft": to_json(new.draft),
        "created_at": microseconds(now),
        "version": new.version,
    }
    if worker is not None:
        row |= {"state": State.RUNNING.value, "lease_by": worker, "attempts": 1}
        row |= {"first_claimed_at": microseconds(now)}
    return checked(jobs, row)


def job_of(row: Mapping[Any, Any]) -> Job:
    """Return the job of a row.

    If its payload or draft is not a JSON object, both may be empty and ``is_readable`` is False.
    """
    return _job(row, from_json(row["payload"]), from_json(row["draft"]))


def stored_job(row: Mapping[Any, Any], new: NewJob) -> Job:
    """Return the job of the row that a new job is stored as, without reading its JSON."""
    return _job(row, new.payload, new.draft)


def _job(
    row: Mapping[Any, Any], payload: Mapping[str, Any] | None, draft: Mapping[str, Any] | None
) -> Job:
    values = dict(row)
    claimed_us = values["first_claimed_at"]
    del values["visible_at"], values["lease_by"]
    values |= {
        "state": State(values["state"]),
        "next_run": moment(values["next_run"]),
        "created_at": moment(values["created_at"]),
        "first_claimed_at": None if claimed_us is None else moment(claimed_us),
        "payload": payload or {},
        "draft": draft or {},
    }
    return Job(**values, is_readable=payload is not None and draft is not None)
