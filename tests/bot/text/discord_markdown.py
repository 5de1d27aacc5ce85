"""Reads a message as Discord shows it: each word of it, and what that word looks like."""

import re
from collections.abc import Iterator

Word = tuple[str, frozenset[str]]

_WORD = re.compile(r"\w+")
_BLOCK = re.compile(r"```(?:([a-z0-9_+\-.#]+?)\n)?\n*([^\n][\s\S]*?)\n*```", re.IGNORECASE)
_QUOTE_ALL = re.compile(r">>> ([\s\S]*)")
_QUOTE = re.compile(r"(?:> [^\n]*(?:\n|\Z))+")
_HEADING = re.compile(r"(#{1,3}|-#) +([^\n]+)")
_LINK = re.compile(
    r"\[((?:\[[^\[\]]*\]|[^\[\]])+)\]\((https?://[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)\)"
)
_URL = re.compile(r"https?://[^\s<|*]+")
_INLINE = (
    ("code", re.compile(r"(`+)([\s\S]*?[^`])\1(?!`)"), 2),
    ("spoiler", re.compile(r"\|\|([\s\S]+?)\|\|"), 1),
    ("bold", re.compile(r"\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)"), 1),
    ("underline", re.compile(r"__((?:\\[\s\S]|[^\\])+?)__(?!_)"), 1),
    ("strike", re.compile(r"~~([\s\S]+?)~~"), 1),
    (
        "italic",
        re.compile(r"\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)"),
        1,
    ),
    ("italic", re.compile(r"\b_((?:__|\\[\s\S]|[^\\_])+?)_\b"), 1),
)


def words(text: str) -> list[Word]:
    """Return each word that is shown, in order, with what it looks like.

    A link's address is part of its look.
    """
    return list(_read(text, frozenset()))


def _read(text: str, look: frozenset[str], *, is_line_start: bool = True) -> Iterator[Word]:
    at = 0
    while at < len(text):
        if is_line_start and (found := _at_line_start(text, at, look)):
            yield from found[0]
            at = found[1]
        elif text[at] == "\\":
            at += 2
        elif found := _special(text, at, look):
            yield from found[0]
            at = found[1]
        elif word := _WORD.match(text, at):
            yield word[0], look
            at = word.end()
        else:
            at += 1
        is_line_start = text[at - 1 : at] == "\n"


def _at_line_start(text: str, at: int, look: frozenset[str]) -> tuple[list[Word], int] | None:
    if "quote" not in look and (found := _QUOTE_ALL.match(text, at)):
        return list(_read(found[1], look | {"quote"})), found.end()
    if "quote" not in look and (found := _QUOTE.match(text, at)):
        inner = re.sub(r"^> ", "", found[0], flags=re.MULTILINE)
        return list(_read(inner, look | {"quote"})), found.end()
    if found := _HEADING.match(text, at):
        return list(_read(found[2], look | {found[1]}, is_line_start=False)), found.end()
    return None


def _special(text: str, at: int, look: frozenset[str]) -> tuple[list[Word], int] | None:
    if found := _BLOCK.match(text, at):
        shown = look | {f"block {found[1] or ''}"}
        return [(word, shown) for word in _WORD.findall(found[2])], found.end()
    if found := _LINK.match(text, at):
        return list(_read(found[1], look | {found[2]}, is_line_start=False)), found.end()
    if found := _URL.match(text, at):
        return [(found[0], look)], found.end()
    for name, pattern, group in _INLINE:
        found = pattern.match(text, at)
        if found and name == "code":
            return [(word, look | {name}) for word in _WORD.findall(found[group])], found.end()
        if found and name not in look:
            return list(_read(found[group], look | {name}, is_line_start=False)), found.end()
    return None
