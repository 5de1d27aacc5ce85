"""The rules that read how often: ``every 2 weeks``, ``daily``, ``every first monday``."""

import re

from bot.times import texts
from bot.times.grammar.dates import date_in_numbers, date_in_words, ordinal, weekdays
from bot.times.grammar.durations import read_duration
from bot.times.grammar.reader import Reader
from bot.times.phrase import Date, Duration, PhraseError
from bot.times.words import (
    ADVERBS,
    DAY_NUMBERS,
    DAYS,
    PARTS,
    PLURAL_DAYS,
    UNITS,
    WEEKDAYS,
    is_digits,
    ordinal_text,
)

_WEEK, _MONTH, _YEAR = Duration(days=7), Duration(months=1), Duration(months=12)
_WORKDAYS = (0, 1, 2, 3, 4)
_SINGLE = re.compile(r"1|an?|one", re.ASCII)
# Up to here "every 3rd" may count days or weeks; "every 15th" can only be a day of the month.
_COUNTING = 4


def every(reader: Reader) -> bool:
    """Read ``every 2 weeks``, ``every weekday``, ``every first monday``, ``daily``, ``mondays``."""
    adverb = reader.take_from(ADVERBS)
    if adverb:
        return _sets(reader, Duration(*UNITS[adverb]), is_single=adverb != "fortnight")
    reader.take("on")
    if reader.take_one("weekdays", "workdays"):
        return _sets(reader, _WEEK, weekdays=_WORKDAYS)
    if reader.peek() in PLURAL_DAYS:
        return _sets(reader, _WEEK, weekdays=weekdays(reader, PLURAL_DAYS))
    return reader.take("every") and reader.tries(_FORMS)


def _sets(reader: Reader, length: Duration, *, is_single: bool = True, **fields: object) -> bool:
    return reader.sets(every=length, is_single=is_single, **fields)


def _of_the_month(reader: Reader) -> bool:
    """Read ``first monday of the month``, ``15th of the month``, ``last day of the month``."""
    number = ordinal(reader)
    if number is None:
        return False
    weekday = reader.take_from(DAY_NUMBERS)
    has_day = reader.take("day")
    if weekday is None and not has_day and number == -1:
        return False
    if not (reader.take("of", "the", "month") or reader.take("of", "month")):
        return False
    if weekday is None:
        return _sets(reader, _MONTH, month_day=number)
    return -1 <= number <= 5 and _sets(reader, _MONTH, nth=f"{number}{WEEKDAYS[weekday]}")


def _weekday(reader: Reader) -> bool:
    if reader.take_one("weekday", "workday", "weekdays", "workdays"):
        return _sets(reader, _WEEK, weekdays=_WORKDAYS)
    is_other = reader.take("other")
    days = weekdays(reader, DAY_NUMBERS | PLURAL_DAYS)
    length = Duration(days=14) if is_other else _WEEK
    return bool(days) and _sets(reader, length, is_single=not is_other, weekdays=days)


def _part(reader: Reader) -> bool:
    part = reader.take_one(*PARTS)
    return bool(part) and _sets(reader, Duration(days=1), part=part)


def _date_in_words(reader: Reader) -> bool:
    return _each_year(reader, date_in_words(reader))


def _date_in_numbers(reader: Reader) -> bool:
    return _each_year(reader, date_in_numbers(reader))


def _each_year(reader: Reader, date: Date | None) -> bool:
    return date is not None and date.year is None and _sets(reader, _YEAR, date=date)


def _other(reader: Reader) -> bool:
    """Read ``other day``, ``second week``; raise PhraseError for ``3rd monday``, ``15th day``."""
    start = reader.at - 1
    count = 2 if reader.take("other") else ordinal(reader)
    if count is None:
        return False
    unit = reader.peek()
    if unit in UNITS:
        reader.at += 1
        if count < 2 or unit in ("s", "m", "h"):
            return False
        if count > _COUNTING and unit in ("day", "days"):
            choices = f"every {count} days", f"every month on the {ordinal_text(count)}"
            raise PhraseError(texts.TWO_WAYS, *reader.instead(start, *choices))
        return _sets(reader, Duration(*UNITS[unit]) * count, is_single=False)
    weekday = reader.take_from(DAY_NUMBERS)
    if weekday is None:
        return False
    if count in (1, -1):
        return _sets(reader, _MONTH, nth=f"{count}{WEEKDAYS[weekday]}")
    raise _counted_weekday(reader, start, count, DAYS[weekday].lower())


def _counted_weekday(reader: Reader, start: int, count: int, name: str) -> PhraseError:
    choices = [f"every {count} weeks on {name}"]
    if count <= 5:
        choices.append(f"every month on the {ordinal_text(count)} {name}")
    return PhraseError(texts.TWO_WAYS, *reader.instead(start, *choices, at=" 9:00"))


def _duration(reader: Reader) -> bool:
    """Read ``2 weeks``, ``90 minutes``, ``hour``, ``hour and a half``."""
    start = reader.at
    length = read_duration(reader, may_begin_with_unit=True)
    if length is None:
        return False
    if length == Duration():
        raise PhraseError(texts.NEVER, "every day at 9:00")
    read = reader.words[start : reader.at]
    is_unit = len(read) == 1 and read[0] not in ("fortnight", "fortnights")
    is_single = is_unit or (len(read) == 2 and bool(_SINGLE.fullmatch(read[0])))
    return _sets(reader, length, is_single=is_single)


def _month_day(reader: Reader) -> bool:
    """Read ``15th``, ``31st``; raise PhraseError for ``3rd``, which may mean every 3 days."""
    start = reader.at - 1
    if not is_digits(reader.peek()):
        return False
    number = ordinal(reader)
    if number is None:
        return False
    if 1 < number <= _COUNTING and reader.peek() not in ("of", "and"):
        day = f"every month on the {ordinal_text(number)}"
        raise PhraseError(
            texts.TWO_WAYS,
            *reader.instead(start, day, at=" at 9:00"),
            *reader.instead(start, f"every {number} days"),
        )
    return _sets(reader, _MONTH, month_day=number)


_FORMS = (
    _of_the_month,
    _weekday,
    _part,
    _date_in_words,
    _other,
    _duration,
    _date_in_numbers,
    _month_day,
)
