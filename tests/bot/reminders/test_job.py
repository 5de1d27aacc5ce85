from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reminders.job import NewReminder, new_job, read_question, snoozed_until
from bot.times.when import parse

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 27, 9, tzinfo=UTC)


@given(
    when=st.text(max_size=60),
    text=st.text(max_size=80),
    link=st.sampled_from([None, "https://a.b/1"]),
)
def test_a_draft_is_read_back_from_the_question_that_shows_it(
    when: str, text: str, link: str | None
) -> None:
    draft = NewReminder(" ".join(when.split()), text, 7, 8, link)
    assert read_question("What does your clock show?" + draft.shown(), 7, 8) == draft


def test_another_message_shows_no_draft() -> None:
    assert read_question("I will remind you <t:1:F>.", None, None) is None


def test_tomorrow_is_nine_by_the_owners_clock_also_across_a_change_of_it() -> None:
    saturday = datetime(2026, 3, 28, 20, tzinfo=UTC)
    assert snoozed_until("tomorrow", saturday, BERLIN) == datetime(2026, 3, 29, 7, tzinfo=UTC)


@pytest.mark.parametrize(("action", "passed"), [("20m", 20), ("1h", 60)])
def test_a_short_snooze_is_counted_in_real_minutes(action: str, passed: int) -> None:
    assert snoozed_until(action, NOW, BERLIN) == NOW + timedelta(minutes=passed)


def test_a_job_keeps_the_rule_the_wall_time_and_the_zone() -> None:
    when = parse("every weekday at 08:30", now=NOW, zone=BERLIN)
    job = new_job(NewReminder("", "stand-up", 7), when, 1)
    assert (job.zone, job.wall_time) == ("Europe/Berlin", "2026-03-30T08:30:00")
    assert job.rule == "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
