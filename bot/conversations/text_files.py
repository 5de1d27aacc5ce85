"""The text of a file, whatever its encoding; pure."""

import codecs
from typing import Final, NamedTuple

# UTF-32's mark begins with UTF-16's.
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


_BROKEN: Final = "\ufffd"


class Decoded(NamedTuple):
    """A text with line feeds only; ``is_guess`` if its encoding is not certain."""

    text: str
    is_guess: bool = False


def decode(data: bytes) -> Decoded:
    """Return the text of a file that is no binary: by its mark, as UTF-8, or by a guess."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return Decoded(_plain(data[len(mark) :].decode(encoding, errors="replace")))
    try:
        return Decoded(_plain(data.decode()))
    except UnicodeDecodeError:
        return Decoded(_plain(_guessed(data)), is_guess=True)


def _guessed(data: bytes) -> str:
    """Return damaged UTF-8, such as a log that was cut, or else Windows-1252, as of old files."""
    text = data.decode(errors="replace")
    broken = text.count(_BROKEN)
    whole = len(text) - len(text.encode("ascii", errors="ignore")) - broken
    return text if whole > broken else data.decode("cp1252", errors="replace")


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
