import pytest

from bot.conversations.tokens import ENOUGH_TO_LEARN, MOST, Corrections, tokens_in, tokens_of
from connectors import ChatMessage, Role, Usage


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("The quick brown fox jumps over the lazy dog.", 10),
        ("def main() -> None:\n    print(x[0])\n", 13),
        ("\u6771\u4eac\u306f\u65e5\u672c\u306e\u9996\u90fd\u3067\u3059\u3002", 11),
        ("\U0001f600\U0001f680\U0001f389", 7),
        ("\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440", 5),
    ],
)
def test_an_estimate_is_not_below_what_tokenizers_count(text: str, counted: int) -> None:
    assert counted <= tokens_of(text) <= 4 * counted


def test_images_and_the_marks_between_messages_count() -> None:
    bare, pictured = ChatMessage(Role.USER, "x"), ChatMessage(Role.USER, "x", ("https://a/b",))
    assert tokens_in([bare, bare]) == 2 * tokens_in([bare])
    assert tokens_in([pictured]) > tokens_in([bare]) + 1_000


def test_an_estimate_that_was_too_low_is_corrected_at_once() -> None:
    corrections = Corrections()
    corrections.learn("openai", "small", 1_000, Usage(input_tokens=1_500))
    assert corrections.of("openai", "small") == 1.5
    assert corrections.of("openai", "large") == 1.0


def test_an_estimate_that_was_too_high_is_corrected_slowly() -> None:
    corrections = Corrections()
    corrections.learn("openai", "small", 1_000, Usage(input_tokens=500))
    assert 0.8 < corrections.of("openai", "small") < 1.0


def test_a_small_request_or_no_count_teaches_nothing_and_nonsense_little() -> None:
    corrections = Corrections()
    corrections.learn("openai", "small", ENOUGH_TO_LEARN - 1, Usage(input_tokens=90_000))
    corrections.learn("openai", "small", 1_000, Usage())
    corrections.learn("openai", "small", 1_000, Usage(input_tokens=12))
    assert corrections.of("openai", "small") == 1.0
    corrections.learn("openai", "small", 1_000, Usage(input_tokens=10**9))
    assert corrections.of("openai", "small") == MOST
