"""The parts of a phrase that name a time of day or a day of the calendar."""

import re
from dataclasses import dataclass

from bot.schedules.tokens import Refused, Tokens
from bot.schedules.words import MONTH_NUMBERS, MONTHS, ORDINALS, PARTS

_CLOCK = re.compile(r"(\d\d?)([:.])(\d\d)(?::(\d\d))?", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d\d?)\2(\d\d?)", re.ASCII)
_YEAR_LAST = re.compile(r"(\d\d?)([-/.])(\d\d?)\2(\d{4})", re.ASCII)
_NO_YEAR = re.compile(r"(\d\d?)([/.])(\d\d?)", re.ASCII)
_DAY = re.compile(r"\d\d?", re.ASCII)
_PAST = (
    (("half", "past"), 30),
    (("quarter", "past"), 15),
    (("a", "quarter", "past"), 15),
    (("quarter", "to"), -15),
    (("a", "quarter", "to"), -15),
)
# Behind these a number is an hour; behind "friday" it may be a day of the month.
_BEFORE_AN_HOUR = {"today", "tomorrow", "tonight", "daily", *PARTS}


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


def past_or_to(tokens: Tokens) -> Clock | None:
    for words, minute in _PAST:
        if tokens.take(*words):
            base = clock_in_numbers(tokens, has_at=True)
            if base is None or base.minute or base.second:
                return None
            hour = base.hour if minute > 0 else (base.hour or 24) - 1
            if not base.exact and not hour:
                hour = 12
            return Clock(hour, minute % 60, exact=base.exact)
    return None


def clock_in_numbers(tokens: Tokens, *, has_at: bool) -> Clock | None:
    token = tokens.peek()
    found = _CLOCK.fullmatch(token)
    is_hour = bool(tokens.at and tokens.words[tokens.at - 1] in _BEFORE_AN_HOUR)
    tokens.at += 1
    is_hour |= (tokens.peek(), tokens.peek(1)) == ("in", "the") and tokens.peek(2) in PARTS
    if found:
        hour, minute, second = int(found[1]), int(found[3]), int(found[4] or 0)
    elif token.isascii() and token.isdigit() and len(token) in (1, 2):
        hour, minute, second = int(token), 0, 0
    elif token.isascii() and token.isdigit() and len(token) == 4 and has_at:
        hour, minute, second = int(token[:2]), int(token[2:]), 0
    else:
        return None
    half = half_of_day(tokens)
    is_oclock = tokens.take("o", "'", "clock") or tokens.take("o", "’", "clock")  # noqa: RUF001
    half = half or (half_of_day(tokens) if is_oclock else "")
    has_colon = bool(found and found[2] == ":")
    if not (has_colon or half or is_oclock or has_at or (is_hour and not found)):
        return None
    if hour > 23 or minute > 59 or second > 59:
        raise Refused(f"has no time of day: {token} is past 23:59")
    if half:
        if not 1 <= hour <= 12:
            raise Refused(f"has no time of day: {token} {half}", "17:00", "5pm")
        return Clock(hour % 12 + (12 if half == "pm" else 0), minute, second)
    return Clock(hour, minute, second, exact=token[0] == "0" or hour > 12)


def half_of_day(tokens: Tokens) -> str:
    for letter in "ap":
        if tokens.take(letter + "m") or tokens.take(letter, ".", "m"):
            tokens.take(".")
            return letter + "m"
    return ""


def ordinal(tokens: Tokens) -> int | None:
    """Read ``1st``, ``first`` or ``last``, which is -1."""
    if tokens.take("last"):
        return -1
    if tokens.peek().isdigit() and tokens.peek(1) in ("st", "nd", "rd", "th"):
        number = tokens.peek()
        tokens.at += 2
        return int(number) if len(number) <= 2 and 1 <= int(number) <= 31 else None
    return tokens.take_from(ORDINALS)


def weekdays(tokens: Tokens, table: dict[str, int]) -> tuple[int, ...]:
    """Read ``monday``, ``mon-fri``, ``monday, wednesday and friday`` as rising numbers."""
    first = tokens.take_from(table)
    if first is None:
        return ()
    if tokens.take_one("-", "to", "through"):
        last = tokens.take_from(table)
        return tuple(range(first, last + 1)) if last is not None and last > first else ()
    days, start = {first}, tokens.at
    while tokens.take(",", "and") or tokens.take_one(",", "and"):
        day = tokens.take_from(table)
        if day is None:
            break
        days.add(day)
        start = tokens.at
    tokens.at = start
    return tuple(sorted(days))


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
        day_first, month_first = f"{first} {MONTHS[second - 1]}", f"{second} {MONTHS[first - 1]}"
        raise Refused("has a date that can be read in two ways", day_first, month_first)
    return None
