"""A phrase such as "every weekday at 08:30" read as a whole into a When."""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from bot.times import texts
from bot.times.cron import Cron
from bot.times.describe import describe_readings, truncate
from bot.times.grammar.rules import read
from bot.times.phrase import PhraseError
from bot.times.recurrence import When, absolute
from bot.times.resolve import HORIZON_YEARS, MINIMUM_S, at_wall, recurring, resolve
from bot.times.suggestions import EXAMPLES, hint, is_fit, nearby
from bot.times.zone_names import zone_names

PHRASE_LIMIT = 200  # characters

_SHOWN_LIMIT = 50  # characters of a phrase in a sentence
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STAMP = re.compile(r"<t:(-?\d{1,12})(?::[tTdDfFRsS])?>", re.ASCII)
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)"
    r" ?(Z|[+-]\d\d:?\d\d)?(?:\[([\w+/-]+)\])?",
    re.ASCII | re.IGNORECASE,
)
_CRON = re.compile(r"(?:cron )?([\d*/,-]+ ){3}[\w*/,-]+ [\w*/,-]+", re.ASCII)
_MINUTES_OR_MONTHS = re.compile(r"\d\s*M(?![A-Za-z])")


class _Unread(PhraseError):
    """A phrase of which only the beginning is understood, up to ``rest``."""

    def __init__(self, rest: str) -> None:
        super().__init__()
        self.rest = rest


class NotUnderstood(Exception):
    """A phrase that is no time, or not surely one; its text is a sentence to show.

    ``read`` is the part from its beginning that was understood, ``suggestions`` what to write
    instead.
    """

    def __init__(
        self, phrase: str, why: str = "", suggestions: tuple[str, ...] = (), read: str = ""
    ) -> None:
        self.read = _shown(read)
        self.suggestions = suggestions or EXAMPLES
        super().__init__(texts.not_understood(_shown(phrase), why, self.read, self.suggestion))

    @property
    def suggestion(self) -> str:
        """The suggestions in one text, each in quotation marks."""
        return " or ".join(f'"{suggestion}"' for suggestion in self.suggestions)


def parse(text: str, *, now: datetime, zone: ZoneInfo) -> When:
    """Return what a whole phrase means to a person in zone at now, or raise NotUnderstood.

    An hour from 1 to 7 without am or pm is read on the 24-hour clock, and the result has the
    reading of the afternoon as its ``other``.
    """
    phrase = " ".join(text.split())
    try:
        return _read(phrase, now, zone)
    except PhraseError as error:
        raise _not_understood(phrase, error, now, zone) from error


def describe_phrase(text: str, *, now: datetime, zone: ZoneInfo) -> str:
    """Return what a phrase means, or what is wrong with it, in at most 100 characters."""
    try:
        readings = parse(text, now=now, zone=zone).readings
    except NotUnderstood as error:
        return truncate(str(error))
    return describe_readings(readings, zone=zone)


def _read(phrase: str, now: datetime, zone: ZoneInfo) -> When:
    """Return what a phrase means, or raise PhraseError."""
    try:
        when = _moment(phrase, now.astimezone(UTC), zone)
    # Beyond the year 9999.
    except OverflowError as error:
        raise PhraseError(texts.TOO_FAR) from error
    if when.first <= now:
        raise PhraseError(texts.PAST)
    # A day more, since ten years of somebody's calendar may end a day later in UTC.
    if when.first > now.astimezone(UTC) + relativedelta(years=HORIZON_YEARS, days=1):
        raise PhraseError(texts.TOO_FAR)
    if when.period is not None and when.period < timedelta(seconds=MINIMUM_S):
        raise PhraseError(texts.TOO_OFTEN, "every 5 minutes")
    return when


def _moment(phrase: str, now: datetime, zone: ZoneInfo) -> When:
    if not phrase:
        raise PhraseError
    if len(phrase) > PHRASE_LIMIT:
        raise PhraseError(texts.TOO_LONG)
    if found := _STAMP.fullmatch(phrase):
        return absolute(_EPOCH + timedelta(seconds=int(found[1])))
    if found := _ISO.fullmatch(phrase):
        return _iso(found, zone)
    if _CRON.fullmatch(phrase):
        return _cron(phrase.removeprefix("cron "), now, zone)
    if _MINUTES_OR_MONTHS.search(phrase):
        raise PhraseError(texts.MINUTES_OR_MONTHS, "10 minutes", "10 months")
    said, rest = read(phrase)
    if rest:
        raise _Unread(rest)
    return resolve(said, now, zone)


def _iso(found: re.Match[str], zone: ZoneInfo) -> When:
    day, clock, offset, name = found.groups()
    key = zone_names().get(name.lower()) if name else zone.key
    try:
        wall = datetime.fromisoformat(f"{day}T{clock}")
        shift = datetime.fromisoformat(f"{day}T00:00{offset.upper()}") if offset else None
    except ValueError as error:
        raise PhraseError(texts.NO_SUCH_MOMENT) from error
    if key is None:
        raise PhraseError(texts.UNKNOWN_ZONE, "2027-03-03T09:00[Europe/Berlin]")
    place = ZoneInfo(key)
    if shift is None:
        return at_wall(wall, place)
    moment = wall.replace(tzinfo=shift.tzinfo)
    if name and moment.astimezone(place).replace(tzinfo=None) != wall:
        raise PhraseError(texts.OTHER_OFFSET.format(name=name))
    return absolute(moment)


def _cron(phrase: str, now: datetime, zone: ZoneInfo) -> When:
    try:
        rule = Cron.read(phrase)
    except ValueError as error:
        raise PhraseError(texts.UNSURE_CRON, "30 8 * * 1-5") from error
    today = datetime.combine(now.astimezone(zone), time())
    return recurring(rule, today, zone, now)


def _not_understood(
    phrase: str, error: PhraseError, now: datetime, zone: ZoneInfo
) -> NotUnderstood:
    """Return what a person is told of a phrase; all its suggestions can be read."""

    def is_read(suggestion: str) -> bool:
        try:
            _read(suggestion, now, zone)
        except PhraseError:
            return False
        return True

    known = (error.reason, error.suggestions) if error.reason else hint(phrase)
    if known:
        why, suggestions = known
        return NotUnderstood(phrase, why, tuple(s for s in suggestions if is_fit(s) and is_read(s)))
    rest = error.rest if isinstance(error, _Unread) else ""
    understood = phrase.removesuffix(rest).strip(" ,") if rest else ""
    near = nearby(phrase, understood, is_read)
    suggestions = tuple(dict.fromkeys((near, "in 2 hours"))) if near else ()
    return NotUnderstood(phrase, suggestions=suggestions, read=understood)


def _shown(text: str) -> str:
    """Return text fit for a sentence: short, on one line, without mentions."""
    printable = "".join(c if c.isprintable() and c not in '`"@<>' else " " for c in text)
    return truncate(" ".join(printable.split()), _SHOWN_LIMIT)
