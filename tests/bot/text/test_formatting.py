import pytest

from bot.text.formatting import counted, on_one_line


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("gpt-4o", "gpt-4o"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("\u2066a\u2069\u200f\u200eb\u061c", "ab"),
        ("two\r\nlines\u2028more", "two lines more"),
        ("tab\tand\x00null\x1b[31m", "tab andnull[31m"),
        ("half\ud800", "half"),
        ("👩\u200d🚀 José שלום", "👩\u200d🚀 José שלום"),
        ("", ""),
    ],
)
def test_a_name_is_one_line_that_turns_nothing_around(name: str, shown: str) -> None:
    assert on_one_line(name) == shown


def test_one_is_counted_in_the_singular() -> None:
    assert [counted(n, "message") for n in (0, 1, 2, 1200)] == [
        "0 messages",
        "1 message",
        "2 messages",
        "1,200 messages",
    ]
