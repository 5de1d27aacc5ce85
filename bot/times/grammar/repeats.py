"""The part of the grammar that says how often: ``every 2 weeks``, ``daily``, ``every first monday``."""

import re

from bot.times.grammar.dates import date_in_words, ordinal, weekdays
from bot.times.grammar.durations import Duration, span
from bot.times.grammar.reader import Reader
from bot.times.grammar.tokens import PhraseError, is_digits
from bot.times.words import (
    ADVERBS,
    DAY_NUMBERS,
    DAYS,
    PARTS,
    PLURAL_DAYS,
    UNITS,
    WEEKDAYS,
    ordinal_text,
)

_WORKDAYS = (0, 1, 2, 3, 4)
_WORKDAY_WORDS = ("weekday", "workday", "weekdays", "workdays")
_ORDINAL_ENDS = ("st", "nd", "rd", "th")
_SINGLE = re.compile(r"1|an?|one", re.ASCII)
# Up to here "every 3rd" may count days or weeks; "every 15th" can only be a day of the month.
_COUNTING = 4


def every(reader: Reader) -> bool:
    """Read ``every 2 weeks``, ``every weekday``, ``every first monday of the month``, ``daily``, ``mondays``."""
    tokens = reader.tokens
    adverb = tokens.take_one(*ADVERBS)
    if adverb:
        return _sets(reader, _of(1, ADVERBS[adverb]), is_single=adverb != "fortnightly")
    tokens.take("on")
    if tokens.take_one("weekdays", "workdays"):
        return _sets(reader, Duration(days=7), weekdays=_WORKDAYS)
    if tokens.peek() in PLURAL_DAYS:
        return _sets(reader, Duration(days=7), weekdays=weekdays(tokens, PLURAL_DAYS))
    if not tokens.take("every"):
        return False
    start = tokens.at
    return any(reader.tries(form, start) for form in _FORMS)


def _sets(reader: Reader, length: Duration, *, is_single: bool = True, **fields: object) -> bool:
    return reader.sets(every=length, is_single=is_single, **fields)


def _of(count: int, unit: str) -> Duration:
    return Duration(*UNITS[unit]).times(count)


def _of_the_month(reader: Reader) -> bool:
    """Read ``first monday of the month``, ``15th of the month``, ``last day of the month``."""
    tokens = reader.tokens
    number = ordinal(tokens)
    if number is None:
        return False
    is_word = tokens.words[tokens.at - 1] not in _ORDINAL_ENDS
    day = tokens.take_from(DAY_NUMBERS)
    has_day = tokens.take("day")
    if day is None and is_word and not has_day and number == -1:
        return False
    if not (tokens.take("of", "the", "month") or tokens.take("of", "month")):
        return False
    if day is None:
        return _sets(reader, Duration(months=1), month_day=number)
    return -1 <= number <= 5 and _sets(reader, Duration(months=1), nth=f"{number}{WEEKDAYS[day]}")


def _weekday(reader: Reader) -> bool:
    tokens = reader.tokens
    if tokens.take_one(*_WORKDAY_WORDS):
        return _sets(reader, Duration(days=7), weekdays=_WORKDAYS)
    is_other = tokens.take("other")
    days = weekdays(tokens, DAY_NUMBERS | PLURAL_DAYS)
    return bool(days) and _sets(
        reader, Duration(days=14 if is_other else 7), is_single=not is_other, weekdays=days
    )


def _part(reader: Reader) -> bool:
    part = reader.tokens.take_one(*PARTS)
    return bool(part) and _sets(reader, Duration(days=1), part=part)


def _date(reader: Reader) -> bool:
    date = date_in_words(reader.tokens)
    return date is not None and date.year is None and _sets(reader, Duration(12), date=date)


def _date_in_numbers(reader: Reader) -> bool:
    date = reader.date_in_numbers()
    return date is not None and date.year is None and _sets(reader, Duration(12), date=date)


def _other(reader: Reader) -> bool:
    """Read ``other day``, ``second week``, ``3rd month``, but refuse ``3rd monday`` and ``15th day``."""
    tokens, start = reader.tokens, reader.tokens.at - 1
    count = 2 if tokens.take("other") else ordinal(tokens)
    if count is None:
        return False
    unit = tokens.peek()
    if unit in UNITS:
        tokens.at += 1
        if count < 2 or unit in ("s", "m", "h"):
            return False
        if count > _COUNTING and unit in ("day", "days"):
            choices = [f"every {count} days", f"every month on the {ordinal_text(count)}"]
            raise PhraseError(
                "can be read in two ways", *(reader.instead(start, c) for c in choices)
            )
        return _sets(reader, _of(count, unit), is_single=False)
    day = tokens.take_from(DAY_NUMBERS)
    if day is None:
        return False
    if count in (1, -1):
        return _sets(reader, Duration(months=1), nth=f"{count}{WEEKDAYS[day]}")
    name = DAYS[day].lower()
    choices = [f"every {count} weeks on {name}"]
    if count <= 5:
        choices.append(f"every month on the {ordinal_text(count)} {name}")
    raise PhraseError(
        "can be read in two ways", *(reader.instead(start, c, " 9:00") for c in choices)
    )


def _length(reader: Reader) -> bool:
    """Read ``2 weeks``, ``90 minutes``, ``hour``, ``hour and a half``."""
    tokens, start = reader.tokens, reader.tokens.at
    length = span(tokens, may_begin_with_unit=True)
    if length is None:
        return False
    if length == Duration():
        raise PhraseError("never comes", "every day at 9:00")
    read = tokens.words[start : tokens.at]
    is_unit = len(read) == 1 and read[0] not in ("fortnight", "fortnights")
    is_single = is_unit or (len(read) == 2 and bool(_SINGLE.fullmatch(read[0])))
    return _sets(reader, length, is_single=is_single)


def _month_day(reader: Reader) -> bool:
    """Read ``15th``, ``31st``, but refuse ``3rd``, which may be the third day of each three."""
    tokens, start = reader.tokens, reader.tokens.at - 1
    if not is_digits(tokens.peek()):
        return False
    number = ordinal(tokens)
    if number is None:
        return False
    if 1 < number <= _COUNTING and tokens.peek() not in ("of", "and"):
        raise PhraseError(
            "can be read in two ways",
            reader.instead(start, f"every month on the {ordinal_text(number)}", " at 9:00"),
            reader.instead(start, f"every {number} days"),
        )
    return _sets(reader, Duration(months=1), month_day=number)


_FORMS = (_of_the_month, _weekday, _part, _date, _other, _length, _date_in_numbers, _month_day)
