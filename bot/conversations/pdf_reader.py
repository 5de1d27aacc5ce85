"""Reads a PDF page by page; what was read counts if it is ended.

``python -m bot.conversations.pdf_reader``, from standard input to standard output.
"""

import io
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from pypdf import PdfReader

from bot.conversations.parsers import serve
from bot.conversations.pdf import Line

PAGES: Final = 300
PAGE_LIMIT: Final = 200_000  # characters


def lines(data: bytes) -> Iterator[Line]:
    """Yield the pages of a PDF. A page that cannot be read is empty."""
    try:
        reader = PdfReader(io.BytesIO(data))
        # Many files may only not be printed or copied, and open with an empty password.
        if reader.is_encrypted and not _opens(reader):
            yield Line(problem="encrypted")
            return
        count = len(reader.pages)
    except Exception:  # a damaged file may raise anything
        yield Line(problem="damaged")
        return
    yield Line(pages=count)
    for at in range(min(count, PAGES)):
        yield Line(text=_text(reader, at))


def _opens(reader: PdfReader) -> bool:
    try:
        return bool(reader.decrypt(""))
    except Exception:  # AES needs a library that is not here
        return False


def _text(reader: PdfReader, at: int) -> str:
    with suppress(Exception):
        return reader.pages[at].extract_text()[:PAGE_LIMIT].strip()
    return ""


if __name__ == "__main__":
    serve(lines)
