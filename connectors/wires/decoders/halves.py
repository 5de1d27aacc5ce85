"""Characters in two pieces: half a surrogate pair, or some of the bytes of one character."""

import codecs
import re
from typing import Final

# A byte that is no UTF-8 by itself becomes one of these until its neighbours come. They are private
# code points, as a lone surrogate, Python's choice, may be the second half of an emoji.
_FIRST_MARK: Final = 0x10FF00
_ESCAPED = re.compile("[\udc80-\udcff]")
_MARKS = re.compile("[\U0010ff80-\U0010ffff]+")
_LAST_MARKS = re.compile("[\U0010ff80-\U0010ffff]+\\Z")
_FIRST_HALF = re.compile("[\ud800-\udbff]\\Z")
_utf8_decoder = codecs.getincrementaldecoder("utf-8")


def decode_marked(raw: bytes) -> str:
    """Return the text of UTF-8, with a mark for each byte that is no UTF-8."""
    text = raw.decode("utf-8", "surrogateescape")
    return _ESCAPED.sub(lambda byte: chr(_FIRST_MARK + ord(byte[0]) - 0xDC00), text)


def mended(text: str) -> str:
    """Return text with halves joined, and U+FFFD for those that stay alone."""
    text = _MARKS.sub(_unmarked, text)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class Joiner:
    """Joins the pieces of a text; the beginning of a character is held until its rest comes."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> str:
        """Return the whole characters."""
        text = self._held + piece
        cut = len(text) - _unfinished(text)
        self._held = text[cut:]
        return mended(text[:cut])

    def finish(self) -> str:
        held, self._held = self._held, ""
        return mended(held)


def _unfinished(text: str) -> int:
    """Return the number of characters at the end that begin another one."""
    marks = _LAST_MARKS.search(text[-3:])  # of four bytes, three can be the beginning
    if marks is None:
        return 1 if _FIRST_HALF.search(text) else 0
    decoder = _utf8_decoder("replace")
    decoder.decode(_bytes_of(marks))
    return len(decoder.getstate()[0])


def _unmarked(marks: re.Match[str]) -> str:
    return _bytes_of(marks).decode("utf-8", "replace")


def _bytes_of(marks: re.Match[str]) -> bytes:
    return bytes(ord(mark) - _FIRST_MARK for mark in marks[0])
