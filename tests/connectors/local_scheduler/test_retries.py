import math
from datetime import timedelta

import pytest

from connectors.local_scheduler import Retry
from connectors.local_scheduler.retries import delay


@pytest.mark.parametrize("after_s", [1e18, math.inf])
def test_a_wait_that_no_calendar_holds_is_a_day(after_s: float) -> None:
    assert delay(Retry(after_s)) == timedelta(days=1)


@pytest.mark.parametrize("after_s", [-5.0, math.nan])
def test_a_wait_that_is_none_is_none(after_s: float) -> None:
    assert delay(Retry(after_s)) == timedelta()
