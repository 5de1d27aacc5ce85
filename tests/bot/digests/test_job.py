from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import asdict

from bot.digests import texts
from bot.digests.job import DigestPayload, NewDigest, Post, Requester, is_late, new_job
from bot.times.when import parse
from connectors.discord import time_snowflake
from connectors.local_scheduler import Job, State, UnreadablePayload

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 27, 9, tzinfo=UTC)
READ = {"source": 7, "minimum": 5, "seen": 9}
BOB = Requester(3, "a token", 4)


def row(payload: dict[str, Any], **facts: Any) -> Job:
    kept: dict[str, Any] = {"state": State.ACTIVE, "next_run": NOW, "channel_id": 8, **facts}
    return Job(id="0", kind="digest", owner_id=1, payload=payload, **kept)


def test_a_new_digest_covers_one_period_before_it_and_its_payload_is_read_back() -> None:
    daily = parse("every day at 18:00", now=NOW, zone=BERLIN)
    job = new_job(NewDigest(1, 2, 7, 8, minimum=3, zone="Europe/Berlin"), daily, NOW)
    seen = time_snowflake(NOW - timedelta(days=1))
    assert DigestPayload.of(row(dict(job.payload))) == DigestPayload(7, 3, seen, "Europe/Berlin")


@pytest.mark.parametrize(
    ("more", "read"),
    [
        ({}, DigestPayload(7, 5, 9)),
        ({"zone": "Europe/Berlin"}, DigestPayload(7, 5, 9, "Europe/Berlin")),
        ({"seen": "9", "color": "red"}, DigestPayload(7, 5, 9)),
        ({"asked": asdict(BOB), "trouble": "no key"}, DigestPayload(7, 5, 9, "UTC", BOB, "no key")),
    ],
)
def test_a_payload_of_an_older_or_newer_shape_is_read(
    more: dict[str, Any], read: DigestPayload
) -> None:
    assert DigestPayload.of(row({**READ, **more})) == read


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"source": 7, "minimum": 5},
        {**READ, "source": None},
        {**READ, "minimum": "many"},
        {**READ, "asked": {"token": "a token"}},
        {**READ, "zone": 5},
    ],
)
def test_a_payload_with_a_missing_or_an_odd_field_is_unreadable_and_still_listed(
    payload: dict[str, Any],
) -> None:
    job = row(payload)
    with pytest.raises(UnreadablePayload) as raised:
        DigestPayload.of(job)
    assert "a token" not in str(raised.value)
    assert texts.UNREADABLE in texts.listed([job])
    assert texts.REMOVED.format(texts.name(job)) == "The digest is removed."


@pytest.mark.parametrize("zone", ["Nowhere/Land", "", "../etc", "Europe"])
def test_a_zone_that_no_longer_exists_is_utc(zone: str) -> None:
    assert DigestPayload(7, 5, 9, zone).timezone == ZoneInfo("UTC")


def test_a_run_forgets_who_asked_and_the_trouble_before_it() -> None:
    before = DigestPayload(7, 5, 9, trouble="no key").requested_by(BOB)
    assert before.json() == {**READ, "asked": asdict(BOB), "trouble": "no key"}
    assert before.after_run(seen=12).json() == {**READ, "seen": 12}
    assert before.after_run(trouble="no model").json() == {**READ, "trouble": "no model"}


def test_a_draft_knows_what_is_posted() -> None:
    post = Post(("one", "two"), seen=9, saved_at=8).with_posted("11")
    assert Post.of(post.draft()) == post
    assert Post.of({"tries": 2}) is None


@pytest.mark.parametrize(
    ("phrase", "hours", "expected"),
    [
        ("every day at 18:00", 5, False),
        ("every day at 18:00", 7, True),
        ("every 2 hours", 1, False),
    ],
)
def test_a_run_is_late_after_half_its_period_or_six_hours(
    phrase: str, hours: float, expected: bool
) -> None:
    job = new_job(NewDigest(1, 2, 7, 8), parse(phrase, now=NOW, zone=BERLIN), NOW)
    facts = {"rule": job.rule, "zone": job.zone, "wall_time": job.wall_time}
    due = job.next_run
    assert due is not None
    late = row(READ, **{**facts, "next_run": due})
    assert is_late(late, due + timedelta(hours=hours)) is expected
