"""The rules that read a time of day: ``9:30``, ``5pm``, ``half past nine``, ``in the evening``."""

import re
from collections.abc import Mapping

from bot.times import texts
from bot.times.grammar.durations import number_word
from bot.times.grammar.reader import Reader
from bot.times.phrase import END_OF_DAY, Clock, Date, PhraseError
from bot.times.words import MONTHS, NUMBERS, PARTS, UNITS, is_digits

_CLOCK = re.compile(r"(\d\d?)([:.])(\d\d)(?::(\d\d))?", re.ASCII)
_MINUTES = re.compile(r"[0-5]\d", re.ASCII)
_DAY_OR_TIME = re.compile(r"(\d\d?)\.(\d\d?)", re.ASCII)
_PAST, _TO = ("past", "after"), ("to", "before", "until", "till", "til")
_MINUTE_WORDS = ("minutes", "minute", "mins", "min")
_SPOKEN = {"five": 5, "ten": 10, "twenty": 20, "quarter": 15, "half": 30}
# Behind these a number is an hour; behind "friday" it may be a day of the month.
_BEFORE_AN_HOUR = {"today", "tomorrow", "tonight", "daily", "before", *PARTS}
_HOURS = tuple(name for name, size in UNITS.items() if size == UNITS["hour"])
_CLOCK_WORDS: Mapping[tuple[str, ...], Clock] = {
    ("noon",): Clock(12),
    ("midday",): Clock(12),
    ("midnight",): Clock(0, is_midnight=True),
    ("end", "of", "day"): END_OF_DAY,
    ("end", "of", "the", "day"): END_OF_DAY,
    ("eod",): END_OF_DAY,
}
_HALVES: Mapping[tuple[str, ...], str] = {
    (*form, *end): f"{letter}m"
    for letter in "ap"
    for form in ((f"{letter}m",), (letter, ".", "m"), (letter, "m"))
    for end in (".", "")
}


def past_or_to(reader: Reader) -> bool:
    """Read ``half past 9``, ``a quarter to eight``, ``ten past nine``, ``20 minutes to 6``."""
    reader.take_one("at", "@")
    minutes = _minutes_before(reader)
    if minutes is None:
        return False
    # "A quarter of six" is American; "a quarter of an hour" is no time of day.
    is_of = minutes == 15 and reader.take("of")
    is_past = bool(reader.take_one(*_PAST))
    if not is_past and (minutes == 30 or not reader.take_one(*_TO)) and not is_of:
        return False
    base = _clock(reader, has_at=True)
    if base is None or base.minute or base.second:
        return False
    hour = base.hour if is_past else (base.hour or 24) - 1
    if not base.exact and not hour:
        hour = 12
    return reader.sets(clock=Clock(hour, minutes if is_past else 60 - minutes, exact=base.exact))


def _minutes_before(reader: Reader) -> int | None:
    reader.take("a")
    if reader.take("twenty", "-", "five") or reader.take("twenty", "five"):
        minutes = 25
    elif (spoken := reader.take_from(_SPOKEN)) is not None:
        minutes = spoken
    elif is_digits(reader.peek()) and len(reader.peek()) <= 2:
        # "10 to 6" may be eight hours; "10 past 6" and "20 to 6" may be nothing else.
        is_no_hour = reader.peek() in ("20", "25") and reader.peek(1) in _TO
        if not is_no_hour and reader.peek(1) not in (*_MINUTE_WORDS, *_PAST):
            return None
        minutes = int(reader.peek())
        reader.at += 1
    else:
        return None
    reader.take_one(*_MINUTE_WORDS)
    return minutes if 0 < minutes < 60 else None


def time_of_day(reader: Reader) -> bool:
    """Read ``at 9``, ``9:30``, ``5pm``, ``noon``, ``5 o'clock``."""
    has_at = bool(reader.take_one("at", "@"))
    found = reader.take_words(_CLOCK_WORDS)
    if found is None:
        _check_is_no_half(reader)
        found = _clock(reader, has_at=has_at)
    return found is not None and reader.sets(clock=found)


def _check_is_no_half(reader: Reader) -> None:
    """Raise PhraseError for ``half 9``: half past nine in London, half past eight elsewhere."""
    start = reader.at
    if reader.take("half") and (hour := _hour(reader)) and hour <= 12:
        choices = f"half past {hour}", f"half past {(hour - 1) or 12}"
        raise PhraseError(texts.TWO_WAYS, *reader.instead(start, *choices))
    reader.at = start


def _hour(reader: Reader) -> int | None:
    token = reader.peek()
    if is_digits(token) and len(token) <= 2:
        reader.at += 1
        return int(token)
    return number_word(reader)


def _clock(reader: Reader, *, has_at: bool) -> Clock | None:
    """Read ``9:30``, ``5pm``, ``530pm``, ``nine am``, ``5 o'clock``; behind "at" also ``9``."""
    start, first = reader.at, reader.peek()
    is_hour = has_at or bool(start and reader.words[start - 1] in _BEFORE_AN_HOUR)
    found = _numbers(reader, has_at=has_at)
    if found is None:
        return None
    hour, minute, second, is_sure = found
    half = reader.take_words(_HALVES) or ""
    if is_oclock := reader.take("o", "'", "clock"):
        half = half or reader.take_words(_HALVES) or ""
    if has_at and not half:
        reader.take_one(*_HOURS)
    # 9.30 is no day of a month.
    is_hour |= not 1 <= minute <= 12 if "." in first else _names_the_day(reader)
    if not (is_sure or half or is_oclock or is_hour):
        return None
    said = " ".join(reader.words[start : reader.at])
    _check_exists(said, hour, minute, second, half)
    if half:
        return Clock(hour % 12 + 12 * (half == "pm"), minute, second)
    return Clock(hour, minute, second, exact=first[0] == "0" or hour > 12)


def _check_exists(said: str, hour: int, minute: int, second: int, half: str) -> None:
    wrong = texts.NO_SUCH_TIME.format(said=said)
    if hour == 24 and not minute and not second:
        raise PhraseError(wrong, "midnight")
    if hour > 23 or minute > 59 or second > 59:
        raise PhraseError(wrong)
    if half and not 1 <= hour <= 12:
        twelve = f"{hour % 12 or 12}:{minute:02}{'pm' if hour > 11 else 'am'}"
        raise PhraseError(wrong, f"{hour}:{minute:02}", twelve)


def _names_the_day(reader: Reader) -> bool:
    """Return whether ``in the evening`` or ``tomorrow`` follows, which make a number an hour."""
    first, second = reader.peek(), reader.peek(1)
    if first in ("tomorrow", "tonight", "today"):
        return True
    if first == "in":
        return second == "the" and reader.peek(2) in PARTS
    return first in ("this", "at") and second in PARTS


def _numbers(reader: Reader, *, has_at: bool) -> tuple[int, int, int, bool] | None:
    """Return hour, minute and second, and whether they can be nothing else."""
    token = reader.peek()
    if found := reader.take_match(_CLOCK):
        return int(found[1]), int(found[3]), int(found[4] or 0), found[2] == ":"
    if token in NUMBERS:
        hour = number_word(reader) or 0
        return hour, _spoken_minutes(reader), 0, False
    if not is_digits(token) or len(token) > 4:
        return None
    reader.at += 1
    if len(token) <= 2:
        return int(token), _minutes_behind(reader, has_at=has_at), 0, False
    # 0930 is no year. "At 930" may be a number of something.
    is_sure = len(token) == 4 and token[0] == "0"
    is_time = has_at and (len(token) == 4 or reader.peek() in _HOURS)
    if is_sure or is_time or reader.peek() in ("am", "pm", "a", "p"):
        return int(token[:-2]), int(token[-2:]), 0, is_sure
    return None


def _minutes_behind(reader: Reader, *, has_at: bool) -> int:
    """Read the 30 of ``at 17h30`` and of ``5 30 pm``."""
    start = reader.at
    if has_at and reader.take("h") and (found := reader.take_match(_MINUTES)):
        return int(found[0])
    reader.at = start
    if (found := reader.take_match(_MINUTES)) and reader.peek() in ("am", "pm"):
        return int(found[0])
    reader.at = start
    return 0


def _spoken_minutes(reader: Reader) -> int:
    """Read the rest of ``five thirty``, ``nine oh five``."""
    start = reader.at
    has_oh = bool(reader.take_one("oh", "o"))
    minutes = number_word(reader)
    if minutes is not None and minutes < 60 and (minutes > 9) != has_oh:
        return minutes
    reader.at = start
    return 0


def day_or_time(reader: Reader) -> bool:
    """Read ``24.12`` as a day; raise PhraseError for ``9.10``: ten past nine, or 9 October."""
    start = reader.at
    reader.take("on")
    found = reader.take_match(_DAY_OR_TIME)
    if not found or not int(found[1]) or not 1 <= int(found[2]) <= 12:
        return False
    day, month = int(found[1]), int(found[2])
    if day > 23 or reader.phrase.clock:
        return reader.sets(date=Date(month, day))
    is_number = len(found[2]) == 1
    time = f"in {found[0]} hours" if is_number else f"at {day}:{found[2]}"
    choices = time, f"{day} {MONTHS[month - 1]}"
    raise PhraseError(texts.TWO_WAYS, *reader.instead(start, *choices))


def part_of_day(reader: Reader) -> bool:
    """Read ``morning``, ``in the evening``, ``at night``."""
    if not reader.take("in", "the"):
        reader.take("at")
    part = reader.take_one(*PARTS)
    return bool(part) and reader.sets(part=part)
