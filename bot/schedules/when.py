"""Pure: "every weekday at 08:30" -> When. The whole phrase, or a sentence that says what is not understood."""

import re
from datetime import UTC, datetime, time, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from bot.schedules.cron import Cron
from bot.schedules.describing import clipped, describe
from bot.schedules.months import add_months
from bot.schedules.phrases import read
from bot.schedules.readings import (
    HORIZON_YEARS,
    MINIMUM,
    PAST,
    TOO_FAR,
    TOO_OFTEN,
    absolute,
    at_wall,
    recurring,
    resolve,
)
from bot.schedules.recurrence import When
from bot.schedules.tokens import Refused
from bot.schedules.words import VOCABULARY, named_zone

__all__ = ["NotUnderstood", "When", "describe", "describe_phrase", "parse"]

LONGEST_PHRASE = 200  # characters

_EXAMPLES = ("tomorrow 9:00", "in 2 hours")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STAMP = re.compile(r"<t:(-?\d{1,12})(?::[tTdDfFRsS])?>", re.ASCII)
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?) ?(Z|[+-]\d\d:?\d\d)?(?:\[([\w+/-]+)\])?",
    re.ASCII | re.IGNORECASE,
)
_CRON = re.compile(r"([\d*/,-]+ ){3}[\w*/,-]+ [\w*/,-]+", re.ASCII)
_MINUTES_OR_MONTHS = re.compile(r"\d\s*M(?![A-Za-z])")
_HINTS = (
    (r"ago|yesterday", PAST, _EXAMPLES),
    (r"until|till|times", "has an end, and I can keep none", ("every monday 9:00",)),
    (r"biweekly|bimonthly", "can be read in two ways", ("every 2 weeks on monday 9:00",)),
    (r"weekends?", "names two days", ("every saturday 9:00",)),
    (r"next (month|year)", "names no day", ("in 1 month", "in 1 year")),
    (r"weekly|(every|each) (\w+ )?weeks?", "names no day", ("every week on monday 9:00",)),
    (r"monthly|(every|each) (\w+ )?months?", "names no day", ("every month on the 1st at 9:00",)),
    (r"yearly|annually|(every|each) (\w+ )?years?", "names no day", ("every year on 3 March",)),
)


class NotUnderstood(Exception):
    """A phrase that is no time, or not surely one; its text is a sentence to show.

    ``read`` is the part from its beginning that was understood, ``suggestions`` what to write instead.
    """

    def __init__(
        self, phrase: str, why: str = "", suggestions: tuple[str, ...] = (), read: str = ""
    ) -> None:
        self.read = _shown(read)
        self.suggestions = suggestions or _EXAMPLES
        said = f'"{_shown(phrase)}" {why}' if why else f'I could not read "{_shown(phrase)}"'
        only = f', only "{self.read}"' if self.read and not why else ""
        super().__init__(f"{said}{only}. Try {self.suggestion}.")

    @property
    def suggestion(self) -> str:
        """The suggestions in one text, each in quotation marks."""
        return " or ".join(f'"{suggestion}"' for suggestion in self.suggestions)


def parse(text: str, *, now: datetime, zone: ZoneInfo) -> When:
    """Read a whole phrase, as a person in zone means it at now.

    Raises NotUnderstood for everything else. An hour from 1 to 7 without am or pm is read on the 24-hour
    clock, and the result has the reading of the afternoon as its `other`.
    """
    phrase = " ".join(text.split())
    try:
        return _checked(_parse(phrase, now.astimezone(UTC), zone), now)
    except Refused as refused:
        if refused.reason:
            raise NotUnderstood(phrase, refused.reason, refused.suggestions) from refused
        raise _not_understood(phrase, "", now, zone) from refused
    except OverflowError as error:  # behind the year 9999
        raise NotUnderstood(phrase, TOO_FAR) from error


def describe_phrase(text: str, *, now: datetime, zone: ZoneInfo) -> str:
    """Return how a phrase that is still being typed is read, or what is wrong with it, in 100 characters."""
    try:
        readings = parse(text, now=now, zone=zone).readings
    except NotUnderstood as error:
        return clipped(str(error))
    return clipped(" or ".join(describe(reading, zone=zone) for reading in readings))


def _parse(phrase: str, now: datetime, zone: ZoneInfo) -> When:
    if not phrase:
        raise NotUnderstood(phrase)
    if len(phrase) > LONGEST_PHRASE:
        raise Refused(f"is longer than {LONGEST_PHRASE} characters")
    if found := _STAMP.fullmatch(phrase):
        return absolute(_EPOCH + timedelta(seconds=int(found[1])))
    if found := _ISO.fullmatch(phrase):
        return _iso(found, zone)
    if _CRON.fullmatch(phrase):
        return _cron(phrase, now, zone)
    if _MINUTES_OR_MONTHS.search(phrase):
        raise Refused("may mean minutes or months", "10 minutes", "10 months")
    said, rest = read(phrase)
    if rest:
        raise _not_understood(phrase, rest, now, zone)
    return resolve(said, now, zone)


def _checked(when: When, now: datetime) -> When:
    if when.first <= now:
        raise Refused(PAST)
    # A day more, since ten years of somebody's calendar may end a day later in UTC.
    if when.first > add_months(now.astimezone(UTC), HORIZON_YEARS * 12) + timedelta(days=1):
        raise Refused(TOO_FAR)
    if when.period is not None and when.period < MINIMUM:
        raise Refused(TOO_OFTEN, "every 5 minutes")
    return when


def _iso(found: re.Match[str], zone: ZoneInfo) -> When:
    day, clock, offset, name = found.groups()
    place = named_zone(name.lower()) if name else zone
    try:
        wall = datetime.fromisoformat(f"{day}T{clock}")
        shift = datetime.fromisoformat(f"{day}T00:00{offset.upper()}") if offset else None
    except ValueError as error:
        raise Refused("is not a date and time that exist") from error
    if place is None:
        raise Refused("names a time zone that I do not know", "2027-03-03T09:00[Europe/Berlin]")
    if shift is None:
        return at_wall(wall, place)
    moment = wall.replace(tzinfo=shift.tzinfo)
    if name and moment.astimezone(place).replace(tzinfo=None) != wall:
        raise Refused(f"has an offset that {name} does not have then")
    return absolute(moment)


def _cron(phrase: str, now: datetime, zone: ZoneInfo) -> When:
    try:
        rule = Cron.read(phrase)
    except ValueError as error:
        raise Refused(
            "is not a cron line that every cron reads the same", "30 8 * * 1-5"
        ) from error
    today = datetime.combine(now.astimezone(zone), time())
    return recurring(rule, today, zone, now)


def _not_understood(phrase: str, rest: str, now: datetime, zone: ZoneInfo) -> NotUnderstood:
    """Return what is to be said of a phrase of which rest is not read."""
    for pattern, why, suggestions in _HINTS:
        if re.search(rf"\b({pattern})\b", phrase, re.IGNORECASE):
            return NotUnderstood(phrase, why, suggestions)
    understood = phrase.removesuffix(rest).strip() if rest else ""
    respelled = _respelled(phrase)
    if respelled and _is_understood(respelled, now, zone):
        return NotUnderstood(phrase, suggestions=(respelled, "in 2 hours"))
    return NotUnderstood(phrase, read=understood)


def _is_understood(phrase: str, now: datetime, zone: ZoneInfo) -> bool:
    try:
        parse(phrase, now=now, zone=zone)
    except NotUnderstood:
        return False
    return True


def _respelled(phrase: str) -> str:
    """Return phrase with its misspelt words put right, or an empty string."""
    respelled = phrase.lower()
    words = re.findall(r"[a-z]{4,15}", respelled)
    for word in [word for word in words if word not in VOCABULARY][:3]:
        near = [
            known for known in VOCABULARY if known[0] == word[0] and abs(len(known) - len(word)) < 3
        ]
        for found in get_close_matches(word, near, n=1, cutoff=0.75):
            respelled = re.sub(rf"\b{word}\b", found, respelled)
    return respelled if respelled != phrase.lower() else ""


def _shown(text: str) -> str:
    """Return text fit for a sentence: short, one line, nothing that Discord would turn into a mention."""
    printable = "".join(c if c.isprintable() and c not in '`"@<>' else " " for c in text)
    return clipped(" ".join(printable.split()), 50)
