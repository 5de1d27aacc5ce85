"""The grammar: a phrase, read to its last word or not at all, into what it says.

What it says is not yet a moment: `Phrase` knows "the coming Friday, at 5" and no calendar.
"""

import re

from bot.times.grammar import times_of_day as hours
from bot.times.grammar.dates import Clock, Date, date_in_words, weekdays
from bot.times.grammar.durations import Duration, military, span
from bot.times.grammar.month_days import END, edge_of, month, month_day
from bot.times.grammar.reader import Phrase, Reader
from bot.times.grammar.repeats import every
from bot.times.grammar.tokens import PhraseError, is_digits
from bot.times.grammar.zone_words import zone
from bot.times.words import DAY_NUMBERS, MONTHS, PARTS, PLURAL_DAYS, UNITS

_HOUR_UNITS = {name for name, size in UNITS.items() if size == (0, 0, 3600)}
_BEHIND_HOURS = {"", ",", ".", "!", "?", "at", "on", "today", "tomorrow"}
_DAY_OR_TIME = re.compile(r"(\d\d?)\.(\d\d?)", re.ASCII)


def read(text: str) -> tuple[Phrase, str]:
    """Return what text says, and the rest of it that no rule reads: empty if all is understood.

    Raises PhraseError for what is read and makes no sense.
    """
    reader = Reader(text)
    tokens, phrase = reader.tokens, reader.phrase
    while tokens.at < len(tokens.words):
        start = tokens.at
        if start and _is_end(tokens.words[start:]):
            break
        if start and (tokens.take_one(",", ".", ";") or (not phrase.clock and tokens.take("-"))):
            start = tokens.at
        if not any(reader.tries(rule, start) for rule in _RULES):
            return phrase, text[tokens.ends[start] :].strip() or ","
    if text and not tokens.words:
        return phrase, text
    # "2 days at 9" may be a length of time that begins at 9.
    if phrase.delay and not reader.is_marked and phrase != Phrase(delay=phrase.delay):
        raise PhraseError("says how long, not when", "in 2 days at 9:00")
    return phrase, ""


def _is_end(words: list[str]) -> bool:
    """Return whether only the end of a sentence is left; a comma is none."""
    return words[-1] in ".!?" and all(word in ",.!?" for word in words)


# Lengths of time


def _delay(reader: Reader) -> bool:
    """Read ``in 2 hours``, ``2h30m``, ``3 days from now``, ``within the hour``."""
    tokens = reader.tokens
    word = tokens.take_one("in", "after", "within") or ("+" if not tokens.at else "")
    has_in = word != "+" or tokens.take("+")
    has_in = has_in and bool(word)
    if not has_in and _day_before(reader):
        return reader.sets(shift=Duration(days=-1))
    _refuse_two_fold(reader, has_in=has_in)
    length = _clock_as_length(reader) if has_in else None
    length = length or span(tokens, may_begin_with_unit=has_in and _next_unit(reader, word))
    if length is None:
        return False
    _time_behind(reader)
    if tokens.take("from", "now") or (not has_in and tokens.take("today")):
        reader.is_marked = True
    elif not has_in and _is_shift(reader, length):
        return reader.sets(shift=length)
    elif not has_in and tokens.take("before"):
        return reader.sets(shift=length.times(-1))
    reader.is_marked |= has_in
    return reader.sets(delay=length)


def _day_before(reader: Reader) -> bool:
    """Read ``the day before`` a day."""
    return reader.tokens.take("the", "day", "before") or reader.tokens.take("day", "before")


def _next_unit(reader: Reader, word: str) -> bool:
    """Step over the "next" of ``in the next hour``, ``within the week``; return whether a unit may follow."""
    tokens = reader.tokens
    has_next = tokens.take("next") or (word == "within" and tokens.take("the"))
    return has_next and (word == "within" or tokens.peek() in _HOUR_UNITS)


def _is_shift(reader: Reader, length: Duration) -> bool:
    """Step over the word between a length and the day or time from which it counts: ``a week from sunday``."""
    tokens = reader.tokens
    if tokens.take_one("from", "after"):
        return True
    # "A week on sunday" and "a week tomorrow" are British.
    is_weeks = length.days and length.days % 7 == 0 and not length.seconds
    ahead = int(tokens.peek() == "on")
    return bool(is_weeks and tokens.peek(ahead) in {*DAY_NUMBERS, "tomorrow"})


def _time_behind(reader: Reader) -> None:
    """Step over the end of ``in an hour's time``."""
    for words in (("'", "s", "time"), ("'", "time"), ("time",), ("s", "time")):
        if reader.tokens.take(*words):
            return


def _refuse_two_fold(reader: Reader, *, has_in: bool) -> None:
    """Refuse what may be a length or a time of day: ``17h30``, ``17h``, ``1400 hours``, ``1:30 hours``."""
    tokens, start = reader.tokens, reader.tokens.at
    if has_in:
        return
    if found := military(tokens):
        length = f"in {int(tokens.peek())} hours"
        raise _two_fold(reader, 2, f"{found[0]:02}:{found[1]:02}", length)
    hour, unit, minutes = tokens.peek(), tokens.peek(1), tokens.peek(2)
    if is_digits(hour) and unit == "h":
        has_minutes = is_digits(minutes) and len(minutes) == 2
        is_clock_like = (5 if has_minutes else 12) < int(hour[:4]) < 24
        if is_clock_like and has_minutes and tokens.peek(3) not in UNITS:
            raise _two_fold(reader, 3, f"{hour}:{minutes}", f"in {hour}h{minutes}m")
        if is_clock_like and minutes in _BEHIND_HOURS:
            raise _two_fold(reader, 2, f"{hour}:00", f"in {hour} hours")
    first, mark, second = hour.partition(":" if ":" in hour else ".")
    if not (is_digits(first) and is_digits(second) and len(second) == 2 and unit in _HOUR_UNITS):
        return
    if mark == ":" or (12 < int(first) < 24 and 12 < int(second) < 60):
        raise _two_fold(
            reader, 2, f"{'at ' * (not start)}{first}:{second}", f"in {first}h{second}m"
        )


def _two_fold(reader: Reader, size: int, clock: str, length: str) -> PhraseError:
    """Return the refusal of so many tokens, which are a time of day, or a length where they stand alone."""
    start = reader.tokens.at
    reader.tokens.at += size
    choices = (reader.instead(start, clock), reader.instead(start, length))
    return PhraseError("can be read in two ways", *choices)


def _clock_as_length(reader: Reader) -> Duration | None:
    """Read the ``1:30 hours`` behind "in"."""
    tokens = reader.tokens
    first, colon, second = tokens.peek().partition(":")
    if not (colon and is_digits(first) and is_digits(second) and len(second) == 2):
        return None
    if tokens.peek(1) not in _HOUR_UNITS:
        raise PhraseError("names no unit", f"in {first}h{second}m", f"at {first}:{second}")
    tokens.at += 2
    return Duration(seconds=int(first[:4]) * 3600 + int(second) * 60)


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
        if len(days) > 1:
            return reader.sets(every=Duration(days=7), is_single=True, weekdays=days)
        tokens.at = start
    day = tokens.take_from(DAY_NUMBERS)
    if day is None:
        return False
    if not which and not reader.phrase.every and tokens.take("week"):  # British: "friday week"
        return reader.sets(weekdays=(day,), shift=Duration(days=7))
    return reader.sets(weekdays=(day,), **({"which": which} if which else {}))


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
    date = reader.date_in_numbers() or date_in_words(reader.tokens)
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
    start = tokens.at
    if halves := hours.half_an_hour(tokens):
        raise PhraseError("can be read in two ways", *(reader.instead(start, h) for h in halves))
    found = hours.clock(tokens, has_at=has_at)
    return found is not None and reader.sets(clock=found)


def _day_or_time(reader: Reader) -> bool:
    """Refuse ``9.10``, which is ten past nine or the 9th of October, and read ``24.12``, which is a day."""
    tokens, start = reader.tokens, reader.tokens.at
    tokens.take("on")
    found = tokens.take_match(_DAY_OR_TIME)
    if not found or not int(found[1]) or not 1 <= int(found[2]) <= 12:
        return False
    day, month = int(found[1]), int(found[2])
    if not 1 <= day <= 23:
        return reader.sets(date=Date(month, day))
    written = f"{day} {MONTHS[month - 1]}"
    if reader.phrase.clock:
        return reader.sets(date=Date(month, day))
    is_number = len(found[2]) == 1
    choices = f"in {found[0]} hours" if is_number else f"at {day}:{found[2]}", written
    raise PhraseError("can be read in two ways", *(reader.instead(start, c) for c in choices))


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
    _day_or_time,
    _part,
    zone,
)
