"""The moment and the zone of the phrases, and rules of every kind."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import strategies as st

from bot.times.recurrence import When
from bot.times.when import NotUnderstood, parse

FILE = json.loads(Path(__file__).with_name("reminder_phrases.json").read_text())


ZONE = ZoneInfo(FILE["zone"])


NOW = datetime.fromisoformat(FILE["now"])


ACCEPTED = [phrase for phrase in FILE["phrases"] if phrase["expect"] != "reject"]


RECURRING = [phrase for phrase in ACCEPTED if phrase["kind"] == "recurring"]


ZONES = st.sampled_from(
    [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Etc/GMT+12",
        "UTC",
    ]
).map(ZoneInfo)


NOWS = st.datetimes(
    datetime.fromisoformat("2024-01-01"),
    datetime.fromisoformat("2036-01-01"),
    timezones=st.just(UTC),
)


AHEAD = st.timedeltas(timedelta(seconds=1), timedelta(days=3650))


RULES = [
    *(phrase["text"] for phrase in RECURRING),
    "every 90 minutes", "every other day at 02:30", "every mon, wed and fri at 23:45",
    "every 3 weeks on sun", "every month on the 31st", "last day of every month at noon",
    "last friday of every 2 months 17:00", "every year on 29 february at 00:00",
    "mondays and thursdays at 09:00 America/New_York", "*/5 * * * *", "15,40 2 * * *", "0 0 29 2 *",
    "0 9 13 * fri", "59 23 31 12 7",
]  # fmt: skip


def read(text: str, now: datetime = NOW, zone: ZoneInfo = ZONE) -> When:
    return parse(text, now=now, zone=zone)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def refusal(text: str) -> str:
    with pytest.raises(NotUnderstood) as caught:
        read(text)
    return str(caught.value)


def suggested(text: str, now: datetime = NOW) -> tuple[str, ...]:
    with pytest.raises(NotUnderstood) as caught:
        read(text, now)
    return caught.value.suggestions
