from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.answers.closed import FIRST_S, GIVE_UP, LONGEST_S, once_open
from connectors import ApiRequestFailed
from connectors.discord import codes
from connectors.local_scheduler import Job, Outcome, Retry, Settled, State


def after(code: str, *, attempts: int = 1, age: timedelta = timedelta()) -> Outcome:
    """Return what follows a refusal with a code."""
    now = datetime.now(UTC)
    error = ApiRequestFailed("discord", 403, "permission", provider_code=code)
    facts: Any = {"next_run": now, "created_at": now - age, "attempts": attempts}
    job: Any = Job(id="0f", kind="withdrawal", owner_id=1, state=State.RUNNING, **facts)
    return once_open(job, error)


@pytest.mark.parametrize(("attempts", "wait_s"), [(1, FIRST_S), (2, 2 * FIRST_S), (99, LONGEST_S)])
def test_a_closed_channel_is_tried_less_and_less_often(attempts: int, wait_s: float) -> None:
    later = after(codes.MISSING_ACCESS, attempts=attempts)
    assert isinstance(later, Retry)
    assert later.after_s == wait_s


def test_what_is_gone_or_was_closed_for_days_is_done() -> None:
    assert after(codes.UNKNOWN_MESSAGE) == Settled(None, {})
    assert after(codes.MISSING_ACCESS, age=GIVE_UP * 2) == Settled(None, {})


def test_any_other_refusal_is_raised() -> None:
    with pytest.raises(ApiRequestFailed):
        after(codes.BLOCKED_BY_AUTOMOD)
