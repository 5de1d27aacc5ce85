import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.providers.redaction import CUT, LENGTH, ORDINARY, without_quotations
from tests.rows import each

PROMPT = (
    "Why does my organization need to stream the model? My password is hunter2, and\n"
    'Müller said "blau" at 17:45. 你好世界再见 Привет'
)


@pytest.mark.parametrize(
    "said",
    [
        "Your organization must be verified to stream this model. Please go to settings.",
        "No endpoints found matching your data policy. Configure: settings/privacy",
        "maximum context length is 8192 tokens, however you requested 9000 tokens",
        "Budget has been exceeded! Current cost: 1.2",
    ],
)
def test_what_is_said_of_the_error_stays(said: str) -> None:
    assert without_quotations(said, [PROMPT]) == said


@each(
    "quotation",
    [
        "my password is hunter2",
        "MY PASSWORD IS HUNTER2",
        "hunter2",
        "unter2, and",
        "M\\u00fcller said",
        "My%20password%20is%20hunter2",
        "said &quot;blau&quot;",
        "is hunter2, and\\nM\\u00fcller",
        "{'content': 'My password is hun",
        "你好世界",
        "привет",
        "17:45",
        "PasswordIsHunter2",
        "世界",
        "M\\xc3\\xbcller",
        "hunter2,\\\\nM\\\\u00fcller",
        "Muller",
        "does my organization need to",
    ],
)
def test_what_is_quoted_goes(quotation: str) -> None:
    kept = without_quotations(f"Refused, near <<{quotation}>>", [PROMPT])
    assert kept.startswith("Refused, near <<")
    assert CUT in kept
    told = {
        "password",
        "hunter2",
        "hunter",
        "hun",
        "unter2",
        "müller",
        "muller",
        "passwordishunter2",
        "blau",
        "你好世界",
        "世界",
    }
    assert not told & set(kept.casefold().replace("'", " ").replace("<", " ").split())


def test_a_whole_question_goes_however_ordinary_it_is() -> None:
    assert without_quotations("Bad input: the model", ["the model"]) == f"Bad input: {CUT}"


def test_every_text_is_looked_at() -> None:
    assert (
        without_quotations("near zebra and quokka", ["zebra", "quokka"]) == f"near {CUT} and {CUT}"
    )


def test_emoji_are_words_too() -> None:
    assert (
        without_quotations("near 🍕🍕, said 🍕🍕", ["🍕🍕 tonight?"]) == f"near {CUT}, said {CUT}"
    )


def test_the_end_of_a_long_text_is_looked_at() -> None:
    assert without_quotations("near: quokka", ["lorem " * 100_000 + "quokka"]) == f"near: {CUT}"


def test_keys_and_accounts_are_hidden() -> None:
    said = "Incorrect API key provided: sk-abcdefgh12345678 of org-A1b2C3d4E5"
    assert without_quotations(said, []) == "Incorrect API key provided: *** of ***"


def test_it_is_one_line_and_short() -> None:
    line = without_quotations("word \n" * 200, [])
    assert "\n" not in line
    assert len(line) == LENGTH


@pytest.mark.parametrize("said", ["", "  ", "\\ud800", "%", "\udcff", "&#xD800;"])
def test_odd_texts_raise_nothing(said: str) -> None:
    without_quotations(said, [PROMPT, ""])


WORDS = st.text(st.characters(categories=["L", "Nd"], max_codepoint=0x24F), min_size=1, max_size=9)
FORMS = st.sampled_from(["{}", '"{}"', "near <<{}>>", "[{}]", "{}", "got: {}"])


def plain(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text)
    kept = "".join(char for char in folded if not unicodedata.combining(char))
    return re.findall(r"[^\W_]+", kept.casefold())


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=12), st.data())
def test_no_telling_word_of_a_question_shows_however_it_is_quoted(
    words: list[str], data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(start + 1, len(words)))
    quotation = data.draw(FORMS).format(" ".join(words[start:end]))
    kept = plain(without_quotations(f"Invalid request: {quotation} too long", [" ".join(words)]))
    told = {word for word in plain(" ".join(words[start:end])) if len(word) > 1} - ORDINARY
    assert told.isdisjoint(set(kept) - {"invalid", "request", "too", "long", "near", "got"})
