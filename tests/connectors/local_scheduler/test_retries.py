import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.local_scheduler import Pace, Parked, Retry
from connectors.local_scheduler.retries import Again, Retries, delay


class Attempt:
    """The part of a claimed job that a decision needs."""

    def __init__(self, job_id: str) -> None:
        self.id = job_id
        self.kind = "reminder"
        self.failures = 0


def test_errors_of_other_jobs_do_not_count_for_a_job_nor_pile_up() -> None:
    retries = Retries(Pace(error_retries=2), lambda: datetime.now(UTC))

    def fail(job_id: str) -> Parked | Again:
        attempt: Any = Attempt(job_id)
        return retries.after(attempt, RuntimeError())

    for number in range(5000):  # which other processes end
        assert isinstance(fail(f"other {number}"), Again)
    assert len(retries._bugs) <= 1000
    for _ in range(2):
        assert isinstance(fail("ours"), Again)
    assert isinstance(fail("ours"), Parked)


@pytest.mark.parametrize("after_s", [1e18, math.inf])
def test_a_wait_that_no_calendar_holds_is_a_day(after_s: float) -> None:
    assert delay(Retry(after_s)) == timedelta(days=1)


@pytest.mark.parametrize("after_s", [-5.0, math.nan])
def test_a_wait_that_is_none_is_none(after_s: float) -> None:
    assert delay(Retry(after_s)) == timedelta()
