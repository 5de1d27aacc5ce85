import io
import zipfile

from bot.conversations.file_kinds import Kind, kind_of
from tests.rows import each

ZIP = io.BytesIO()
with zipfile.ZipFile(ZIP, "w") as archive:
    archive.writestr("a.png", "no picture")
DOCX = io.BytesIO()
with zipfile.ZipFile(DOCX, "w") as archive:
    archive.writestr("[Content_Types].xml", "<Types/>")
ODT = io.BytesIO()
with zipfile.ZipFile(ODT, "w") as archive:
    archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")


@each(
    "data, kind",
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Kind.IMAGE),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", Kind.IMAGE),
        (b"GIF89a\1\0\1\0", Kind.IMAGE),
        (b"RIFF\x24\0\0\0WEBPVP8 \0", Kind.IMAGE),
        (b"\0\0\0\x20ftypavif\0\0\0\0avifmif1", Kind.IMAGE),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", Kind.IMAGE),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", Kind.OTHER_IMAGE),
        (b"II*\0\x08\0\0\0", Kind.IMAGE),
        (b"BM\x36\0\x0c\0", Kind.IMAGE),
        (b"\0\0\0\x0cjP  \r\n\x87\n", Kind.OTHER_IMAGE),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", Kind.PDF),
        (b"\r\n\r\n%PDF-1.4\n", Kind.PDF),
        (b"junk before it %PDF-1.4\n\0", Kind.PDF),
        (b"A PDF begins with %PDF-1.4, says its standard.", Kind.TEXT),
        (ZIP.getvalue(), Kind.ARCHIVE),
        (b"\x1f\x8b\x08\0\0\0\0\0", Kind.ARCHIVE),
        (DOCX.getvalue(), Kind.OFFICE),
        (ODT.getvalue(), Kind.OFFICE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", Kind.OFFICE),
        (b"{\\rtf1\\ansi hello}", Kind.OFFICE),
        (b"OggS\0\x02\0\0", Kind.SOUND),
        (b"ID3\x03\0\0\0", Kind.SOUND),
        (b"RIFF\x24\0\0\0WAVEfmt ", Kind.SOUND),
        (b"\0\0\0\x18ftypmp42\0\0\0\0isom", Kind.SOUND),
        (b"\x1aE\xdf\xa3\x01\0\0", Kind.SOUND),
        (b"\x7fELF\2\1\1\0\0", Kind.BINARY),
        (b"MZ\x90\0\3\0", Kind.BINARY),
        (b"a\0b", Kind.BINARY),
        (bytes(range(1, 32)) * 9, Kind.BINARY),
        (b"print('hello')\n", Kind.TEXT),
        ("Größe".encode("utf-16"), Kind.TEXT),
        ("Größe".encode("utf-32"), Kind.TEXT),
        ("Größe".encode("cp1252"), Kind.TEXT),
        (b"\x1b[31mred\x1b[0m\n", Kind.TEXT),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Kind.TEXT),
        # Texts that begin as other files do.
        (b"BM is a bad name for a variable", Kind.TEXT),
        (b"BZh...", Kind.TEXT),
        (b"RIFFs of all kinds", Kind.TEXT),
        (b"softtyp", Kind.TEXT),
        (b"ID3 is a format of tags", Kind.TEXT),
        (b"GIF: how do you say it?", Kind.TEXT),
        (b"", Kind.TEXT),
    ],
)
def test_a_file_is_known_by_its_bytes(data: bytes, kind: Kind) -> None:
    assert kind_of(data) is kind
