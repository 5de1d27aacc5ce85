"""A phrase cut into tokens."""

import re
import unicodedata

from bot.times.synonyms import LONGEST, SYNONYMS
from bot.times.words import DAY_NUMBERS, MONTH_NUMBERS, UNITS

_DECIMAL = rf"\d{{1,4}},\d{{1,2}}(?=\s*(?:{'|'.join(UNITS)})\b)|(?<![\w.])\.\d{{1,2}}(?![\d.:])"
_TOKEN = re.compile(
    rf"({_DECIMAL}|\d+(?:[.:/-]\d+)*|[a-z]+(?:/[a-z0-9_+-]+)+|[a-z]+|\S)", re.ASCII
)  # 1,5 of hours · .5 · 12:30 31.3.2026 · europe/berlin · words · anything else by itself
_ABBREVIATED = DAY_NUMBERS.keys() | MONTH_NUMBERS.keys() | UNITS.keys() | {"approx"}
_MARKS = str.maketrans("–—−’", "---'")  # noqa: RUF001 - dashes, minus sign, apostrophe


class PhraseError(Exception):
    """The phrase cannot be meant so: a reason in words, where there is one, and what to write instead."""

    def __init__(self, reason: str = "", *suggestions: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.suggestions = suggestions


class Tokens:
    """The tokens of a text, in the words that the grammar knows, and how far they are read."""

    def __init__(self, text: str) -> None:
        self.words: list[str] = []
        self.ends = [0]  # where in the text each token begins, and the last one ends
        self.at = 0
        found = [(_number(token[0]), token.end()) for token in _TOKEN.finditer(_simple(text))]
        found = _without_dots(_with_halves(found))
        at = 0
        while at < len(found):
            at = self._add(found, at)

    def _add(self, found: list[tuple[str, int]], at: int) -> int:
        """Append what stands at some place of the text; return the place behind it."""
        for size in range(min(LONGEST, len(found) - at), 0, -1):
            words = SYNONYMS.get(tuple(word for word, _ in found[at : at + size]))
            if words is not None:
                return self._append(words, found[at + size - 1][1], at + size)
        word, end = found[at]
        days = word.split("/")
        if len(days) > 1 and all(day in DAY_NUMBERS for day in days):
            return self._append(tuple(", ".join(days).replace(",", " ,").split()), end, at + 1)
        return self._append((word,), end, at + 1)

    def _append(self, words: tuple[str, ...], end: int, behind: int) -> int:
        if words:
            self.words += words
            self.ends += [*[self.ends[-1]] * (len(words) - 1), end]
        elif self.words:
            self.ends[-1] = end
        return behind

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
        self.at += bool(word)
        return word

    def take_from(self, table: dict[str, int]) -> int | None:
        value = table.get(self.peek())
        self.at += value is not None
        return value

    def take_match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.fullmatch(self.peek())
        self.at += found is not None
        return found


def _number(token: str) -> str:
    """Return a token with the point that Python has in a number: 1.5 for 1,5, and 0.5 for .5."""
    token = token.replace(",", ".") if len(token) > 1 else token
    return f"0{token}" if token.startswith(".") and len(token) > 1 else token


def _with_halves(found: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return tokens with the "p" of ``5p`` as "pm", but for that of ``5p.m.``."""
    whole = list(found)
    for at in range(1, len(found)):
        (digits, middle), (letter, end) = found[at - 1], found[at]
        is_joined = letter in ("a", "p") and end == middle + 1 and digits[-1].isdecimal()
        if is_joined and (at + 1 == len(found) or found[at + 1][0] != "."):
            whole[at] = (f"{letter}m", end)
    return whole


def _without_dots(found: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return tokens without the marks of ``Fri.``, ``24. December``, ``24-Dec-2026``, but with a last dot."""
    return [
        found[at]
        for at, (word, _) in enumerate(found)
        if not (word in (".", "-") and 0 < at < len(found) - 1 and _joins(word, found, at))
    ]


def _joins(mark: str, found: list[tuple[str, int]], at: int) -> bool:
    before, behind = found[at - 1][0], found[at + 1][0]
    if mark == "." and before in _ABBREVIATED:
        return True
    is_behind_month = mark == "-" and before in MONTH_NUMBERS and is_digits(behind)
    return is_behind_month or (is_digits(before) and behind in MONTH_NUMBERS)


def is_digits(token: str) -> bool:
    """Return whether a token is a whole number: str.isdigit also says so of ² and of Arabic digits."""
    return token.isascii() and token.isdigit()


def _simple(text: str) -> str:
    """Return text in lower case and without accents; each letter stays where it is."""
    return "".join(map(_simple_letter, text.translate(_MARKS)))


def _simple_letter(letter: str) -> str:
    lower = letter.lower()
    if letter.isascii():
        return lower
    base = unicodedata.normalize("NFD", lower)[:1]
    return base if base.isascii() and base.isalpha() else lower[:1]
