"""A phrase cut into tokens."""

import re
import unicodedata

from bot.times.grammar.synonyms import LONGEST_FROM, SYNONYMS
from bot.times.words import DAY_NUMBERS, MONTH_NUMBERS, UNITS, is_digits

# "1,5 hours" and ".5".
_DECIMAL = rf"\d{{1,4}},\d{{1,2}}(?=\s*(?:{'|'.join(UNITS)})\b)|(?<![\w.])\.\d{{1,2}}(?![\d.:])"
# A decimal, "12:30" or "31.3.2026", "europe/berlin", a word, or any other character.
_TOKEN = re.compile(rf"({_DECIMAL}|\d+(?:[.:/-]\d+)*|[a-z]+(?:/[a-z0-9_+-]+)+|[a-z]+|\S)", re.ASCII)
_ABBREVIATED = DAY_NUMBERS.keys() | MONTH_NUMBERS.keys() | UNITS.keys() | {"approx"}
_MARKS = str.maketrans("–—−’", "---'")  # noqa: RUF001 - dashes, minus sign, apostrophe

Token = tuple[str, int]  # a word, and where in the text it ends


def tokenize(text: str) -> tuple[list[str], list[int]]:
    """Return a text in the words of the grammar, and where in it each word ends, after a 0."""
    found = [(_number(token[0]), token.end()) for token in _TOKEN.finditer(_simple(text))]
    found = _without_dots(_with_halves(found))
    words: list[str] = []
    ends = [0]
    at = 0
    while at < len(found):
        grammar_words, size = _grammar_words(found, at)
        at += size
        end = found[at - 1][1]
        if grammar_words:
            words += grammar_words
            ends += [*[ends[-1]] * (len(grammar_words) - 1), end]
        elif words:
            ends[-1] = end
    return words, ends


def _grammar_words(found: list[Token], at: int) -> tuple[tuple[str, ...], int]:
    """Return the words of the grammar for the tokens at a place, and how many tokens these are."""
    word = found[at][0]
    for size in range(min(LONGEST_FROM.get(word, 0), len(found) - at), 0, -1):
        words = SYNONYMS.get(tuple(word for word, _ in found[at : at + size]))
        if words is not None:
            return words, size
    days = word.split("/")
    if len(days) > 1 and all(day in DAY_NUMBERS for day in days):
        return tuple(" , ".join(days).split()), 1
    return (word,), 1


def _number(token: str) -> str:
    """Return a token with the decimal point of Python: 1.5 for 1,5 and 0.5 for .5."""
    token = token.replace(",", ".") if len(token) > 1 else token
    return f"0{token}" if token.startswith(".") and len(token) > 1 else token


def _with_halves(found: list[Token]) -> list[Token]:
    """Return tokens with the "p" of ``5p`` as "pm", but not that of ``5p.m.``."""
    whole = list(found)
    for at in range(1, len(found)):
        (digits, middle), (letter, end) = found[at - 1], found[at]
        is_joined = letter in ("a", "p") and end == middle + 1 and digits[-1].isdecimal()
        if is_joined and (at + 1 == len(found) or found[at + 1][0] != "."):
            whole[at] = (f"{letter}m", end)
    return whole


def _without_dots(found: list[Token]) -> list[Token]:
    """Return tokens without the marks within ``Fri. 9``, ``24. December`` and ``24-Dec-2026``."""
    return [
        found[at]
        for at, (word, _) in enumerate(found)
        if not (word in (".", "-") and 0 < at < len(found) - 1 and _joins(word, found, at))
    ]


def _joins(mark: str, found: list[Token], at: int) -> bool:
    before, behind = found[at - 1][0], found[at + 1][0]
    if mark == "." and before in _ABBREVIATED:
        return True
    is_behind_month = mark == "-" and before in MONTH_NUMBERS and is_digits(behind)
    return is_behind_month or (is_digits(before) and behind in MONTH_NUMBERS)


def _simple(text: str) -> str:
    """Return text in lower case and without accents; each letter stays where it is."""
    return "".join(map(_simple_letter, text.translate(_MARKS)))


def _simple_letter(letter: str) -> str:
    lower = letter.lower()
    if letter.isascii():
        return lower
    base = unicodedata.normalize("NFD", lower)[:1]
    return base if base.isascii() and base.isalpha() else lower[:1]
