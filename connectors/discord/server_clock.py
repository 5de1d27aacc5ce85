"""Discord's clock, as far as this machine can tell."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from connectors.discord.timestamps import time_snowflake

# A clock that was set, or that of another process, may differ by this much unnoticed.
MARGIN_S = 15 * 60.0
# A Date header that differs by more is wrong.
MAX_AHEAD_S = 86_400.0


class ServerClock:
    """The lead of our ``clock`` over Discord's, measured by the ``Date`` headers of replies."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._date: str | None = None
        self.ahead_s = 0.0
        self.measured_s: float | None = None  # as measured last, also if it cannot be right

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take over the time of a reply; it is given in whole seconds, so once a second is enough.

        By the fraction and by the time under way, ``ahead_s`` is too large rather than too small.
        """
        date = headers.get("date")
        if date is None or date == self._date:
            return
        self._date = date
        try:
            ahead_s = self._clock() - parsedate_to_datetime(date).timestamp()
        except (ValueError, TypeError, OverflowError):
            return
        self.measured_s = ahead_s
        if abs(ahead_s) <= MAX_AHEAD_S:
            self.ahead_s = ahead_s

    def lowest_id(self, moment: datetime) -> int:
        """Return an id below all that Discord has given since a moment of our clock.

        A clock that is behind Discord's is not corrected: it may have been right at that moment.
        """
        early = timedelta(seconds=max(self.ahead_s, 0.0) + MARGIN_S)
        return time_snowflake(moment - early)
