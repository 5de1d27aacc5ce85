import pytest

from bot.providers.tokens import tokens_in, tokens_of
from connectors import ChatMessage, Role


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
