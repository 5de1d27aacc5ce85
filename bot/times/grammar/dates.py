"""The parts of a phrase that name a day of the calendar, and what they are read into."""

import re
from dataclasses import dataclass

from bot.times.grammar.tokens import PhraseError, Tokens, is_digits
from bot.times.words import MONTH_NUMBERS, MONTHS, ORDINALS

_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d\d?)\2(\d\d?)", re.ASCII)
_YEAR_LAST = re.compile(r"(\d\d?)([-/.])(\d\d?)\2(\d{4})", re.ASCII)
_NO_YEAR = re.compile(r"(\d\d?)([/.])(\d\d?)", re.ASCII)
_DAY = re.compile(r"\d\d?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day; ``exact`` is False where am or pm is missed: 5, 9:30, but not 05:00 or 17:00."""

    hour: int
    minute: int = 0
    second: int = 0
    exact: bool = True
    is_midnight: bool = False  # by this word, which does not say of which day


@dataclass(frozen=True, slots=True)
class Date:
    """A day of the year, in the next one that has it where the year is missing."""

    month: int
    day: int
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Month:
    """A month by its number, in the next year that has it where the year is missing, or counted from this one."""

    number: int | None = None
    year: int | None = None
    ahead: int | None = None
    is_any: bool = False  # "the month", which may be this one or each


def ordinal(tokens: Tokens) -> int | None:
    """Read ``1st``, ``first``, ``twenty-first`` or ``last``, which is -1."""
    if tokens.take("last"):
        return -1
    if is_digits(tokens.peek()) and tokens.peek(1) in ("st", "nd", "rd", "th"):
        number = tokens.peek()
        tokens.at += 2
        return int(number) if len(number) <= 2 and 1 <= int(number) <= 31 else None
    tens = {"twenty": 20, "thirty": 30}.get(tokens.peek())
    if tens:
        behind = 2 if tokens.peek(1) == "-" else 1
        ones = ORDINALS.get(tokens.peek(behind), 10)
        if ones < 10 and tens + ones <= 31:
            tokens.at += behind + 1
            return tens + ones
    return tokens.take_from(ORDINALS)


def weekdays(tokens: Tokens, table: dict[str, int]) -> tuple[int, ...]:
    """Read ``monday``, ``mon-fri``, ``sun to thu``, ``monday, wednesday and friday`` as rising numbers."""
    tokens.take("from")
    first = tokens.take_from(table)
    if first is None:
        return ()
    days = _range_from(first, tokens, table)
    if not days:
        return ()
    start = tokens.at
    while (
        tokens.take(",", "and") or tokens.take_one(",", "and", "&", "+") or tokens.peek() in table
    ):
        tokens.take("every")
        day = tokens.take_from(table)
        if day is None:
            break
        days |= _range_from(day, tokens, table)
        start = tokens.at
    tokens.at = start
    return tuple(sorted(days))


def _range_from(first: int, tokens: Tokens, table: dict[str, int]) -> set[int]:
    """Return a weekday, or those up to the one that is named behind it; none where it is the same."""
    start = tokens.at
    if not tokens.take_one("-", "to", "through", "until"):
        return {first}
    last = tokens.take_from(table)
    if last is None or last == first:
        tokens.at = start
        return set() if last == first else {first}
    return {(first + ahead) % 7 for ahead in range((last - first) % 7 + 1)}


def date_in_numbers(tokens: Tokens) -> Date | None:
    if found := tokens.take_match(_YEAR_FIRST):
        return Date(int(found[3]), int(found[4]), int(found[1]))
    if found := tokens.take_match(_YEAR_LAST):
        return _date_of_two(int(found[1]), int(found[3]), int(found[4]))
    if found := tokens.take_match(_NO_YEAR):
        # 12.30 may be a time; 31.3. with its last dot is not.
        if found[2] == "." and not tokens.take("."):
            return None
        return _date_of_two(int(found[1]), int(found[3]), None)
    return None


def date_in_words(tokens: Tokens) -> Date | None:
    month = tokens.take_from(MONTH_NUMBERS)
    if month is not None:
        tokens.take("the")
    day = day_of_month(tokens)
    if day is None:
        return None
    if month is None:
        tokens.take("of")
        month = tokens.take_from(MONTH_NUMBERS)
        if month is None:
            return None
    start = tokens.at
    tokens.take(",")
    if re.fullmatch(r"\d{4}", tokens.peek(), re.ASCII):
        tokens.at += 1
        return Date(month, day, int(tokens.words[tokens.at - 1]))
    tokens.at = start
    return Date(month, day)


def day_of_month(tokens: Tokens) -> int | None:
    start = tokens.at
    day = ordinal(tokens)
    if day is not None:
        return day if day > 0 else None
    tokens.at = start
    found = tokens.take_match(_DAY)
    return int(found[0]) if found else None


def _date_of_two(first: int, second: int, year: int | None) -> Date | None:
    """Return the date of two numbers, if only one of them can be the month or both are the same."""
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
        raise PhraseError("has a date that can be read in two ways", *dates)
    return None
