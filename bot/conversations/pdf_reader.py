"""Reads a PDF page by page; what was read counts if it is ended.

``python -m bot.conversations.pdf_reader``, from standard input to standard output.
"""

import io
from collections.abc import Iterator
from typing import Final

from pypdf import PdfReader
from pypdf.errors import DependencyError

from bot.conversations.parsers import serve
from bot.conversations.pdf import Line

PAGES: Final = 300
PAGE_LIMIT: Final = 200_000  # characters


def lines(data: bytes) -> Iterator[Line]:
    """Yield the pages of a PDF. A page that cannot be read is empty."""
    try:
        reader = PdfReader(io.BytesIO(data))
        # Many files may only not be printed or copied, and open with an empty password.
        if reader.is_encrypted and not reader.decrypt(""):
            yield Line(problem="encrypted")
            return
        count = len(reader.pages)
        if reader.is_encrypted and count:
            _text(reader, 0)
    except (DependencyError, NotImplementedError):  # AES needs a library that is not here
        yield Line(problem="cipher")
        return
    except Exception:  # a damaged file may raise anything
        yield Line(problem="damaged")
        return
    yield Line(pages=count)
    for at in range(min(count, PAGES)):
        yield Line(text=_text(reader, at))


def _text(reader: PdfReader, at: int) -> str:
    try:
        return reader.pages[at].extract_text()[:PAGE_LIMIT].strip()
    except DependencyError:
        raise
    except Exception:  # a damaged page may raise anything
        return ""


if __name__ == "__main__":
    serve(lines)
