"""The sandbox's clock, which people move forward."""

import time
from datetime import UTC, datetime, timedelta
from datetime import time as wall_time
from zoneinfo import ZoneInfo

MOST_AHEAD_S = 10 * 366 * 86_400.0
TOO_FAR = "The clock can be at most ten years ahead."
NOT_BACK = "The clock can only be moved forward."
MORNING = wall_time(9)


class SandboxClock:
    """The machine's clock plus ``ahead_s``. A call returns Unix time in seconds."""

    def __init__(self, ahead_s: float = 0.0) -> None:
        self.ahead_s = ahead_s

    def __call__(self) -> float:
        return time.time() + self.ahead_s

    def now(self) -> datetime:
        return datetime.fromtimestamp(self(), UTC)

    def move(self, by_s: float) -> None:
        """Raise ValueError unless the clock goes forward, and not too far."""
        if not by_s >= 0:
            raise ValueError(NOT_BACK)
        if self.ahead_s + by_s > MOST_AHEAD_S:
            raise ValueError(TOO_FAR)
        self.ahead_s += by_s


def tomorrow_morning(now: datetime, zone: ZoneInfo) -> datetime:
    """Return 9:00 of the next day in a zone."""
    day = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(day, MORNING, zone)
