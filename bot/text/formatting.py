"""Names and other words of people, formatted for one line of our own text; pure."""

import unicodedata

from bot.text.links import without_masks

_KEPT = "\u200c\u200d"  # joiners, of which emoji and some scripts are made
_UNSEEN = ("Cc", "Cf", "Cs", "Co")


def on_one_line(text: str) -> str:
    """Return text without line breaks and invisible characters that reorder others."""
    folded = " ".join(text.split())
    if folded.isascii() and folded.isprintable():
        return folded
    return "".join(c for c in folded if c in _KEPT or unicodedata.category(c) not in _UNSEEN)


def counted(count: int, noun: str) -> str:
    """Return a number with its noun: "1 message", "1,200 messages"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def excerpt(text: str, limit: int) -> str:
    """Return the beginning of a text on one line, at most limit characters, and no masked link."""
    line = without_masks(on_one_line(text))
    return line if len(line) <= limit else line[: limit - 1] + "…"


def inline_code(text: str, limit: int = 100) -> str:
    """Return text as inline code on one line, or "" if nothing of it is visible."""
    shown = on_one_line(text.replace("`", "'"))[:limit]
    return f"`{shown}`" if shown else ""
