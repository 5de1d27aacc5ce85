"""Times as Discord writes them: ``<t:1800000000:R>`` in a text, and inside every id."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DISCORD_EPOCH_MS = 1_420_070_400_000
# t 16:20, T 16:20:30, d 20/04/2026, D 20 April 2026, f both, F with the weekday, s and S short both, R "in 2 hours"
STYLES = "tTdDfFsSR"
DEFAULT_STYLE = "f"

_TIMESTAMP = re.compile(rf"<t:(-?[0-9]{{1,17}})(?::([{STYLES}]))?>")


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A moment, to the second, and how Discord shows it in the reader's own zone."""

    moment: datetime
    style: str = DEFAULT_STYLE

    def __str__(self) -> str:
        return timestamp(self.moment, self.style)


def timestamp(moment: datetime, style: str = DEFAULT_STYLE) -> str:
    """Return the text that Discord shows as a time; parts of a second are dropped.

    Raises ValueError for a time without a zone or a style that is none of ``STYLES``.
    """
    if moment.tzinfo is None:
        raise ValueError("a time needs a zone")
    if len(style) != 1 or style not in STYLES:
        raise ValueError(f"{style!r} is none of the styles {STYLES}")
    return f"<t:{(moment - EPOCH) // timedelta(seconds=1)}:{style}>"


def parse_timestamp(text: str) -> Timestamp | None:
    """Return what a whole text says, in UTC, or None when it is no timestamp of the years 1 to 9999."""
    found = _TIMESTAMP.fullmatch(text.strip())
    return None if found is None else _timestamp(found)


def timestamps_in(text: str) -> Iterator[Timestamp]:
    """Yield the timestamps of a text in their order."""
    for found in _TIMESTAMP.finditer(text):
        if (known := _timestamp(found)) is not None:
            yield known


def snowflake_time(snowflake: int | str) -> datetime:
    """Return when an id was made, to the millisecond, in UTC."""
    return EPOCH + timedelta(milliseconds=(int(snowflake) >> 22) + DISCORD_EPOCH_MS)


def time_snowflake(moment: datetime) -> int:
    """Return the lowest id of a moment, to ask for messages ``after`` or ``before`` it."""
    if moment.tzinfo is None:
        raise ValueError("a time needs a zone")
    return max(0, (moment - EPOCH) // timedelta(milliseconds=1) - DISCORD_EPOCH_MS) << 22


def _timestamp(found: re.Match[str]) -> Timestamp | None:
    try:
        moment = EPOCH + timedelta(seconds=int(found[1]))
    except OverflowError:
        return None
    return Timestamp(moment, found[2] or DEFAULT_STYLE)
