"""The cursor that the rules of the grammar move over a phrase."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from bot.times.phrase import Phrase

Value = TypeVar("Value")


class Reader:
    """The tokens of a text, how far they are read, and what they say so far.

    A rule steps over its tokens and sets its fields, or returns False. ``ends[n]`` is where in the
    text token n - 1 ends.
    """

    def __init__(self, text: str, words: list[str], ends: list[int], phrase: Phrase) -> None:
        self.text = text
        self.words = words
        self.ends = ends
        self.phrase = phrase
        self.at = 0
        # Behind "in" or before "from now": a delay that may have a time beside it.
        self.is_marked = False

    def peek(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self.words[at] if at < len(self.words) else ""

    def take(self, *words: str) -> bool:
        """Step over these words if they are next."""
        # Nearly always the first word differs.
        if self.peek() != words[0]:
            return False
        if tuple(self.words[self.at : self.at + len(words)]) != words:
            return False
        self.at += len(words)
        return True

    def take_one(self, *words: str) -> str:
        """Step over the one of these words that is next and return it, or an empty string."""
        word = self.peek()
        if word not in words:
            return ""
        self.at += bool(word)
        return word

    def take_from(self, table: Mapping[str, Value]) -> Value | None:
        value = table.get(self.peek())
        self.at += value is not None
        return value

    def take_words(self, table: Mapping[tuple[str, ...], Value]) -> Value | None:
        """Step over the first entry of a table that is next, and return its value."""
        first = self.peek()
        for words, value in table.items():
            if words[0] == first and self.take(*words):
                return value
        return None

    def behind(self, word: str, rule: Callable[[Reader], Value | None]) -> Value | None:
        """Return what a rule reads behind a word, which may be missing; else step over neither."""
        start = self.at
        self.take(word)
        value = rule(self)
        if value is None:
            self.at = start
        return value

    def take_match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.fullmatch(self.peek())
        self.at += found is not None
        return found

    def tries(self, rules: Iterable[Callable[[Reader], bool]]) -> bool:
        """Apply the first of these rules that reads what is next."""
        start = self.at
        for rule in rules:
            self.at = start
            if rule(self):
                return True
        return False

    def sets(self, **fields: object) -> bool:
        """Set fields of the phrase; False where one of them is set already."""
        if any(getattr(self.phrase, name) is not None for name in fields):
            return False
        for name, value in fields.items():
            setattr(self.phrase, name, value)
        return True

    def instead(self, start: int, *choices: str, at: str = "") -> list[str]:
        """Return the text with each choice in the place of what is read from ``start`` on.

        ``at`` is the time of day to add where nothing follows.
        """
        before, behind = self.text[: self.ends[start]], self.text[self.ends[self.at] :]
        tail = behind if behind.strip() else at
        return [f"{before.rstrip()} {choice}{tail}".strip() for choice in choices]
