"""Log lines about shards, for the person who runs the bot."""

from __future__ import annotations

from datetime import datetime

USED_UP = (
    "Discord takes no more logins of this bot before %s: %d of %d were used in a day. What is "
    "connected stays; the rest waits until then."
)
HERE = "this process holds {held} of {total}: {numbers}; {connected} connected"
STANDS_BY = "Standing by: other processes hold all {total}."
HOLDS = "This process holds {held} of {total}: {numbers}."
WAITS = "Which shards this process is to hold will be known when the database answers: %s."
GOES_ON = "The database does not answer (%s): this process goes on with what it holds."
LOST = "Other processes hold what this one held: %s."
MORE = "Discord asks for %d shards instead of %d: changing to them without a break."


def clock_time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def numbers(found: list[int]) -> str:
    """Return numbers, with ranges: ``0-3, 7``."""
    parts: list[str] = []
    first = last = -2
    for number in [*sorted(found), -1]:
        if number == last + 1 and first >= 0:
            last = number
            continue
        if first >= 0:
            parts.append(str(first) if first == last else f"{first}-{last}")
        first = last = number
    return ", ".join(parts) or "none"
