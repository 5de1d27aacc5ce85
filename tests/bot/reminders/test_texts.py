from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from bot.reminders import texts
from bot.reminders.job import NewReminder, ReminderPayload, new_job
from bot.times.when import parse
from connectors.local_scheduler import Job, State

BERLIN, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 3, 27, 9, tzinfo=UTC)
LINK = "https://discord.com/channels/1/2/3"


def row(phrase: str = "tomorrow 9:00", text: str = "tea", **facts: Any) -> Job:
    new = new_job(NewReminder("", text, 7), parse(phrase, now=NOW, zone=BERLIN), 1)
    assert new.next_run is not None
    job = Job(
        id="0",
        kind=new.kind,
        owner_id=new.owner_id,
        next_run=new.next_run,
        state=State.ACTIVE,
        zone=new.zone,
        rule=new.rule,
        wall_time=new.wall_time,
        payload=dict(new.payload),
    )
    return replace(job, **facts)


def test_a_late_reminder_says_since_when_and_leads_to_its_message() -> None:
    job = row()
    due = int(job.next_run.timestamp())
    said = texts.due(job, ReminderPayload("tea", LINK), job.next_run + timedelta(hours=1))
    assert said == f"⏰ <@1> tea\n-# about {LINK}\n-# was due <t:{due}:R>"


@pytest.mark.parametrize(
    ("is_recurring", "said"),
    [(True, "You have 5 recurring reminders"), (False, "You have 25 reminders")],
)
def test_a_limit_is_named(is_recurring: bool, said: str) -> None:
    assert texts.too_many(is_recurring=is_recurring) == (
        f"{said}, which is the limit. Cancel one in `/reminders` first."
    )


def test_a_time_in_another_place_is_said_on_both_clocks() -> None:
    job = row("tomorrow 9:00 Asia/Tokyo")
    assert texts.elsewhere(job, BERLIN) == "\n-# That is 09:00 in Asia/Tokyo."
    assert texts.elsewhere(job, TOKYO) == texts.elsewhere(row(), BERLIN) == ""


def test_a_list_says_what_repeats_and_what_does_not_come() -> None:
    daily = row("every day at 08:30", "stand-up", state=State.PAUSED)
    parked = row(state=State.PARKED, reason="no way", payload={})
    first, second = texts.listed([daily, parked], BERLIN).splitlines()
    assert first.endswith(" · stand-up · every day at 08:30 · ⏸️ paused")
    assert second.endswith(f" · {texts.UNREADABLE} · ⚠️ not delivered: no way")


def test_a_long_list_ends_with_how_many_are_left() -> None:
    listed = texts.listed(
        [row("every weekday at 08:30", "x" * 60, state=State.PAUSED)] * 25, BERLIN
    )
    shown = listed.count("paused")
    assert 0 < shown < 25
    assert listed.endswith(f"\n… and {25 - shown} more, in the list below")
    assert len(listed) < 2000


def test_a_list_of_missed_reminders_that_is_not_whole_says_so() -> None:
    listed, is_whole = texts.missed_list([row(), row(text="coffee")])
    assert listed.startswith("⏰ <@1> I was offline when 2 reminders came due:\n- <t:")
    assert is_whole
    assert not texts.missed_list([row(), row(text="x" * 61)])[1]
    listed, is_whole = texts.missed_list([row(text="x" * 60)] * 25)
    assert listed.endswith("\n- … and more; the file has them all")
    assert not is_whole


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Asia/Tokyo", "Your time zone is Asia/Tokyo, where it is now 18:00."),
        ("Etc/GMT-1", "Your time zone is UTC+1 all year, where it is now 18:00. If your clocks"),
    ],
)
def test_a_zone_without_summer_time_suggests_a_city(name: str, said: str) -> None:
    assert texts.your_zone(name, "18:00").startswith(said)
