"""A phrase cut into tokens, and the lengths of time among them."""

import re
from dataclasses import dataclass
from fractions import Fraction

from bot.schedules.words import NUMBERS, UNITS

_TOKEN = re.compile(
    r"(\d+(?:[.:/-]\d+)*|[a-z]+(?:/[a-z0-9_+-]+)+|[a-z]+|\S)", re.ASCII
)  # 12:30 31.3.2026 · europe/berlin · words · anything else by itself
_AMOUNT = re.compile(r"\d{1,9}(?:\.\d{1,3})?", re.ASCII)
_COUNT_WORDS = tuple(
    (tuple(words.split()), value)
    for words, value in (
        ("half an", Fraction(1, 2)),
        ("half a", Fraction(1, 2)),
        ("half", Fraction(1, 2)),
        ("a quarter of an", Fraction(1, 4)),
        ("quarter of an", Fraction(1, 4)),
        ("a couple of", Fraction(2)),
        ("an", Fraction(1)),
        ("a", Fraction(1)),
    )
)


class Refused(Exception):
    """The phrase cannot be meant so: a reason in words, where there is one, and what to write instead."""

    def __init__(self, reason: str = "", *suggestions: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.suggestions = suggestions


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: months, days and seconds, since none is a number of another."""

    months: int = 0
    days: int = 0
    seconds: int = 0


class Tokens:
    """The tokens of a text, and how far they are read."""

    def __init__(self, text: str) -> None:
        found = list(_TOKEN.finditer(text.lower()))
        self.words = [token[0] for token in found]
        self.ends = [0, *(token.end() for token in found)]
        self.at = 0

    def peek(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self.words[at] if at < len(self.words) else ""

    def take(self, *words: str) -> bool:
        """Step over these words, if they are next."""
        if self.peek() != words[0]:  # nearly always
            return False
        if tuple(self.words[self.at : self.at + len(words)]) != words:
            return False
        self.at += len(words)
        return True

    def take_one(self, *words: str) -> str:
        """Step over the one of these words that is next, or give an empty string."""
        word = self.peek()
        if word not in words:
            return ""
        self.at += 1
        return word

    def take_from(self, table: dict[str, int]) -> int | None:
        value = table.get(self.peek())
        self.at += value is not None
        return value

    def take_match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.fullmatch(self.peek())
        self.at += found is not None
        return found


def amount(tokens: Tokens) -> Fraction | None:
    """Read ``10``, ``1.5``, ``an``, ``ten``, ``half an``, ``a couple of``, ``two and a half``."""
    for words, value in _COUNT_WORDS:
        if tokens.take(*words):
            return value
    found = tokens.take_match(_AMOUNT)
    if found:
        value = Fraction(found[0])
    else:
        number = number_word(tokens)
        if number is None:
            return None
        value = Fraction(number)
    return value + Fraction(1, 2) if tokens.take("and", "a", "half") else value


def number_word(tokens: Tokens) -> int | None:
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


def span(tokens: Tokens) -> Span | None:
    """Read amounts with their units, the larger ones first, each once."""
    months = days = seconds = Fraction(0)
    last: tuple[int, int, int] | None = None
    while True:
        start = tokens.at
        if last:
            tokens.take_one(",", "and")
        count = amount(tokens)
        unit = UNITS.get(tokens.peek()) if count is not None else None
        if count is None or unit is None or (last and unit >= last):
            tokens.at = start
            break
        tokens.at += 1
        if tokens.take("and", "a", "half"):
            count += Fraction(1, 2)
        months, days, seconds = (
            total + count * size for total, size in zip((months, days, seconds), unit, strict=True)
        )
        last = unit
    if last is None or months.denominator != 1:
        return None
    seconds += days % 1 * 24 * 3600
    return Span(int(months), int(days), int(seconds))
