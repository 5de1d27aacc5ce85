from datetime import UTC, datetime
from typing import Any

import pytest

from bot.digests import texts
from connectors.local_scheduler import Job, State

DUE = datetime(2026, 3, 27, 18, tzinfo=UTC)
AT = int(DUE.timestamp())


def row(minimum: int = 5, trouble: str = "", **facts: Any) -> Job:
    kept: dict[str, Any] = {"channel_id": 7, "state": State.ACTIVE, **facts}
    return Job(
        id="0",
        kind="digest",
        owner_id=1,
        next_run=DUE,
        zone="UTC",
        rule="FREQ=DAILY",
        wall_time="2026-03-27T18:00:00",
        payload={"source": 7, "minimum": minimum, "seen": 9, "trouble": trouble},
        **kept,
    )


@pytest.mark.parametrize(
    ("minimum", "skipped"), [(1, "nothing is new"), (5, "there are fewer than 5 new messages")]
)
def test_a_confirmation_says_when_and_when_not(minimum: int, skipped: str) -> None:
    assert texts.confirmed(row(minimum)) == (
        f"Got it: a digest of <#7>, every day at 18:00 (first: <t:{AT}:F>, <t:{AT}:R>), "
        f"skipped if {skipped}.\n-# `/digest now` posts one at once."
    )


def test_a_confirmation_names_another_channel_to_post_in() -> None:
    assert "a digest of <#7> in <#8>, every day" in texts.confirmed(row(channel_id=8))


@pytest.mark.parametrize(
    ("facts", "end"),
    [
        ({}, "added by <@1>"),
        ({"state": State.PAUSED}, " · ⏸️ paused"),
        ({"state": State.PARKED, "reason": "no way"}, " · ⚠️ stopped: no way"),
        ({"trouble": "no key"}, " · ⚠️ last time: no key"),
    ],
)
def test_a_list_says_what_keeps_a_digest_from_being_posted(facts: dict[str, Any], end: str) -> None:
    listed = texts.listed([row(**facts)])
    assert listed.endswith(end)
    assert (f" · next <t:{AT}:R>" in listed) is ("state" not in facts)


@pytest.mark.parametrize(
    ("is_source", "said"),
    [
        (True, "I cannot read <#7>. Allow *View Channel* and *Read Message History* there"),
        (False, "I cannot post in <#7>. Allow *View Channel* and *Send Messages* there"),
    ],
)
def test_what_is_lacking_is_named(is_source: bool, said: str) -> None:
    assert texts.lacks("I", 7, is_source=is_source).startswith(said)


def test_one_person_is_no_people() -> None:
    footer = texts.footer(1, "https://a.b", 1, DUE, "OpenAI")
    assert footer == f"[1 message](https://a.b) by 1 person since <t:{AT}:f> · OpenAI"
    assert "[1,200 messages](https://a.b) by 2 people" in texts.footer(
        1200, "https://a.b", 2, DUE, "OpenAI"
    )
