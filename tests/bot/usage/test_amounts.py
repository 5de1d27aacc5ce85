import pytest

from bot.storage.usage_report import Amount
from bot.usage.amounts import in_brief, money, said, short
from tests.rows import each


@each(
    "micros, shown",
    [
        (0, "$0.00"),
        (1, "$0.000001"),
        (123, "$0.00012"),
        (9_949, "$0.0099"),
        (9_999, "$0.01"),
        (420_000, "$0.42"),
        (999_999_999, "$1,000.00"),
        (1_234_567_890_123, "$1,234,568"),
    ],
)
def test_money_is_rounded_to_what_says_something(micros: int, shown: str) -> None:
    assert money(micros) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0"),
        (999, "999"),
        (12_345, "12.3k"),
        (3e12, "3T"),
        (1e16, "10,000T"),
        (999_999, "1,000k"),
    ],
)
def test_large_numbers_are_short(number: float, shown: str) -> None:
    assert short(number) == shown


def test_what_is_estimated_is_marked() -> None:
    amount = Amount(2, 1_000, 0, 200, 420_000, estimated=1)
    assert said(amount) == "2 questions · ≈ 1,200 tokens · ≈ $0.42"
    assert in_brief(amount) == "2 questions · ≈ $0.42"


def test_what_has_no_price_is_counted_in_tokens_only() -> None:
    assert said(Amount(1, 100, 0, 20, unpriced=1)) == "1 question · 120 tokens"
    mixed = Amount(2, 100, 0, 20, 5_000, unpriced=1)
    assert said(mixed) == "2 questions · 120 tokens · $0.0050"


def test_what_costs_nothing_is_free() -> None:
    local = Amount(1, 12_000, 0, 20)
    assert said(local) == "1 question · 12,020 tokens · free"
    assert in_brief(local) == "1 question · 12k tokens"
