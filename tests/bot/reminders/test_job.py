from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.reminders.job import NewReminder, ReminderPayload, new_job
from bot.times.when import parse
from connectors.local_scheduler import Job, State, UnreadablePayload

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 27, 9, tzinfo=UTC)
LINK = "https://discord.com/channels/1/2/3"


def row(payload: dict[str, Any]) -> Job:
    return Job(
        id="0", kind="reminder", owner_id=1, next_run=NOW, state=State.ACTIVE, payload=payload
    )


def test_a_job_keeps_the_rule_the_wall_time_and_the_zone() -> None:
    when = parse("every weekday at 08:30", now=NOW, zone=BERLIN)
    job = new_job(NewReminder("", "stand-up", 7), when, 1)
    assert (job.zone, job.wall_time) == ("Europe/Berlin", "2026-03-30T08:30:00")
    assert job.rule == "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"


def test_a_job_has_the_id_it_is_given_and_its_payload_is_read_back() -> None:
    when = parse("in 1 hour", now=NOW, zone=BERLIN)
    first, second = (new_job(NewReminder("", "tea", 7, link=LINK), when, 1, "63") for _ in range(2))
    assert first.id == second.id == "63"
    assert ReminderPayload.of(row(dict(first.payload))) == ReminderPayload("tea", LINK)


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ({"text": "tea", "link": None}, ReminderPayload("tea")),
        ({"text": "tea"}, ReminderPayload("tea")),
        ({"text": ""}, ReminderPayload("")),
        ({"text": "tea", "color": "red"}, ReminderPayload("tea")),
        ({"text": "tea", "link": None, "snoozed": "0:1"}, ReminderPayload("tea", None, "0:1")),
    ],
)
def test_a_payload_of_an_older_or_newer_shape_is_read(
    stored: dict[str, Any], read: ReminderPayload
) -> None:
    assert ReminderPayload.of(row(stored)) == ReminderPayload.try_of(row(stored)) == read


@pytest.mark.parametrize("stored", [{}, {"text": None}, {"text": 5}, {"text": "tea", "link": 5}])
def test_a_payload_without_a_text_or_with_an_odd_field_is_unreadable(
    stored: dict[str, Any],
) -> None:
    with pytest.raises(UnreadablePayload, match="its stored data cannot be read"):
        ReminderPayload.of(row(stored))
    assert ReminderPayload.try_of(row(stored)) is None
