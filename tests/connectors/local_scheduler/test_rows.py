from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.database.schema import jobs
from connectors.local_scheduler import NewJob, State
from connectors.local_scheduler.rows import job_of, row_of

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1, microseconds=7)
FULL = NewJob(
    kind="reminder",
    owner_id=1,
    id="00ff",
    next_run=LATER,
    guild_id=2,
    channel_id=3,
    zone="Europe/Berlin",
    rule="FREQ=DAILY",
    wall_time="2026-11-25T14:00:00",
    payload={"text": "Tee für zwei ☕"},
    draft={"parts": [1]},
    version=4,
)


@pytest.mark.parametrize("worker", [None, "host:1:00000000"])
def test_a_row_has_every_column_of_the_table(worker: str | None) -> None:
    assert row_of(FULL, NOW, worker=worker).keys() == set(jobs.columns.keys())


def test_a_job_comes_back_as_it_was_requested() -> None:
    job = job_of(row_of(FULL, NOW))
    for name in FULL.__struct_fields__:
        assert getattr(job, name) == getattr(FULL, name)
    assert (job.state, job.created_at, job.attempts) == (State.ACTIVE, NOW, 0)
    assert job.first_claimed_at is None


def test_a_job_without_a_time_is_due_at_once() -> None:
    new = NewJob(kind="answer", owner_id=1)
    assert job_of(row_of(new, NOW)).next_run == NOW
    assert row_of(new, NOW)["id"] != row_of(new, NOW)["id"]


def test_a_claimed_row_belongs_to_its_worker() -> None:
    row = row_of(FULL, NOW, worker="host:1:00000000")
    job = job_of(row)
    assert row["lease_by"] == "host:1:00000000"
    assert (job.state, job.attempts, job.first_claimed_at) == (State.RUNNING, 1, NOW)


@pytest.mark.parametrize("column", ["payload", "draft"])
@pytest.mark.parametrize("text", ["", "{", "[1]", "null", "[" * 100_000])
def test_a_column_that_is_not_a_json_object_makes_the_job_unreadable(
    column: str, text: str
) -> None:
    job = job_of(row_of(FULL, NOW) | {column: text})
    assert not job.is_readable
    assert getattr(job, column) == {}


@pytest.mark.parametrize("payload", [{"when": NOW}, {"x": float("nan")}, {"x": {1, 2}}])
def test_a_payload_that_cannot_be_json_is_refused(payload: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        row_of(NewJob(kind="reminder", owner_id=1, payload=payload), NOW)
