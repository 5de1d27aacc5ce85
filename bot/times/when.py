"""Pure: "every weekday at 08:30" -> When. The whole phrase, or a sentence that says what is not understood."""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from bot.times.cron import Cron
from bot.times.describe import describe, describe_readings, truncate
from bot.times.grammar.rules import read
from bot.times.grammar.tokens import PhraseError
from bot.times.recurrence import When
from bot.times.resolve import (
    HORIZON_YEARS,
    MINIMUM,
    TOO_FAR,
    TOO_OFTEN,
    at_wall,
    recurring,
    resolve,
)
from bot.times.suggestions import EXAMPLES, PAST, hint, is_fit, nearby
from bot.times.zone_names import zone_names

__all__ = ["NotUnderstood", "When", "describe", "describe_phrase", "parse"]

PHRASE_LIMIT = 200  # characters

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STAMP = re.compile(r"<t:(-?\d{1,12})(?::[tTdDfFRsS])?>", re.ASCII)
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?) ?(Z|[+-]\d\d:?\d\d)?(?:\[([\w+/-]+)\])?",
    re.ASCII | re.IGNORECASE,
)
_CRON = re.compile(r"(?:cron )?([\d*/,-]+ ){3}[\w*/,-]+ [\w*/,-]+", re.ASCII)
_MINUTES_OR_MONTHS = re.compile(r"\d\s*M(?![A-Za-z])")


class _Unread(PhraseError):
    """Only the beginning of the phrase is understood, up to rest."""

    def __init__(self, rest: str) -> None:
        super().__init__()
        self.rest = rest


class NotUnderstood(Exception):
    """A phrase that is no time, or not surely one; its text is a sentence to show.

    ``read`` is the part from its beginning that was understood, ``suggestions`` what to write instead.
    """

    def __init__(
        self, phrase: str, why: str = "", suggestions: tuple[str, ...] = (), read: str = ""
    ) -> None:
        self.read = _shown(read)
        self.suggestions = suggestions or EXAMPLES
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
        return _read(phrase, now, zone)
    except PhraseError as refused:
        raise _not_understood(phrase, refused, now, zone) from refused


def _read(phrase: str, now: datetime, zone: ZoneInfo) -> When:
    """Return what a phrase means. Raises PhraseError."""
    try:
        return _checked(_parse(phrase, now.astimezone(UTC), zone), now)
    except OverflowError as error:  # behind the year 9999
        raise PhraseError(TOO_FAR) from error


def describe_phrase(text: str, *, now: datetime, zone: ZoneInfo) -> str:
    """Return how a phrase that is still being typed is read, or what is wrong with it, in 100 characters."""
    try:
        readings = parse(text, now=now, zone=zone).readings
    except NotUnderstood as error:
        return truncate(str(error))
    return describe_readings(readings, zone=zone)


def _parse(phrase: str, now: datetime, zone: ZoneInfo) -> When:
    if not phrase:
        raise PhraseError
    if len(phrase) > PHRASE_LIMIT:
        raise PhraseError(f"is longer than {PHRASE_LIMIT} characters")
    if found := _STAMP.fullmatch(phrase):
        return absolute(_EPOCH + timedelta(seconds=int(found[1])))
    if found := _ISO.fullmatch(phrase):
        return _iso(found, zone)
    if _CRON.fullmatch(phrase):
        return _cron(phrase.removeprefix("cron "), now, zone)
    if _MINUTES_OR_MONTHS.search(phrase):
        raise PhraseError("may mean minutes or months", "10 minutes", "10 months")
    said, rest = read(phrase)
    if rest:
        raise _Unread(rest)
    return resolve(said, now, zone)


def _checked(when: When, now: datetime) -> When:
    if when.first <= now:
        raise PhraseError(PAST)
    # A day more, since ten years of somebody's calendar may end a day later in UTC.
    if when.first > now.astimezone(UTC) + relativedelta(years=HORIZON_YEARS, days=1):
        raise PhraseError(TOO_FAR)
    if when.period is not None and when.period < MINIMUM:
        raise PhraseError(TOO_OFTEN, "every 5 minutes")
    return when


def _iso(found: re.Match[str], zone: ZoneInfo) -> When:
    day, clock, offset, name = found.groups()
    place = _named(name) if name else zone
    try:
        wall = datetime.fromisoformat(f"{day}T{clock}")
        shift = datetime.fromisoformat(f"{day}T00:00{offset.upper()}") if offset else None
    except ValueError as error:
        raise PhraseError("is not a date and time that exist") from error
    if place is None:
        raise PhraseError("names a time zone that I do not know", "2027-03-03T09:00[Europe/Berlin]")
    if shift is None:
        return at_wall(wall, place)
    moment = wall.replace(tzinfo=shift.tzinfo)
    if name and moment.astimezone(place).replace(tzinfo=None) != wall:
        raise PhraseError(f"has an offset that {name} does not have then")
    return absolute(moment)


def _named(name: str) -> ZoneInfo | None:
    found = zone_names().get(name.lower())
    return ZoneInfo(found) if found else None


def _cron(phrase: str, now: datetime, zone: ZoneInfo) -> When:
    try:
        rule = Cron.read(phrase)
    except ValueError as error:
        raise PhraseError(
            "is not a cron line that every cron reads the same", "30 8 * * 1-5"
        ) from error
    today = datetime.combine(now.astimezone(zone), time())
    return recurring(rule, today, zone, now)


def _not_understood(
    phrase: str, refused: PhraseError, now: datetime, zone: ZoneInfo
) -> NotUnderstood:
    """Return what is to be said of a phrase; whatever it suggests is read."""

    def is_read(suggestion: str) -> bool:
        try:
            _read(suggestion, now, zone)
        except PhraseError:
            return False
        return True

    known = (refused.reason, refused.suggestions) if refused.reason else hint(phrase)
    if known:
        why, suggestions = known
        return NotUnderstood(phrase, why, tuple(s for s in suggestions if is_fit(s) and is_read(s)))
    rest = refused.rest if isinstance(refused, _Unread) else ""
    understood = phrase.removesuffix(rest).strip(" ,") if rest else ""
    near = nearby(phrase, understood, is_read)
    suggestions = tuple(dict.fromkeys((near, "in 2 hours"))) if near else ()
    return NotUnderstood(phrase, suggestions=suggestions, read=understood)


def _shown(text: str) -> str:
    """Return text fit for a sentence: short, one line, nothing that Discord would turn into a mention."""
    printable = "".join(c if c.isprintable() and c not in '`"@<>' else " " for c in text)
    return truncate(" ".join(printable.split()), 50)
