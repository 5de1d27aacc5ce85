"""The kind of a file, by its first bytes: names and content types lie; pure."""

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """The way to read a file, or the reason why it is not read."""

    IMAGE = "image"
    PDF = "PDF"
    TEXT = "text"
    OTHER_IMAGE = "other image"
    OFFICE = "office"
    ARCHIVE = "archive"
    SOUND = "sound"
    BINARY = "binary"


PDF: Final = b"%PDF-"
HEAD: Final = 1024  # readers accept so many bytes before the mark of a PDF
_FTYP: Final = b"ftyp"
_BEGINNINGS: Final = (
    (b"\x89PNG\r\n\x1a\n", Kind.IMAGE),
    (b"\xff\xd8\xff", Kind.IMAGE),
    (b"II*\0", Kind.IMAGE),
    (b"MM\0*", Kind.IMAGE),
    (b"\0\0\0\x0cjP  ", Kind.OTHER_IMAGE),
    (b"\0\0\0\x0cJXL ", Kind.OTHER_IMAGE),
    (b"\xff\x0a", Kind.OTHER_IMAGE),
    (b"\0\0\1\0", Kind.OTHER_IMAGE),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind.OFFICE),
    (b"{\\rtf", Kind.OFFICE),
    (b"PK\3\4", Kind.ARCHIVE),
    (b"PK\5\6", Kind.ARCHIVE),
    (b"\x1f\x8b", Kind.ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", Kind.ARCHIVE),
    (b"Rar!\x1a\7", Kind.ARCHIVE),
    (b"\xfd7zXZ\0", Kind.ARCHIVE),
    (b"\x28\xb5\x2f\xfd", Kind.ARCHIVE),
    (b"\xff\xfb", Kind.SOUND),
    (b"\xff\xf3", Kind.SOUND),
    (b"\xff\xf1", Kind.SOUND),
    (b"\x1aE\xdf\xa3", Kind.SOUND),
    (b"\0\0\1\xba", Kind.SOUND),
)
# A text may begin with these, too: then no NUL follows.
_WORDS: Final = (
    (b"GIF87a", Kind.IMAGE),
    (b"GIF89a", Kind.IMAGE),
    (b"BM", Kind.IMAGE),
    (b"8BPS", Kind.OTHER_IMAGE),
    (b"BZh", Kind.ARCHIVE),
    (b"OggS", Kind.SOUND),
    (b"ID3", Kind.SOUND),
    (b"fLaC", Kind.SOUND),
)
_RIFF: Final = {b"WEBP": Kind.IMAGE, b"WAVE": Kind.SOUND, b"AVI ": Kind.SOUND}
_AVIF: Final = (b"avif", b"avis")
_HEIF: Final = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
# What a zip begins with if a word processor, a spreadsheet or a presentation wrote it.
_IN_OFFICE: Final = (b"[Content_Types].xml", b"_rels/", b"word/", b"xl/", b"ppt/", b"docProps/")
_OPEN_DOCUMENT: Final = b"mimetypeapplication/vnd.oasis"


def kind_of(data: bytes) -> Kind:
    """Return what a file is; TEXT for all that may be one."""
    head = data[:HEAD]
    is_text = b"\0" not in head
    marks = _BEGINNINGS if is_text else (*_BEGINNINGS, *_WORDS)
    by_mark = next((kind for mark, kind in marks if head.startswith(mark)), None)
    found = by_mark if is_text else by_mark or _by_container(head)
    if found is Kind.ARCHIVE and _is_office(head):
        return Kind.OFFICE
    if found is not None:
        return found
    if head.lstrip().startswith(PDF):
        return Kind.PDF
    if not is_binary(data):
        return Kind.TEXT
    return Kind.PDF if PDF in head else Kind.BINARY


def is_binary(data: bytes) -> bool:
    """Return whether a file is no text: it holds NUL, or a tenth of it are control characters."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # UTF-16 and UTF-32 are full of NUL
        return False
    controls = len(data) - len(data.translate(None, _CONTROLS))
    return b"\0" in data or controls * 10 > len(data)


def _by_container(data: bytes) -> Kind | None:
    if data.startswith(b"RIFF"):
        return _RIFF.get(data[8:12])
    if data[4:8] != _FTYP:
        return None
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, 64, 4))]
    if any(brand in _AVIF for brand in brands):
        return Kind.IMAGE
    return Kind.OTHER_IMAGE if any(brand in _HEIF for brand in brands) else Kind.SOUND


def _is_office(data: bytes) -> bool:
    name = data[30:80]
    return name.startswith((*_IN_OFFICE, _OPEN_DOCUMENT))


_CONTROLS: Final = bytes(b for b in range(32) if b not in b"\t\n\r\f\b\x1b") + b"\x7f"
