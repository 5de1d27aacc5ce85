"""The numbers of a phrase, and the lengths of time that they count."""

import re
from dataclasses import dataclass
from fractions import Fraction

from bot.times.grammar.tokens import Tokens, is_digits
from bot.times.words import NUMBERS, UNITS

Unit = tuple[int, int, int]

_AMOUNT = re.compile(r"\d{1,9}(?:\.\d{1,3})?", re.ASCII)
_JOINS = (",", "and", "&", "+", "plus")
_FRACTION = re.compile(r"([1-9])/([2-9])", re.ASCII)
_COUNT_WORDS = tuple(
    (tuple(words.split()), value)
    for words, value in (
        ("three quarters of an", Fraction(3, 4)), ("three quarters of a", Fraction(3, 4)),
        ("three quarter of an", Fraction(3, 4)), ("three quarters", Fraction(3, 4)),
        ("three quarter", Fraction(3, 4)), ("three - quarters of an", Fraction(3, 4)),
        ("a quarter of an", Fraction(1, 4)), ("quarter of an", Fraction(1, 4)),
        ("a quarter of a", Fraction(1, 4)), ("quarter of a", Fraction(1, 4)),
        ("a quarter", Fraction(1, 4)), ("quarter", Fraction(1, 4)),
        ("half a dozen", Fraction(6)), ("a dozen", Fraction(12)),
        ("half - an -", Fraction(1, 2)), ("a half -", Fraction(1, 2)), ("half -", Fraction(1, 2)),
        ("quarter - of - an -", Fraction(1, 4)), ("a quarter -", Fraction(1, 4)), ("quarter -", Fraction(1, 4)),
        ("half of an", Fraction(1, 2)), ("half of a", Fraction(1, 2)), ("half an", Fraction(1, 2)),
        ("half a", Fraction(1, 2)), ("a half", Fraction(1, 2)), ("half", Fraction(1, 2)),
        ("a couple of", Fraction(2)), ("a couple", Fraction(2)), ("couple of", Fraction(2)),
        ("couple", Fraction(2)), ("a pair of", Fraction(2)),
        ("an", Fraction(1)), ("a", Fraction(1)),
    )
)  # fmt: skip
_SIGNS = {"½": Fraction(1, 2), "¼": Fraction(1, 4), "¾": Fraction(3, 4)}
_AND_PART = (
    (("and", "a", "half"), Fraction(1, 2)),
    (("and", "half"), Fraction(1, 2)),
    (("and", "a", "quarter"), Fraction(1, 4)),
    (("and", "three", "quarters"), Fraction(3, 4)),
)
_HOUR, _MINUTE = (0, 0, 3600), (0, 0, 60)
_SMALLER = {_HOUR: _MINUTE, _MINUTE: (0, 0, 1)}
_PART = re.compile(r"[0-5]\d", re.ASCII)
_BEHIND = {"", "from", "later", ",", ".", "!", "?", "at"}


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: months, days and seconds, since none is a number of another."""

    months: int = 0
    days: int = 0
    seconds: int = 0

    def times(self, count: int) -> "Duration":
        return Duration(self.months * count, self.days * count, self.seconds * count)


def amount(tokens: Tokens) -> Fraction | None:
    """Read ``10``, ``1.5``, ``3/4 of an``, ``an``, ``ten``, ``half an``, ``two and a half``."""
    if tokens.peek() in _SIGNS:
        return _of_an(tokens, _sign(tokens))
    is_hundred = tokens.peek() == "a" and tokens.peek(1) == "hundred"
    for words, value in _COUNT_WORDS:
        if not is_hundred and tokens.take(*words):
            return value
    if found := tokens.take_match(_FRACTION):
        return _of_an(tokens, Fraction(int(found[1]), int(found[2])))
    if found := tokens.take_match(_AMOUNT):
        value = Fraction(found[0])
    else:
        number = number_word(tokens)
        if number is None:
            return None
        value = Fraction(number)
    if found := tokens.take_match(_FRACTION):
        return value + Fraction(int(found[1]), int(found[2]))
    return value + (_sign(tokens) or _and_part(tokens))


def _of_an(tokens: Tokens, value: Fraction) -> Fraction:
    tokens.take("of")
    tokens.take_one("an", "a")
    return value


def _sign(tokens: Tokens) -> Fraction:
    value = _SIGNS.get(tokens.peek(), Fraction(0))
    tokens.at += bool(value)
    return value


def _and_part(tokens: Tokens) -> Fraction:
    for words, value in _AND_PART:
        if tokens.take(*words):
            return value
    return Fraction(0)


def number_word(tokens: Tokens) -> int | None:
    """Read ``seven``, ``fourteen``, ``twenty-five``, ``one hundred and twenty``."""
    number = 1 if tokens.peek(1) == "hundred" and tokens.take("a") else _below_hundred(tokens)
    if number is None or not tokens.take("hundred"):
        return number
    start = tokens.at
    tokens.take("and")
    rest = _below_hundred(tokens)
    if rest is None:
        tokens.at = start
    return number * 100 + (rest or 0)


def _below_hundred(tokens: Tokens) -> int | None:
    number = tokens.take_from(NUMBERS)
    if number is None or number < 20 or number % 10:
        return number
    start = tokens.at
    tokens.take("-")
    ones = tokens.take_from(NUMBERS)
    if ones is not None and ones < 10:
        return number + ones
    tokens.at = start
    return number


def span(tokens: Tokens, *, may_begin_with_unit: bool = False) -> Duration | None:
    """Read amounts with their units, the larger ones first, each once: ``2h30m``, ``1h30``, ``an hour and a half``."""
    months = days = seconds = Fraction(0)
    last: Unit | None = None
    while True:
        start = tokens.at
        if last:
            while tokens.take_one(*_JOINS):
                pass
        count = amount(tokens)
        if count is None and not last and may_begin_with_unit:
            count = Fraction(1)
        if count is not None and tokens.peek() == "-" and tokens.peek(1) in UNITS:
            tokens.at += 1
        unit = UNITS.get(tokens.peek()) if count is not None else None
        if count is not None and unit is not None and not (last and unit >= last):
            tokens.at += 1
            count += _and_part(tokens)
        else:
            tokens.at = start
            unit = _SMALLER.get(last) if last else None
            part = _bare_part(tokens) if unit else None
            if unit is None or part is None:
                break
            count = part
        months, days, seconds = (
            total + count * size for total, size in zip((months, days, seconds), unit, strict=True)
        )
        last = unit
    return _whole(months, days, seconds) if last else None


def _bare_part(tokens: Tokens) -> Fraction | None:
    """Read the 30 of ``1h30``, ``an hour thirty``: minutes behind hours, seconds behind minutes, no more."""
    start = tokens.at
    tokens.take("and")
    token = tokens.peek()
    if _PART.fullmatch(token) and tokens.peek(1) in _BEHIND:
        tokens.at += 1
        return Fraction(int(token))
    number = number_word(tokens)
    if number is not None and 10 <= number < 60 and tokens.peek() in _BEHIND:
        return Fraction(number)
    tokens.at = start
    return None


def _whole(months: Fraction, days: Fraction, seconds: Fraction) -> Duration | None:
    if months.denominator != 1:
        return None
    seconds += days % 1 * 24 * 3600
    return Duration(int(months), int(days), int(seconds))


def military(tokens: Tokens) -> tuple[int, int] | None:
    """Return the hour and minute that ``1400 hours`` and ``0930h`` may also be, without stepping over them."""
    token = tokens.peek()
    if is_digits(token) and len(token) == 4 and UNITS.get(tokens.peek(1)) == _HOUR:
        hour, minute = int(token[:2]), int(token[2:])
        return (hour, minute) if hour < 24 and minute < 60 else None
    return None
