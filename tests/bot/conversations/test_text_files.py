import codecs

from bot.conversations.text_files import decode
from tests.rows import each

TEXT = "Größe: 3 €\n日本語 🍳\n"


@each(
    "data",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
    ],
)
def test_the_text_is_the_same_in_each_encoding(data: bytes) -> None:
    assert decode(data) == (TEXT, False)


def test_an_encoding_without_a_mark_is_guessed() -> None:
    assert decode("Größe: 3 €\n".encode("cp1252")) == ("Größe: 3 €\n", True)


def test_utf8_with_a_broken_end_stays_utf8() -> None:
    assert decode(TEXT.encode()[:-3]) == (TEXT[:-2] + "\ufffd", True)
    assert decode(b"\xff" + TEXT.encode()).text == "\ufffd" + TEXT


def test_no_byte_makes_it_fail() -> None:
    assert decode(b"\x81\x8d\x8f").is_guess
    assert decode(codecs.BOM_UTF16_LE + b"a").text == "\ufffd"
    assert decode(codecs.BOM_UTF8 + b"\xff").text == "\ufffd"
