"""The grammar: a phrase, read to its last word or not at all, into what it says.

What it says is not yet a moment: `Phrase` knows "the coming Friday, at 5" and no calendar.
"""

from bot.schedules import hours
from bot.schedules.dates import (
    Clock,
    date_in_numbers,
    date_in_words,
    weekdays,
)
from bot.schedules.every import every
from bot.schedules.lengths import Span, military, span
from bot.schedules.month_words import END, edge_of, month, month_day
from bot.schedules.reader import Phrase, Reader
from bot.schedules.tokens import Refused, is_digits
from bot.schedules.words import DAY_NUMBERS, PARTS, PLURAL_DAYS, UNITS
from bot.schedules.zone_words import zone

_HOUR_UNITS = {name for name, size in UNITS.items() if size == (0, 0, 3600)}


def read(text: str) -> tuple[Phrase, str]:
    """Return what text says, and the rest of it that no rule reads: empty if all is understood.

    Raises Refused for what is read and makes no sense.
    """
    reader = Reader(text)
    tokens, phrase = reader.tokens, reader.phrase
    while tokens.at < len(tokens.words):
        start = tokens.at
        if start and _is_end(tokens.words[start:]):
            break
        if start and tokens.take(","):
            start = tokens.at
        if not any(reader.tries(rule, start) for rule in _RULES):
            return phrase, text[tokens.ends[start] :].strip() or ","
    if text and not tokens.words:
        return phrase, text
    # "2 days at 9" may be a length of time that begins at 9.
    if phrase.delay and not reader.is_marked and phrase != Phrase(delay=phrase.delay):
        raise Refused("says how long, not when", "in 2 days at 9:00")
    return phrase, ""


def _is_end(words: list[str]) -> bool:
    """Return whether only the end of a sentence is left; a comma is none."""
    return words[-1] in ".!?" and all(word in ",.!?" for word in words)


# Lengths of time


def _delay(reader: Reader) -> bool:
    """Read ``in 2 hours``, ``2h30m``, ``3 days from now``, ``a week from`` a day."""
    tokens = reader.tokens
    has_in = bool(tokens.take_one("in", "after", "within"))
    _refuse_two_fold(reader, has_in=has_in)
    length = _clock_as_length(reader) if has_in else None
    length = length or span(tokens)
    if length is None:
        return False
    _time_behind(reader)
    if tokens.take("from", "now"):
        reader.is_marked = True
    elif not length.seconds and tokens.take_one("from", "after"):
        return reader.sets(shift=length)
    reader.is_marked |= has_in
    return reader.sets(delay=length)


def _time_behind(reader: Reader) -> None:
    """Step over the end of ``in an hour's time``."""
    for words in (("'", "s", "time"), ("'", "time"), ("time",), ("s", "time")):
        if reader.tokens.take(*words):
            return


def _refuse_two_fold(reader: Reader, *, has_in: bool) -> None:
    """Refuse what may be a length or a time of day: ``17h30``, ``1400 hours``, ``1:30 hours``."""
    tokens, start = reader.tokens, reader.tokens.at
    if has_in:
        return
    if found := military(tokens):
        clock, length = f"{found[0]:02}:{found[1]:02}", f"in {int(tokens.peek())} hours"
        raise Refused("can be read in two ways", clock, length)
    hour, unit, minutes = tokens.peek(), tokens.peek(1), tokens.peek(2)
    if is_digits(hour) and unit == "h" and is_digits(minutes) and len(minutes) == 2:
        is_clock_like = 5 < int(hour[:4]) < 24 and not (start and tokens.words[start - 1] == "at")
        if is_clock_like and tokens.peek(3) not in UNITS:
            raise Refused("can be read in two ways", f"{hour}:{minutes}", f"in {hour}h{minutes}m")
    if ":" in hour and unit in _HOUR_UNITS and hour.count(":") == 1:
        first, _, second = hour.partition(":")
        raise Refused("can be read in two ways", f"at {hour}", f"in {first}h{second}m")


def _clock_as_length(reader: Reader) -> Span | None:
    """Read the ``1:30 hours`` behind "in"."""
    tokens = reader.tokens
    first, colon, second = tokens.peek().partition(":")
    if not (colon and is_digits(first) and is_digits(second) and len(second) == 2):
        return None
    if tokens.peek(1) not in _HOUR_UNITS:
        raise Refused("names no unit", f"in {first}h{second}m", f"at {first}:{second}")
    tokens.at += 2
    return Span(seconds=int(first[:4]) * 3600 + int(second) * 60)


# Days


def _day_word(reader: Reader) -> bool:
    """Read ``today``, ``tomorrow``, ``the day after tomorrow``, ``tonight``, ``this evening``."""
    for words, fields in _DAY_WORDS:
        if reader.tokens.take(*words):
            return reader.sets(**fields)
    return False


def _weekday(reader: Reader) -> bool:
    """Read ``friday``, ``on friday``, ``next friday``; a range of days, and a list behind "every 2 weeks"."""
    tokens = reader.tokens
    tokens.take("on")
    which = tokens.take_one("this", "next")
    if not which:
        start = tokens.at
        days = weekdays(tokens, DAY_NUMBERS | PLURAL_DAYS)
        if reader.phrase.every:
            return bool(days) and reader.sets(weekdays=days)
        if len(days) > 2 or (
            len(days) == 2 and "," not in tokens.words and _is_range(reader, start)
        ):
            return reader.sets(every=Span(days=7), is_single=True, weekdays=days)
        tokens.at = start
    day = tokens.take_from(DAY_NUMBERS)
    if day is None:
        return False
    return reader.sets(weekdays=(day,), **({"which": which} if which else {}))


def _is_range(reader: Reader, start: int) -> bool:
    return any(
        word in ("-", "to", "through") for word in reader.tokens.words[start : reader.tokens.at]
    )


def _week(reader: Reader) -> bool:
    """Read ``next week``, ``this week``, ``of next week``."""
    reader.tokens.take_one("of", "in")
    which = reader.tokens.take_one("this", "next")
    if not which or not reader.tokens.take("week"):
        return False
    return reader.sets(week=int(which == "next"))


def _date(reader: Reader) -> bool:
    """Read ``3 march``, ``March 3rd, 2027``, ``2027-03-03``, ``31.03.2027``, ``31/3``."""
    reader.tokens.take("on")
    reader.tokens.take("the")
    date = date_in_numbers(reader.tokens) or date_in_words(reader.tokens)
    return date is not None and reader.sets(date=date)


# Times of day


def _past_or_to(reader: Reader) -> bool:
    """Read ``half past 9`` and ``ten minutes to nine``, which begins as a length of time does."""
    reader.tokens.take_one("at", "@")
    found = hours.past_or_to(reader.tokens)
    return found is not None and reader.sets(clock=found)


def _clock(reader: Reader) -> bool:
    """Read ``at 9``, ``9:30``, ``5pm``, ``noon``, ``5 o'clock``."""
    tokens = reader.tokens
    has_at = bool(tokens.take_one("at", "@"))
    for words, clock in _CLOCK_WORDS:
        if tokens.take(*words):
            return reader.sets(clock=clock)
    hours.half_an_hour(tokens)
    found = hours.clock(tokens, has_at=has_at)
    return found is not None and reader.sets(clock=found)


def _part(reader: Reader) -> bool:
    """Read ``morning``, ``in the evening``, ``at night``."""
    if not reader.tokens.take("in", "the"):
        reader.tokens.take("at")
    part = reader.tokens.take_one(*PARTS)
    return bool(part) and reader.sets(part=part)


_DAY_WORDS: tuple[tuple[tuple[str, ...], dict[str, object]], ...] = (
    (("today",), {"offset": 0}),
    (("tomorrow",), {"offset": 1}),
    (("the", "day", "after", "tomorrow"), {"offset": 2}),
    (("day", "after", "tomorrow"), {"offset": 2}),
    (("tonight",), {"offset": 0, "part": "night"}),
    *((("this", part), {"offset": 0, "part": part}) for part in PARTS if part != "night"),
)
_CLOCK_WORDS = (
    (("noon",), Clock(12)),
    (("midday",), Clock(12)),
    (("midnight",), Clock(0, is_midnight=True)),
    (("end", "of", "day"), END),
    (("end", "of", "the", "day"), END),
    (("eod",), END),
)
_RULES = (
    every,
    _week,
    edge_of,
    _past_or_to,
    _delay,
    _date,
    month_day,
    month,
    _day_word,
    _weekday,
    _clock,
    _part,
    zone,
)
