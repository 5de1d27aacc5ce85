import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answers.buttons import Button, button_row
from bot.answers.layout import Ending, Form, lay_out, milder_form
from tests.bot.text.masked_links import HALVES, masked

LEAD = "> **alice:** hi\n"


def test_lay_out_puts_the_buttons_under_the_last_message_only() -> None:
    parts = lay_out("word " * 900, Ending("-# done", button_row("0f", Button.AGAIN)))
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
    assert growing[4].body.files == ()
    [file] = ended[4].body.files
    assert file.data.decode() == book


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
    Form.NO_LINKS: (LEAD + "See a·bc now.\n-# by x·yz", None),
    Form.NO_HEADING: ("See https://a.bc now.\n-# by x.yz", None),
    Form.FILE: (
        LEAD + "-# Discord refuses to show the answer, so it is in this file.\n-# by x·yz",
        b"See https://a.bc now.",
    ),
    Form.ONLY_FILE: (
        "-# Discord refuses to show the answer, so it is in this file.",
        b"See https://a.bc now.",
    ),
    Form.NOTHING: ("-# Discord refuses to show the answer.", None),
    Form.BARE_FILE: (
        "-# Discord refuses to show the answer, so it is in this file.",
        b"See https://a.bc now.",
    ),
    Form.BARE: ("-# Discord refuses to show the answer.", None),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_forms_of_a_refused_message(form: Form) -> None:
    ending = Ending("-# by x.yz", button_row("0f", Button.AGAIN))
    (part,) = lay_out("See https://a.bc now.", ending, lead=LEAD, forms={0: form})
    content, data = FORMS[form]
    assert part.body.content == content
    assert [file.data for file in part.body.files] == ([data] if data is not None else [])
    assert part.body.components == (ending.components if form < Form.BARE_FILE else ())


def test_a_form_that_would_change_nothing_is_passed_over() -> None:
    assert milder_form(Form.WHOLE, "See https://a.bc.", LEAD) is Form.NO_LINKS
    assert milder_form(Form.WHOLE, "See.", LEAD) is Form.NO_HEADING
    assert milder_form(Form.NO_LINKS, "See a·bc.", "") is Form.FILE
    assert milder_form(Form.WHOLE, "See.", "") is Form.FILE


def test_a_refused_answer_that_goes_on_in_a_code_block_keeps_its_opening_out_of_what_is_said() -> (
    None
):
    (part,) = lay_out("x = 1\n```", Ending("-# done"), opened="```py\n", forms={0: Form.FILE})
    assert part.body.content == (
        "-# Discord refuses to show the answer, so it is in this file.\n-# done"
    )


def test_a_refused_message_has_no_file_while_it_grows() -> None:
    stop = button_row("0f", Button.STOP)
    (part,) = lay_out("See", None, stop, lead=LEAD, forms={0: Form.FILE})
    assert part.body.content == "-# Discord refuses to show the answer. It will be in a file."
    assert (part.body.files, part.body.components) == ((), stop)


def test_a_spoiler_is_hidden_while_it_is_written_and_when_it_was_never_closed() -> None:
    assert [p.body.content for p in lay_out("It was ||the but", None)] == ["It was ||the but||"]
    (stopped,) = lay_out("It was ||the but", Ending("-# Stopped."))
    assert stopped.body.content == "It was ||the but||\n-# Stopped."


def test_a_footer_is_not_marked_by_what_the_text_left_open() -> None:
    (part,) = lay_out("an *unfinished sen", Ending("-# Press *Continue*."))
    assert part.body.content == "an \\*unfinished sen\n-# Press *Continue*."


def test_links_show_no_preview_while_an_answer_grows() -> None:
    (part,) = lay_out("https://example.org/a", None)
    assert part.body.suppress_embeds is True


@pytest.mark.parametrize(
    ("text", "is_shown"),
    [
        ("https://example.org/a", True),
        ("Here it is:\n\nhttps://example.org/a\n\nEnjoy.", True),
        ("See https://example.org/a for more.", False),
        ("https://example.org/a\nhttps://example.org/b", False),
        ("No link at all.", False),
    ],
)
def test_only_a_link_that_stands_alone_shows_a_preview_at_the_end(
    text: str, is_shown: bool
) -> None:
    (part,) = lay_out(text, Ending("-# done"), lead=LEAD)
    assert part.body.suppress_embeds is not is_shown


def test_only_the_message_with_the_lone_link_shows_a_preview() -> None:
    parts = lay_out("word " * 500 + "\nhttps://example.org/a\n" + "word " * 500, Ending("-# done"))
    shown = ["https://example.org/a" in part.body.content for part in parts]
    assert [part.body.suppress_embeds for part in parts] == [not here for here in shown]


@given(HALVES, st.sampled_from([*Form]))
def test_a_message_masks_no_link_that_the_model_did_not_write(text: str, form: Form) -> None:
    text = f"{'word ' * 395}{text}"
    parts = lay_out(text, Ending("-# done"), lead=LEAD, forms={0: form, 1: form})
    shown = [link for part in parts for link in masked(part.body.content)]
    assert set(shown) <= set(masked(text))
