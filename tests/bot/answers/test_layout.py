import pytest

from bot.answers.controls import Control, row
from bot.answers.layout import Ending, Rung, lay_out

LEAD = "> **alice:** hi\n"


def test_lay_out_puts_the_buttons_under_the_last_message_only() -> None:
    parts = lay_out("word " * 900, Ending("-# done", row("0f", Control.AGAIN)))
    assert [bool(part.body.components) for part in parts] == [False, False, True]
    assert parts[-1].body.content.endswith("\n-# done")


def test_lay_out_moves_a_footer_that_does_not_fit_into_a_message_of_its_own() -> None:
    parts = lay_out("x" * 1995, Ending("-# done"))
    assert [part.body.content for part in parts] == ["x" * 1995, "-# done"]


def test_lay_out_counts_a_long_text_while_it_grows_and_attaches_it_at_the_end() -> None:
    book = "word " * 3000
    growing, ended = lay_out(book, None), lay_out(book, Ending("-# done"))
    assert len(growing) == len(ended) == 5
    assert growing[:4] == ended[:4]
    assert growing[4].body.content.startswith("-# Still writing: 15,000 characters so far.")
    assert growing[4].body.file is None
    assert ended[4].body.file is not None
    assert ended[4].body.file.data.decode() == book


def test_an_ending_without_a_text_is_one_message() -> None:
    assert [p.body.content for p in lay_out("", Ending("⚠️ no"))] == ["⚠️ no"]


def test_what_stands_above_the_text_counts_for_the_limit_and_not_for_the_offsets() -> None:
    text = "word " * 600
    parts = lay_out(text, None, lead=LEAD)
    assert all(len(part.body.content) <= 2000 for part in parts)
    assert parts[0].body.content.startswith(LEAD + "word")
    assert parts[0].body.content.removeprefix(LEAD) == text[: parts[0].end].rstrip()
    assert parts[-1].end == len(text)


def test_line_breaks_before_the_text_leave_no_gap() -> None:
    (part,) = lay_out("\n\nHello.", None, lead=LEAD)
    assert (part.body.content, part.end) == (LEAD + "Hello.", 8)


FORMS = {
    Rung.NO_LINKS: (LEAD + "See a·bc now.\n-# by x·yz", None),
    Rung.FILE: (
        LEAD + "-# Discord refuses to show the answer, so it is in this file.\n-# by x·yz",
        b"See https://a.bc now.",
    ),
    Rung.ONLY_FILE: (
        "-# Discord refuses to show the answer, so it is in this file.",
        b"See https://a.bc now.",
    ),
    Rung.NOTHING: ("-# Discord refuses to show the answer.", None),
}


@pytest.mark.parametrize("rung", FORMS)
def test_the_forms_of_a_refused_message(rung: Rung) -> None:
    ending = Ending("-# by x.yz", row("0f", Control.AGAIN))
    (part,) = lay_out("See https://a.bc now.", ending, lead=LEAD, rungs={0: rung})
    content, data = FORMS[rung]
    assert part.body.content == content
    assert (part.body.file.data if part.body.file else None) == data
    assert part.body.components == ending.components


def test_a_refused_message_has_no_file_while_it_grows() -> None:
    stop = row("0f", Control.STOP)
    (part,) = lay_out("See", None, stop, lead=LEAD, rungs={0: Rung.FILE})
    assert part.body.content == "-# Discord refuses to show the answer. It will be in a file."
    assert (part.body.file, part.body.components) == (None, stop)
