import pytest

from bot.conversations.pdf import Line
from bot.conversations.pdf_reader import PAGES, lines
from tests.bot.conversations.papers import bomb, encrypted, locked, pdf_of


def texts_in(data: bytes) -> list[str]:
    first, *pages = lines(data)
    assert first.pages == len(pages)
    return [page.text for page in pages]


def test_each_page_has_its_text() -> None:
    assert texts_in(pdf_of("First", "", "Third")) == ["First", "", "Third"]


def test_a_file_that_may_only_not_be_printed_is_read() -> None:
    assert texts_in(locked(pdf_of("Open"), "")) == ["Open"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (locked(pdf_of("Secret"), "a password"), "encrypted"),
        (encrypted(pdf_of("Secret"), 128), "cipher"),
        (encrypted(pdf_of("Secret"), 256), "cipher"),
        (b"%PDF-1.7\nnothing more", "damaged"),
        (b"", "damaged"),
        (b"%PDF-1.4\ntrailer\n<< /Root 1 0 R >>\nstartxref\n0\n%%EOF", "damaged"),
    ],
)
def test_what_cannot_be_read_is_named(data: bytes, problem: str) -> None:
    assert list(lines(data)) == [Line(problem=problem)]


def test_a_page_that_cannot_be_read_is_empty() -> None:
    broken = pdf_of("First", "Second").replace(b"(Second) Tj", b"<<<< ][ Tj ")
    assert texts_in(broken)[0] == "First"


def test_a_stream_that_unpacks_without_end_is_a_page_without_text() -> None:
    assert texts_in(bomb()) == [""]


def test_only_the_first_pages_are_read() -> None:
    first, *pages = lines(pdf_of(*[""] * (PAGES + 5)))
    assert (first.pages, len(pages)) == (PAGES + 5, PAGES)
