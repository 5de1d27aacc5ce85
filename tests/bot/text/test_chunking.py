from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text.chunking import MESSAGE_LIMIT, messages, split

ANY_TEXT = st.lists(
    st.one_of(
        st.text(max_size=60),
        st.sampled_from(
            [
                "```",
                "```python\n",
                "\n```\n",
                "````",
                "``",
                "`",
                "\n",
                "\n\n",
                " ",
                ". ",
                "<@123456789012345678>",
                "<:wave:123456789012345678>",
                "👩‍👩‍👧‍👦",
                "e\u0301" * 7,
                "word ",
                "x" * 150,
                "print(1)\n" * 30,
            ]
        ),
    ),
    max_size=60,
).map("".join)


def visible(text: str) -> str:
    return "".join(text.split())


def without_fences(text: str) -> str:
    return visible(text).replace("`", "")


def test_a_short_text_is_one_message() -> None:
    assert split("hello") == ["hello"]


def test_a_blank_text_is_no_message() -> None:
    assert split("") == split(" \n\n ") == []


def test_split_reopens_a_code_fence_with_its_language() -> None:
    first, second = split("```python\n" + "x = 1\n" * 400 + "```")
    assert first.endswith("\n```")
    assert second.startswith("```python\nx = 1\n")
    assert first.count("x = 1") + second.count("x = 1") == 400


def test_split_prefers_a_paragraph_to_a_line_and_a_line_to_a_word() -> None:
    paragraphs = ("word " * 250).strip() + "\n\n" + ("word " * 100 + "\n") + "word " * 300
    assert split(paragraphs)[0] == ("word " * 250).strip()
    lines = ("word " * 250).strip() + "\n" + "word " * 300
    assert split(lines)[0] == ("word " * 250).strip()


def test_split_breaks_after_a_sentence_when_there_is_no_line() -> None:
    first, second = split("One sentence. " * 200)
    assert first.endswith("sentence.")
    assert second.startswith("One sentence.")


def test_split_keeps_a_code_block_whole_that_begins_late_in_the_message() -> None:
    first, second = split("word " * 300 + "\n\n```python\n" + "x = 1\n" * 100 + "```")
    assert "```" not in first
    assert second.startswith("```python\n")


def test_split_never_tears_a_mention_or_an_emoji() -> None:
    mention, family = "<@123456789012345678>", "👩‍👩‍👧‍👦"
    assert all(m.count(mention) * len(mention) == len(m) for m in split(mention * 300))
    assert all(m.count(family) * len(family) == len(m) for m in split(family * 700))


def test_split_leaves_no_empty_code_block_at_the_end_of_a_message() -> None:
    for filler in range(1940, 1999):
        text = "a" * filler + "\n```python\n" + "x = 1\n" * 50 + "```"
        assert all("```python\n```" not in message for message in split(text)), filler


def test_an_opening_line_that_arrives_in_pieces_moves_no_break() -> None:
    for filler in range(1965, 2000):
        text = "a" * filler + "```python\n" + "x = 1\n" * 20
        whole = split(text)
        for cut in range(filler, filler + 40):
            full = split(text[:cut])[:-1]
            assert whole[: len(full)] == full, (filler, cut)


def test_an_opening_line_is_never_torn() -> None:
    for filler in range(1965, 2000):
        whole = split("a" * filler + "```python\n" + "x = 1\n" * 20)
        assert any("```python\nx" in message for message in whole), filler
        assert "hon" not in "".join(whole).replace("python", ""), filler


def test_a_run_of_backticks_longer_than_a_message_still_ends() -> None:
    assert all(len(message) <= MESSAGE_LIMIT for message in split("`" * 9001))


@settings(max_examples=200)
@given(ANY_TEXT)
def test_no_message_is_too_long_blank_or_unbalanced(text: str) -> None:
    for message in split(text):
        assert len(message) <= MESSAGE_LIMIT
        assert message.strip()
        assert message.count("```") % 2 == 0


@settings(max_examples=200)
@given(ANY_TEXT)
def test_nothing_is_lost(text: str) -> None:
    ends = [0, *(message.end for message in messages(text))]
    assert without_fences("".join(split(text))).replace("python", "") == without_fences(
        text
    ).replace("python", "")
    assert ends == sorted(ends)
    assert visible(text[ends[-1] :]) == ""


@settings(max_examples=120)
@given(ANY_TEXT, st.data())
def test_earlier_messages_stay_as_the_text_grows(text: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(text)))
    full = split(text[:cut])[:-1]
    assert split(text)[: len(full)] == full
