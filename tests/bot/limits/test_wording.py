from datetime import UTC, datetime

from bot.limits import texts
from bot.limits.bounds import Bound, Near, Reached, Whose
from bot.limits.wording import nearly, refusal, standing_of
from bot.storage.limits import Limits
from bot.storage.standing import Scope, Standing, Sum

TODAY, FEBRUARY = datetime(2030, 1, 31, tzinfo=UTC), datetime(2030, 2, 1, tzinfo=UTC)
MARCH = datetime(2030, 3, 1, tzinfo=UTC)
LIMITS = Limits(questions_day=20, cost_month=5_000_000)


def of(whose: Whose) -> Bound:
    return Bound(whose, Scope(5, 1, 20300131), LIMITS)


def test_a_refusal_says_why_and_until_when_in_the_readers_zone() -> None:
    day = Reached(of(Whose.PERSON), "questions_day", FEBRUARY)
    month = Reached(of(Whose.SERVER), "cost_month", MARCH)
    when = f"<t:{FEBRUARY:%s}:R> (<t:{FEBRUARY:%s}:f>)"
    said = f"You have asked your 20 questions for today. Ask again {when}."
    assert refusal([day]) == said
    assert refusal([day, month]).startswith("This server has used its $5.00 for this month."), (
        "the one that holds longer"
    )
    assert refusal([Reached(of(Whose.PERSON), "cost_month", MARCH, is_busy=True)]) == texts.BUSY


def test_nobody_else_reads_how_much_the_operator_allows() -> None:
    assert "20" not in refusal([Reached(of(Whose.ALL), "questions_day", FEBRUARY)]).split("<t:")[0]


def test_a_notice_says_where_and_how_much() -> None:
    said = nearly(Near(of(Whose.PERSON), "questions_day", 0.85), "`Kitchen`", TODAY)
    assert said.startswith("You have used 85 % of your 20 questions for today in `Kitchen`. The")
    assert "for today. The limit" in nearly(
        Near(of(Whose.PERSON), "questions_day", 0.85), "", TODAY
    )
    assert "/settings" in nearly(Near(of(Whose.SERVER), "cost_month", 1.2), "`Kitchen`", TODAY)


def test_how_much_of_each_limit_is_used_is_said_with_its_end() -> None:
    limits = Limits(questions_minute=3, questions_day=20, cost_month=5_000_000)
    used = Standing(Sum(12, 9, 9), Sum(40, 9, 123_456), minute=2)
    bound = Bound(Whose.PERSON, Scope(5, 1, 20300131), limits)
    assert list(standing_of(bound, used, TODAY)) == [
        "- 2 of 3 questions within the last minute",
        f"- 12 of 20 questions today; resets <t:{FEBRUARY:%s}:R>",
        f"- $0.1234 of $5.00 this month; resets <t:{FEBRUARY:%s}:R>",
    ]
    assert not list(standing_of(Bound(Whose.PERSON, bound.scope, Limits()), used, TODAY))
