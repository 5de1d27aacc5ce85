"""Numbers, and the durations they count."""

import re
from collections.abc import Mapping
from fractions import Fraction

from bot.times.grammar.reader import Reader
from bot.times.phrase import Duration
from bot.times.words import NUMBERS, UNITS

Unit = tuple[int, int, int]


def _table(rows: Mapping[Fraction, str]) -> dict[tuple[str, ...], Fraction]:
    return {
        tuple(words.split()): value
        for value, spellings in rows.items()
        for words in spellings.split("; ")
    }


# The longer of two spellings comes first.
_AMOUNT_WORDS = _table(
    {
        Fraction(3, 4): "three quarters of an; three quarters of a; three quarters; "
        "three quarter of an; three quarter; three - quarters of an",
        Fraction(1, 4): "a quarter of an; a quarter of a; a quarter; "
        "quarter of an; quarter of a; quarter",
        Fraction(6): "half a dozen",
        Fraction(12): "a dozen",
        Fraction(1, 2): "half - an -; half of an; half of a; half an; half a; a half; half",
        Fraction(2): "a couple of; a couple; couple of; couple; a pair of",
        Fraction(1): "an; a",
    }
)
_AND_PART = _table(
    {
        Fraction(1, 2): "and a half; and half",
        Fraction(1, 4): "and a quarter",
        Fraction(3, 4): "and three quarters",
    }
)
_SIGNS = {"½": Fraction(1, 2), "¼": Fraction(1, 4), "¾": Fraction(3, 4)}
_AMOUNT = re.compile(r"\d{1,9}(?:\.\d{1,3})?", re.ASCII)
_FRACTION = re.compile(r"([1-9])/([2-9])", re.ASCII)
_JOINS = (",", "and", "&", "+", "plus")
_SMALLER = {UNITS["hour"]: UNITS["minute"], UNITS["minute"]: UNITS["second"]}
_ONES = {name: number for name, number in NUMBERS.items() if number < 10}
_PART = re.compile(r"[0-5]\d", re.ASCII)
_BEHIND_PART = {"", "from", "later", ",", ".", "!", "?", "at"}


def read_duration(reader: Reader, *, may_begin_with_unit: bool = False) -> Duration | None:
    """Read amounts with ever smaller units: ``2h30m``, ``1h30``, ``an hour and a half``."""
    months = days = seconds = Fraction(0)
    last: Unit | None = None
    while found := _next_part(reader, last, may_begin_with_unit=may_begin_with_unit):
        count, last = found
        months += count * last[0]
        days += count * last[1]
        seconds += count * last[2]
    if not last or months.denominator != 1:
        return None
    return Duration(int(months), int(days), int(seconds + days % 1 * 24 * 3600))


def _next_part(
    reader: Reader, last: Unit | None, *, may_begin_with_unit: bool
) -> tuple[Fraction, Unit] | None:
    """Read an amount and a unit smaller than the last one."""
    start = reader.at
    while last and reader.take_one(*_JOINS):
        pass
    count = _amount(reader)
    if count is None and not last and may_begin_with_unit:
        count = Fraction(1)
    if count is not None:
        if reader.peek() == "-" and reader.peek(1) in UNITS:
            reader.at += 1
        unit = UNITS.get(reader.peek())
        if unit and (not last or unit < last):
            reader.at += 1
            return count + _and_part(reader), unit
    reader.at = start
    unit = _SMALLER.get(last) if last else None
    part = reader.behind("and", _bare_part) if unit else None
    return (part, unit) if unit and part is not None else None


def _amount(reader: Reader) -> Fraction | None:
    """Read ``10``, ``1.5``, ``3/4 of an``, ``an``, ``ten``, ``half an``, ``two and a half``."""
    if sign := reader.take_from(_SIGNS):
        return _of_an(reader, sign)
    is_hundred = reader.peek() == "a" and reader.peek(1) == "hundred"
    value = None if is_hundred else reader.take_words(_AMOUNT_WORDS)
    if value is not None:
        return value
    if found := reader.take_match(_FRACTION):
        return _of_an(reader, Fraction(int(found[1]), int(found[2])))
    if found := reader.take_match(_AMOUNT):
        value = Fraction(found[0])
    elif (number := number_word(reader)) is not None:
        value = Fraction(number)
    else:
        return None
    if found := reader.take_match(_FRACTION):
        return value + Fraction(int(found[1]), int(found[2]))
    return value + (reader.take_from(_SIGNS) or _and_part(reader))


def _of_an(reader: Reader, value: Fraction) -> Fraction:
    reader.take("of")
    reader.take_one("an", "a")
    return value


def _and_part(reader: Reader) -> Fraction:
    return reader.take_words(_AND_PART) or Fraction(0)


def _bare_part(reader: Reader) -> Fraction | None:
    """Read the 30 of ``1h30`` or ``an hour thirty`` if nothing more follows."""
    found = reader.take_match(_PART)
    number = int(found[0]) if found else number_word(reader)
    if number is None or not (found or 10 <= number < 60) or reader.peek() not in _BEHIND_PART:
        return None
    return Fraction(number)


def number_word(reader: Reader) -> int | None:
    """Read ``seven``, ``fourteen``, ``twenty-five``, ``one hundred and twenty``."""
    number = 1 if reader.peek(1) == "hundred" and reader.take("a") else _below_hundred(reader)
    if number is None or not reader.take("hundred"):
        return number
    return number * 100 + (reader.behind("and", _below_hundred) or 0)


def _below_hundred(reader: Reader) -> int | None:
    number = reader.take_from(NUMBERS)
    if number is None or number < 20 or number % 10:
        return number
    return number + (reader.behind("-", lambda behind: behind.take_from(_ONES)) or 0)
