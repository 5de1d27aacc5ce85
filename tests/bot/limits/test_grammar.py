import pytest

from bot.errors import Refused
from bot.limits.grammar import read
from bot.limits.wording import amount, written
from bot.storage.limits import Limits
from tests.rows import each


@each(
    "typed, limits, said",
    [
        (
            "20 questions/day, 3 questions/minute",
            Limits(questions_minute=3, questions_day=20),
            "3 questions/minute, 20 questions/day",
        ),
        ("50k tokens per day", Limits(tokens_day=50_000), "50,000 tokens/day"),
        ("$5/month", Limits(cost_month=5_000_000), "$5.00/month"),
        ("0.5 dollars a day", Limits(cost_day=500_000), "$0.50/day"),
        ("$0.0001/day", Limits(cost_day=100), "$0.0001/day"),
        ("1 Question per Minute", Limits(questions_minute=1), "1 question/minute"),
        (
            "1,000 tokens/day and 2m tokens/month",
            Limits(tokens_day=1_000, tokens_month=2_000_000),
            "1,000 tokens/day, 2,000,000 tokens/month",
        ),
        ("None", Limits(), ""),
    ],
)
def test_limits_are_read_and_written(typed: str, limits: Limits, said: str) -> None:
    assert read(typed) == limits
    assert written(limits) == said
    assert read(said) == limits


@each(
    "typed",
    [
        "5",
        "much",
        "20 questions",
        "20 questions/month",
        "5 dollars/minute",
        "$5 tokens/day",
        "-1 questions/day",
        "0 questions/day",
        "20 questions/day, 30 questions/day",
        "20 questions/day or so",
        "99999999999999999999 tokens/day",
    ],
)
def test_what_is_no_limit_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(Refused, match="20 questions/day"):
        read(typed)


def test_one_is_singular() -> None:
    assert amount("questions_day", 1) == "1 question"
    assert amount("tokens_day", 1_500) == "1,500 tokens"
