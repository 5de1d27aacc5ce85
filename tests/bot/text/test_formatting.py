from bot.text.formatting import counted, excerpt, on_one_line
from tests.rows import each


@each(
    "name, shown",
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


@each("code", [0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
def test_a_line_of_a_list_cannot_be_turned_around(code: int) -> None:
    assert excerpt(f"pay{chr(code)} 100", 90) == "pay 100"


def test_letters_that_are_written_from_right_to_left_stay() -> None:
    assert excerpt("\u05e9\u05dc\u05d5\u05dd", 90) == "\u05e9\u05dc\u05d5\u05dd"


def test_a_text_that_is_too_long_ends_with_an_ellipsis() -> None:
    assert excerpt("one\ntwo", 7) == "one two"
    assert excerpt("one\ntwo", 6) == "one t…"
