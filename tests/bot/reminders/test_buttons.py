from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from bot.reminders.buttons import button_row, is_of, snoozed_until
from connectors.local_scheduler import Job, State

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 27, 9, tzinfo=UTC)
JOB = Job(id="0123456789abcdef", kind="reminder", owner_id=1, next_run=NOW, state=State.ACTIVE)


def test_tomorrow_is_nine_by_the_owners_clock_also_across_a_change_of_it() -> None:
    saturday = datetime(2026, 3, 28, 20, tzinfo=UTC)
    assert snoozed_until("tomorrow", saturday, BERLIN) == datetime(2026, 3, 29, 7, tzinfo=UTC)


@pytest.mark.parametrize(("action", "passed"), [("20m", 20), ("1h", 60)])
def test_a_short_snooze_is_counted_in_real_minutes(action: str, passed: int) -> None:
    assert snoozed_until(action, NOW, BERLIN) == NOW + timedelta(minutes=passed)


def test_a_message_is_known_by_its_buttons() -> None:
    assert is_of(JOB, button_row(JOB, {"done": "Done"}))
    assert not is_of(JOB, ())


@pytest.mark.parametrize(
    "other", [replace(JOB, id="f" * 16), replace(JOB, next_run=NOW + timedelta(days=1))]
)
def test_a_message_of_another_reminder_or_occurrence_is_not_taken_for_it(other: Job) -> None:
    assert not is_of(JOB, button_row(other, {"done": "Done"}))
