"""Timestamps in messages, such as ``<t:1800000000:R>``, and in ids."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DISCORD_EPOCH_MS = 1_420_070_400_000
# t 16:20, T 16:20:30, d 20/04/2026, D 20 April 2026, f date and time, F with the weekday,
# s and S a short date with t and T, R "in 2 hours".
STYLES = "tTdDfFsSR"
DEFAULT_STYLE = "f"

_TIMESTAMP = re.compile(rf"<t:(-?[0-9]{{1,17}})(?::([{STYLES}]))?>")


class Timestamp(msgspec.Struct, frozen=True):
    """A time, to the second, and the style in which Discord shows it in the reader's time zone."""

    moment: datetime
    style: str = DEFAULT_STYLE

    def __str__(self) -> str:
        return timestamp(self.moment, self.style)


def timestamp(moment: datetime, style: str = DEFAULT_STYLE) -> str:
    """Return the markup that Discord shows as a time; fractions of a second are dropped.

    Raise ValueError for a naive time or a style that is none of ``STYLES``.
    """
    if moment.tzinfo is None:
        raise ValueError("a time needs a zone")
    if len(style) != 1 or style not in STYLES:
        raise ValueError(f"{style!r} is none of the styles {STYLES}")
    return f"<t:{(moment - EPOCH) // timedelta(seconds=1)}:{style}>"


def parse_timestamp(text: str) -> Timestamp | None:
    """Return the timestamp that a text is, in UTC, or None if it is none of the years 1 to 9999."""
    found = _TIMESTAMP.fullmatch(text.strip())
    return None if found is None else _timestamp(found)


def timestamps_in(text: str) -> Iterator[Timestamp]:
    for found in _TIMESTAMP.finditer(text):
        if (known := _timestamp(found)) is not None:
            yield known


def snowflake_time(snowflake: int | str) -> datetime:
    """Return the time when an id was created, to the millisecond, in UTC."""
    return EPOCH + timedelta(milliseconds=(int(snowflake) >> 22) + DISCORD_EPOCH_MS)


def time_snowflake(moment: datetime) -> int:
    """Return the lowest id of a time, to request messages ``after`` or ``before`` it."""
    if moment.tzinfo is None:
        raise ValueError("a time needs a zone")
    return max(0, (moment - EPOCH) // timedelta(milliseconds=1) - DISCORD_EPOCH_MS) << 22


def _timestamp(found: re.Match[str]) -> Timestamp | None:
    try:
        moment = EPOCH + timedelta(seconds=int(found[1]))
    except OverflowError:
        return None
    return Timestamp(moment, found[2] or DEFAULT_STYLE)
