"""Text in units that a person sees as one character; pure."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import regex


def graphemes(text: str, whole: str = "") -> Iterator[regex.Match[str]]:
    r"""Yield a match for each grapheme cluster.

    What the pattern ``whole`` matches counts as one, such as ``<:\w+:\d+>``.
    """
    return _pattern(rf"{whole}|\X" if whole else r"\X").finditer(text)


@cache
def _pattern(pattern: str) -> regex.Pattern[str]:
    # Imported here: it takes 2 MiB, and only a long text needs it.
    import regex

    return regex.compile(pattern)
