import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.sandbox.clock import MOST_AHEAD_S, NOT_BACK, TOO_FAR, SandboxClock, tomorrow_morning


def test_a_clock_goes_on_from_where_it_was_moved_to() -> None:
    clock = SandboxClock()
    clock.move(3600.0)
    clock.move(60.0)
    assert 3659 < clock() - time.time() < 3661
    assert abs(clock.now().timestamp() - clock()) < 1


@pytest.mark.parametrize(
    ("by_s", "why"), [(-1.0, NOT_BACK), (float("nan"), NOT_BACK), (MOST_AHEAD_S + 1, TOO_FAR)]
)
def test_a_clock_is_not_moved_back_or_too_far(by_s: float, why: str) -> None:
    clock = SandboxClock()
    with pytest.raises(ValueError, match=why):
        clock.move(by_s)
    assert clock.ahead_s == 0.0


def test_tomorrow_is_that_of_the_zone() -> None:
    late = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)
    assert tomorrow_morning(late, ZoneInfo("UTC")).isoformat() == "2026-11-27T09:00:00+00:00"
    berlin = tomorrow_morning(late, ZoneInfo("Europe/Berlin"))
    assert berlin.isoformat() == "2026-11-28T09:00:00+01:00"
