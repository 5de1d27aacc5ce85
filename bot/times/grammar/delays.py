"""The rules that read how long until a time, or how long before or after a day."""

from bot.times import texts
from bot.times.grammar.durations import read_duration
from bot.times.grammar.reader import Reader
from bot.times.phrase import Duration, PhraseError
from bot.times.words import DAY_NUMBERS, UNITS, is_digits

_HOUR_UNITS = {name for name, size in UNITS.items() if size == UNITS["hour"]}
# The end of "in an hour's time".
_TIME = dict.fromkeys([("'", "s", "time"), ("'", "time"), ("time",), ("s", "time")], "time")
_BEHIND_HOURS = {"", ",", ".", "!", "?", "at", "on", "today", "tomorrow"}


def delay(reader: Reader) -> bool:
    """Read ``in 2 hours``, ``2h30m``, ``3 days from now``, ``within the hour``."""
    word = reader.take_one("in", "after", "within") or ("+" if not reader.at else "")
    has_in = word != "+" or reader.take("+")
    has_in = has_in and bool(word)
    if not has_in:
        if reader.take("the", "day", "before") or reader.take("day", "before"):
            return reader.sets(shift=Duration(days=-1))
        _check_is_no_time_of_day(reader)
    length = _clock_as_duration(reader) if has_in else None
    if length is None:
        is_before_unit = has_in and _is_before_unit(reader, word)
        length = read_duration(reader, may_begin_with_unit=is_before_unit)
    if length is None:
        return False
    reader.take_words(_TIME)
    if reader.take("from", "now") or (not has_in and reader.take("today")):
        reader.is_marked = True
    elif not has_in and _is_shift(reader, length):
        return reader.sets(shift=length)
    elif not has_in and reader.take("before"):
        return reader.sets(shift=length * -1)
    reader.is_marked |= has_in
    return reader.sets(delay=length)


def _is_before_unit(reader: Reader, word: str) -> bool:
    """Step over the "next" of ``in the next hour``; return whether a unit may follow."""
    has_next = reader.take("next") or (word == "within" and reader.take("the"))
    return has_next and (word == "within" or reader.peek() in _HOUR_UNITS)


def _is_shift(reader: Reader, length: Duration) -> bool:
    """Step over the word between a duration and the day it counts from: ``a week from sunday``."""
    if reader.take_one("from", "after"):
        return True
    # "A week on sunday" and "a week tomorrow" are British.
    is_weeks = length.days and length.days % 7 == 0 and not length.seconds
    ahead = int(reader.peek() == "on")
    return bool(is_weeks and reader.peek(ahead) in {*DAY_NUMBERS, "tomorrow"})


def _clock_as_duration(reader: Reader) -> Duration | None:
    """Read the ``1:30 hours`` behind "in"."""
    first, colon, second = reader.peek().partition(":")
    if not (colon and is_digits(first) and is_digits(second) and len(second) == 2):
        return None
    if reader.peek(1) not in _HOUR_UNITS:
        raise PhraseError(texts.NO_UNIT, f"in {first}h{second}m", f"at {first}:{second}")
    reader.at += 2
    return Duration(seconds=int(first[:4]) * 3600 + int(second) * 60)


def _check_is_no_time_of_day(reader: Reader) -> None:
    """Raise PhraseError for ``17h30``, ``17h``, ``1400 hours`` and ``1:30 hours``."""
    hour, unit, minutes = reader.peek(), reader.peek(1), reader.peek(2)
    if is_digits(hour):
        if unit in _HOUR_UNITS and len(hour) == 4 and int(hour[:2]) < 24 and int(hour[2:]) < 60:
            raise _two_ways(reader, 2, f"{hour[:2]}:{hour[2:]}", f"in {int(hour)} hours")
        if unit == "h":
            _check_hours(reader, hour, minutes)
    first, mark, second = hour.partition(":" if ":" in hour else ".")
    if not (is_digits(first) and is_digits(second) and len(second) == 2 and unit in _HOUR_UNITS):
        return
    if mark == ":" or (12 < int(first) < 24 and 12 < int(second) < 60):
        at = "" if reader.at else "at "
        raise _two_ways(reader, 2, f"{at}{first}:{second}", f"in {first}h{second}m")


def _check_hours(reader: Reader, hour: str, minutes: str) -> None:
    """Raise PhraseError for ``17h30`` and ``17h``."""
    has_minutes = is_digits(minutes) and len(minutes) == 2
    if not (5 if has_minutes else 12) < int(hour[:4]) < 24:
        return
    if has_minutes and reader.peek(3) not in UNITS:
        raise _two_ways(reader, 3, f"{hour}:{minutes}", f"in {hour}h{minutes}m")
    if minutes in _BEHIND_HOURS:
        raise _two_ways(reader, 2, f"{hour}:00", f"in {hour} hours")


def _two_ways(reader: Reader, size: int, clock: str, length: str) -> PhraseError:
    """Return the error for so many tokens, which may be a time of day or a duration."""
    start = reader.at
    reader.at += size
    return PhraseError(texts.TWO_WAYS, *reader.instead(start, clock, length))
