"""Pure: names and other words of theirs, as one line in a text of ours."""

import unicodedata

_KEPT = "\u200c\u200d"  # joiners, of which emoji and some scripts are made
_UNSEEN = ("Cc", "Cf", "Cs", "Co")


def on_one_line(text: str) -> str:
    """Return text without line breaks, and without what is not seen but turns the letters around it."""
    folded = " ".join(text.split())
    if folded.isascii() and folded.isprintable():
        return folded
    return "".join(c for c in folded if c in _KEPT or unicodedata.category(c) not in _UNSEEN)


def counted(count: int, noun: str) -> str:
    """Return a number and what there are so many of: "1 message", "1,200 messages"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def excerpt(text: str, limit: int) -> str:
    """Return the beginning of a text on one line, at most limit characters."""
    line = on_one_line(text)
    return line if len(line) <= limit else line[: limit - 1] + "…"


def inline_code(text: str, limit: int = 100) -> str:
    """Return text as inline code on one line, harmless whatever it holds; "" where nothing of it is seen."""
    shown = on_one_line(text.replace("`", "'"))[:limit]
    return f"`{shown}`" if shown else ""
