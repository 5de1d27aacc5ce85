"""Dates, ordinals and weekdays."""

import re
from collections.abc import Mapping

from bot.times import texts
from bot.times.grammar.reader import Reader
from bot.times.phrase import Date, PhraseError
from bot.times.words import MONTH_NUMBERS, MONTHS, ORDINALS, is_digits

_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d\d?)\2(\d\d?)", re.ASCII)
_YEAR_LAST = re.compile(r"(\d\d?)([-/.])(\d\d?)\2(\d{4})", re.ASCII)
_NO_YEAR = re.compile(r"(\d\d?)([/.])(\d\d?)", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_DAY = re.compile(r"\d\d?", re.ASCII)


def ordinal(reader: Reader) -> int | None:
    """Read ``1st``, ``first``, ``twenty-first`` or ``last``, which is -1."""
    if reader.take("last"):
        return -1
    if is_digits(reader.peek()) and reader.peek(1) in ("st", "nd", "rd", "th"):
        number = reader.peek()
        reader.at += 2
        return int(number) if len(number) <= 2 and 1 <= int(number) <= 31 else None
    tens = {"twenty": 20, "thirty": 30}.get(reader.peek())
    if tens:
        behind = 2 if reader.peek(1) == "-" else 1
        ones = ORDINALS.get(reader.peek(behind), 10)
        if ones < 10 and tens + ones <= 31:
            reader.at += behind + 1
            return tens + ones
    return reader.take_from(ORDINALS)


def weekdays(reader: Reader, table: Mapping[str, int]) -> tuple[int, ...]:
    """Read ``monday``, ``mon-fri``, ``sun to thu``, ``monday, wednesday and friday``, sorted."""
    reader.take("from")
    first = reader.take_from(table)
    if first is None:
        return ()
    days = _range_from(first, reader, table)
    if not days:
        return ()
    start = reader.at
    while (
        reader.take(",", "and") or reader.take_one(",", "and", "&", "+") or reader.peek() in table
    ):
        reader.take("every")
        day = reader.take_from(table)
        if day is None:
            break
        days |= _range_from(day, reader, table)
        start = reader.at
    reader.at = start
    return tuple(sorted(days))


def _range_from(first: int, reader: Reader, table: Mapping[str, int]) -> set[int]:
    """Return a weekday, or those up to the one named behind it; none if both are the same."""
    start = reader.at
    if not reader.take_one("-", "to", "through", "until"):
        return {first}
    last = reader.take_from(table)
    if last is None or last == first:
        reader.at = start
        return set() if last == first else {first}
    return {(first + ahead) % 7 for ahead in range((last - first) % 7 + 1)}


def year(reader: Reader) -> int | None:
    found = reader.take_match(_YEAR)
    return int(found[0]) if found else None


def date_in_numbers(reader: Reader) -> Date | None:
    """Read ``2027-03-03``, ``31.03.2027``, ``31/3``. Raise PhraseError if it may be two dates."""
    start = reader.at
    if found := reader.take_match(_YEAR_FIRST):
        return Date(int(found[3]), int(found[4]), int(found[1]))
    if found := reader.take_match(_YEAR_LAST):
        return _date_of_two(reader, start, int(found[1]), int(found[3]), int(found[4]))
    # 12.30 may be a time; 31.3. with its last dot is not.
    if (found := reader.take_match(_NO_YEAR)) and (found[2] == "/" or reader.take(".")):
        return _date_of_two(reader, start, int(found[1]), int(found[3]), None)
    return None


def _date_of_two(
    reader: Reader, start: int, first: int, second: int, year: int | None
) -> Date | None:
    """Return the date of two numbers if only one can be the month or both are the same."""
    if first == second or (first > 12 >= second):
        return Date(second, first, year)
    if second > 12 >= first:
        return Date(first, second, year)
    if 1 <= first <= 12 and 1 <= second <= 12:
        of_year = f" {year}" if year else ""
        dates = (
            f"{day} {MONTHS[month - 1]}{of_year}"
            for day, month in ((first, second), (second, first))
        )
        raise PhraseError(texts.TWO_DATES, *reader.instead(start, *dates))
    return None


def date_in_words(reader: Reader) -> Date | None:
    """Read ``3 march``, ``March 3rd, 2027``, ``the 3rd of march``."""
    month = reader.take_from(MONTH_NUMBERS)
    if month is not None:
        reader.take("the")
    day = _day_of_month(reader)
    if day is None:
        return None
    if month is None:
        reader.take("of")
        month = reader.take_from(MONTH_NUMBERS)
    if month is None:
        return None
    return Date(month, day, reader.behind(",", year))


def _day_of_month(reader: Reader) -> int | None:
    start = reader.at
    day = ordinal(reader)
    if day is not None:
        return day if day > 0 else None
    reader.at = start
    found = reader.take_match(_DAY)
    return int(found[0]) if found else None
