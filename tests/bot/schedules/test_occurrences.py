from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.schedules.occurrences import (
    LATE,
    columns,
    is_waiting,
    newest_due,
    next_run,
    when_of,
)
from bot.schedules.texts import describe_schedule
from bot.times.recurrence import When
from bot.times.when import parse
from connectors.local_scheduler import Job, State, UnreadablePayload

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 27, 9, tzinfo=UTC)


def row(phrase: str, **facts: Any) -> Job:
    kept: dict[str, Any] = dict(columns(parse(phrase, now=NOW, zone=BERLIN)))
    return Job(id="0", kind="tea", owner_id=1, **{"state": State.ACTIVE, **kept, **facts})


@pytest.mark.parametrize("phrase", ["in 2 hours", "tomorrow 9:00", "every weekday at 08:30"])
def test_a_row_restores_the_when_it_was_made_of(phrase: str) -> None:
    assert when_of(row(phrase)) == parse(phrase, now=NOW, zone=BERLIN)


@pytest.mark.parametrize(
    "facts",
    [
        {"wall_time": None},
        {"wall_time": "soon"},
        {"rule": "FREQ=SOMETIMES"},
        {"zone": "Nowhere/Land"},
        {"zone": "../etc/passwd"},
        {"zone": "Europe"},
    ],
)
def test_a_row_whose_time_cannot_be_read_says_so_and_is_still_described(
    facts: dict[str, Any],
) -> None:
    job = row("every day at 08:30", **facts)
    with pytest.raises(UnreadablePayload, match="its stored schedule cannot be read"):
        when_of(job)
    assert describe_schedule(job, BERLIN) == "at times that can no longer be read"


def test_a_one_off_has_no_next_run() -> None:
    assert next_run(row("tomorrow 9:00"), NOW) is None


def test_the_next_run_keeps_the_wall_clock_across_a_change_of_it() -> None:
    job = row("every day at 08:30")
    before, after = datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 29, 12, tzinfo=UTC)
    assert next_run(job, before) == datetime(2026, 3, 28, 7, 30, tzinfo=UTC)
    assert next_run(job, after) == datetime(2026, 3, 30, 6, 30, tzinfo=UTC)


def test_of_several_missed_occurrences_the_newest_is_due() -> None:
    job = row("every day at 08:30")
    assert newest_due(job, job.next_run + timedelta(days=2, hours=1)) == datetime(
        2026, 3, 30, 6, 30, tzinfo=UTC
    )


@pytest.mark.parametrize("phrase", ["every 5 minutes", "*/5 8 * * 1-5", "every 2 years"])
@pytest.mark.parametrize("days", [1, 365, 3650])
def test_the_newest_of_many_missed_ones_is_found_in_few_steps(
    phrase: str, days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = []

    def after(when: When, moment: datetime) -> datetime | None:
        steps.append(moment)
        return _after(when, moment)

    _after = When.after
    job = row(phrase)
    now = job.next_run + timedelta(days=days, hours=3)
    monkeypatch.setattr(When, "after", after)
    due = newest_due(job, now)
    assert due <= now
    following = next_run(job, due)
    assert following is not None
    assert following > now
    assert len(steps) < 100


def test_one_that_is_hardly_late_or_comes_once_is_due_when_it_says() -> None:
    often, once = row("every 5 minutes"), row("tomorrow 9:00")
    assert newest_due(often, often.next_run + LATE / 2) == often.next_run
    assert newest_due(once, once.next_run + timedelta(days=9)) == once.next_run


@pytest.mark.parametrize(
    ("phrase", "described"),
    [
        ("every weekday at 08:30", "every weekday at 08:30"),
        ("tomorrow 9:00", "Saturday 28 March 2026, 09:00"),
    ],
)
def test_a_schedule_is_described_in_words_that_are_read_back(phrase: str, described: str) -> None:
    job = row(phrase)
    assert describe_schedule(job, BERLIN) == described
    assert parse(described, now=NOW, zone=BERLIN).first == job.next_run


@pytest.mark.parametrize("state", State)
def test_only_what_is_paused_or_parked_waits(state: State) -> None:
    job = row("tomorrow 9:00", state=state)
    assert is_waiting(job) is (state in (State.PAUSED, State.PARKED))
