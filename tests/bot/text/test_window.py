import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text.chunking import MESSAGE_LIMIT, open_markup, reopening, split
from tests.bot.text.discord_markdown import words
from tests.bot.text.documents import Writer
from tests.rows import each

PAD = "word " * 370  # what follows does not fit behind it as a whole
SECRET = "the butler did it and the gardener helped him "
SEEDS = st.integers(0, 1 << 32)


def looks(messages: list[str], word: str) -> set[frozenset[str]]:
    """Return what each ``word`` of the messages looks like."""
    return {look for message in messages for shown, look in words(message) if shown == word}


@settings(max_examples=90)
@given(SEEDS)
def test_each_word_looks_the_same_in_its_message_as_in_the_whole(seed: int) -> None:
    text = Writer(seed).document()
    shown = [word for message in split(text) for word in words(message) if word[0] != "head"]
    assert shown == [word for word in words(text) if word[0] != "head"]


@settings(max_examples=60)
@given(SEEDS, st.data())
def test_full_messages_of_a_document_stay_as_it_grows(seed: int, data: st.DataObject) -> None:
    text = Writer(seed).document()
    whole = split(text)
    assert all(len(message) <= MESSAGE_LIMIT for message in whole)
    for _ in range(12):
        full = split(text[: data.draw(st.integers(0, len(text)))])[:-1]
        assert whole[: len(full)] == full


def test_no_prefix_of_an_answer_moves_a_message_that_is_full() -> None:
    text = Writer(8).document()[:6000]
    whole = split(text)
    for end in range(len(text)):
        full = split(text[:end])[:-1]
        assert whole[: len(full)] == full, end


@each(
    "marked, look",
    [
        (f"||{SECRET * 5}||", "spoiler"),
        (f"**{SECRET * 5}**", "bold"),
        (f"*{SECRET.strip()}, {SECRET.strip()}*", "italic"),
        (f"_{SECRET.strip()}, {SECRET.strip()}_", "italic"),
        (f"__{SECRET * 5}__", "underline"),
        (f"~~{SECRET * 5}~~", "strike"),
        (f"`{SECRET * 5}`", "code"),
        (f"``{SECRET * 5}``", "code"),
        (f"[{SECRET * 4}](https://example.org/x)", "https://example.org/x"),
        (f"[{SECRET * 4}](https://example.org/x_(y))", "https://example.org/x_(y)"),
    ],
)
def test_what_is_marked_stays_in_one_message_where_it_fits(marked: str, look: str) -> None:
    for filler in range(0, 200, 7):
        messages = split(PAD[filler:] + marked)
        assert looks(messages, "butler") == {frozenset({look})}, filler
        assert sum("butler" in message for message in messages) == 1, filler


@each("mark", ["||", "**", "__", "~~", "*", "_", "`", "``"])
def test_marks_longer_than_a_message_are_closed_and_opened_again(mark: str) -> None:
    text = mark + " ".join(f"w{n}" for n in range(1500)) + mark + " after"
    messages = split(text)
    assert len(messages) > 2
    assert [word for message in messages for word in words(message)] == words(text)


def test_a_spoiler_is_still_one_behind_a_paragraph() -> None:
    messages = split("||" + "\n\n".join(["secret " * 100] * 6) + "|| open")
    assert looks(messages, "secret") == {frozenset({"spoiler"})}
    assert looks(messages, "open") == {frozenset()}


def test_a_mark_without_a_partner_ends_with_its_paragraph() -> None:
    messages = split("**Note: " + "first " * 50 + "\n\n" + "later " * 900)
    assert looks(messages, "later") == {frozenset()}
    assert "".join(messages).count("**") == 1


@pytest.mark.parametrize("text", ["2 ** 3 ", "a || b ", "x * y ", "snake_case ", "it`s ", "a[0 "])
def test_signs_that_are_no_marks_are_neither_closed_nor_opened_again(text: str) -> None:
    messages = split(text + "word " * 700)
    assert "".join("".join(messages).split()) == "".join((text + "word " * 700).split())


@pytest.mark.parametrize("quote", ["> ", ">>> "])
def test_a_quoted_line_that_goes_on_is_quoted_in_each_message(quote: str) -> None:
    messages = split(PAD + "\n" + quote + "quoted words here " * 300)
    assert looks(messages, "quoted") == {frozenset({"quote"})}


def test_a_quote_of_all_that_follows_is_opened_again_in_every_message() -> None:
    messages = split("\n>>> " + "quote line\n" * 600)
    assert all(message.startswith(">>> ") for message in messages)


def test_a_code_block_in_a_quote_is_closed_and_opened_inside_it() -> None:
    messages = split("> ```py\n" + "> value = 1\n" * 400 + "> ```\nafter")
    assert looks(messages, "value") == {frozenset({"quote", "block py"})}
    assert looks(messages, "after") == {frozenset()}


def test_a_long_heading_goes_on_as_a_heading() -> None:
    assert looks(split("## " + "loud " * 600), "loud") == {frozenset({"##"})}


def test_bold_that_reaches_over_list_items_is_opened_behind_the_sign_of_the_item() -> None:
    messages = split("- **one\n" + "- item and more of it\n" * 200 + "- end**")
    assert all(message.startswith("- **") for message in messages)


def test_indentation_of_a_list_is_kept() -> None:
    text = "- top\n" + "  - nested item of some words\n" * 200
    lines = "\n".join(split(text)).split("\n")
    assert lines == text.rstrip().split("\n")


def test_a_list_keeps_the_line_that_leads_in() -> None:
    for filler in range(0, 100, 9):
        messages = split(
            PAD[filler:] + "\n\nWhat you need\n- an egg\n- some milk\n" + "- salt\n" * 60
        )
        assert any("What you need\n- an egg" in message for message in messages), filler


def test_a_heading_stands_above_its_text() -> None:
    for filler in range(0, 150, 9):
        messages = split(PAD[filler:] + "\n\n## Title\n\n" + "text " * 100)
        assert any("## Title\n\ntext" in message for message in messages), filler


def test_a_table_that_fits_is_in_one_message() -> None:
    table = "| name | age |\n|:-----|----:|\n" + "| some | 100 |\n" * 30
    for filler in range(0, 1300, 37):
        messages = split(PAD[filler:] + "\n" + table + "\nafter")
        assert any(table.strip() in message for message in messages), filler


def test_a_longer_table_goes_on_below_its_head() -> None:
    messages = split("Intro:\n\n| name | age |\n|---|---|\n" + "| some | 100 |\n" * 300 + "\nafter")
    rows = [message for message in messages if "| some" in message]
    assert len(rows) > 2
    assert all("| name | age |\n|---|---|\n| some" in message for message in rows)
    assert sum(message.count("| some") for message in rows) == 300


@pytest.mark.parametrize(
    "token",
    [
        "https://example.org/a/very/long/path?with=a&query=of#some-length",
        "<https://example.org/no/preview>",
        "<@123456789012345678>",
        "<a:wave:123456789012345678>",
        "<t:1767225600:R>",
        "</remind:123456789012345678>",
    ],
)
def test_an_address_or_a_token_is_never_torn(token: str) -> None:
    for filler in range(1900, 2000):
        assert any(token in message for message in split("x" * filler + " " + token + " end"))
        assert any(token in message for message in split("字" * filler + token + "字"))


def test_a_break_never_falls_behind_the_sign_of_an_item() -> None:
    for filler in range(1940, 2000):
        assert all(not m.endswith(("-", "1.")) for m in split("x" * filler + "\n1. word\n- word"))


def test_text_that_goes_on_elsewhere_opens_again_what_is_open() -> None:
    assert open_markup("a ||secret and **bold") == "||**"
    assert open_markup("> ```py\n> x = 1\n") == "> ```py\n"
    assert open_markup("a\n>>> quoted") == ">>> "
    assert open_markup("**done** and ||seen||") == ""
    assert open_markup("||" + "secret " * 600) == "||"


def test_an_answer_that_goes_on_opens_the_code_block_it_stands_in() -> None:
    assert reopening("```py\nx = 1\n", "y = 2\n```") == "```py\n"
    assert reopening("```py\nx = 1\n", "```py\ny = 2\n```") == ""
    assert reopening("a text.", "More of it.") == ""
