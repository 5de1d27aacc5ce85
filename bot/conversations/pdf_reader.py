"""Reads a PDF from standard input and writes its text to standard output, page by page.

``python -m bot.conversations.pdf_reader``. A process of its own can be ended, whatever a file makes
the parser do; what it has written until then counts.
"""

import io
import logging
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO, Final

import msgspec
from pypdf import PdfReader

from bot.conversations.pdf import Line

PAGES: Final = 300
PAGE_LIMIT: Final = 200_000  # characters
MEMORY_BYTES: Final = 1 << 30


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


def main(source: BinaryIO, target: BinaryIO) -> None:
    for line in lines(source.read()):
        target.write(msgspec.json.encode(line) + b"\n")
        target.flush()  # what follows may never end


def _limit_memory() -> None:
    with suppress(ImportError, ValueError, OSError):  # Windows has no such limit
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


if __name__ == "__main__":
    logging.disable()  # pypdf tells of every oddity, and may quote the file
    _limit_memory()
    main(sys.stdin.buffer, sys.stdout.buffer)
