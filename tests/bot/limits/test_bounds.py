from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.limits.bounds import Bound, Mode, Whose, for_person, near, reached, resets_at
from bot.storage.limits import AtLimit, Limits, RoleLimits
from bot.storage.rules import Rules
from bot.storage.standing import Scope, Standing, Sum
from bot.storage.use import Use

NOW = datetime(2030, 1, 31, 12, tzinfo=UTC)
HERE = Scope(5, 1, 20300131)
SMALL = Use("openai", "gpt", 60, 0, 40, cost=10)
FREE = Use("ollama", "llama", 60, 0, 40, cost=0)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]


def bound(zone: str = "UTC", **limits: int) -> Bound:
    return Bound(Whose.PERSON, HERE, Limits(**limits), ZoneInfo(zone))


def names(
    standing: Standing, use: Use = SMALL, mode: Mode = Mode.LAST, **limits: int
) -> list[tuple[str, bool]]:
    bounded = [Bound(Whose.PERSON, HERE, Limits(**limits))]
    found = reached(bounded, [standing], use, NOW, mode)
    return [(each.name, each.is_busy) for each in found]


def test_questions_are_counted_exactly() -> None:
    assert names(Standing(day=Sum(1), open=Sum(1)), questions_day=3) == []
    assert names(Standing(day=Sum(2), open=Sum(1)), questions_day=3) == [("questions_day", False)]
    assert names(Standing(minute=2), questions_minute=2) == [("questions_minute", False)]
    assert names(Standing(), questions_day=0, questions_minute=0) != []


def test_the_last_answer_may_go_over_a_limit_of_tokens_or_money_if_it_is_alone() -> None:
    nearly = Standing(month=Sum(9, 990, 95))
    assert names(nearly, cost_month=100, tokens_month=1_000) == []
    assert names(nearly, mode=Mode.STRICT, cost_month=100) == [("cost_month", True)]
    another = Standing(month=Sum(9, 990, 95), open=Sum(1, 100, 10))
    assert names(another, cost_month=100) == [("cost_month", True)], "others are being answered"
    assert names(Standing(month=Sum(9, 990, 100)), cost_month=100) == [("cost_month", False)]


def test_a_model_that_costs_nothing_is_within_every_limit_of_money() -> None:
    used_up = Standing(month=Sum(9, 990, 500))
    assert names(used_up, FREE, cost_month=100) == []
    assert names(used_up, FREE, tokens_month=990) == [("tokens_month", False)]
    assert names(Standing(minute=1), FREE, Mode.SPARED, questions_minute=1) != []


def test_a_local_model_is_spared_only_where_the_limit_allows_it() -> None:
    limits, used_up = Limits(tokens_month=990, questions_day=0), Standing(month=Sum(9, 990, 500))
    for at_limit in AtLimit:
        bounded = [Bound(Whose.PERSON, HERE, limits, UTC, at_limit)]
        found = reached(bounded, [used_up], FREE, NOW, Mode.SPARED)
        assert bool(found) == (at_limit is AtLimit.NOBODY)


def test_a_burst_lets_at_most_one_answer_over() -> None:
    """Fifty questions at once at the last cent, in whatever order they are decided."""
    for used in (0, 55, 89, 91, 99, 100, 130):
        standing, let_in = Standing(day=Sum(5, 0, used)), 0
        for _ in range(50):
            if not names(standing, cost_day=100):
                let_in += 1
                opened = standing.open.plus(Sum(1, 100, 10))
                standing = Standing(day=standing.day, open=opened)
        over = used + 10 * let_in - 100
        assert over < 10 or let_in == 0
        assert let_in == (0 if used >= 100 else max(1, (100 - used) // 10))


@settings(max_examples=40)
@given(
    limit=st.integers(1, 10**7),
    costs=st.lists(st.integers(0, 10**6), max_size=60),
    estimate=st.integers(1, 10**5),
    settles=st.lists(st.booleans(), min_size=60, max_size=60),
)
def test_no_two_answers_go_over_a_limit(
    limit: int, costs: list[int], estimate: int, settles: list[bool]
) -> None:
    """Answers end at any time, and no estimate is exact: only one may be let in beyond it."""
    used, open_ = 0, list[int]()
    for cost, settles_one in zip(costs, settles, strict=False):
        being_used = Sum(len(open_), 0, estimate * len(open_))
        standing = Standing(day=Sum(0, 0, used), open=being_used)
        use = Use("openai", "gpt", cost=estimate)
        if not names(standing, use, cost_day=limit):
            fits = used + estimate * (len(open_) + 1) <= limit
            assert fits or (used < limit and not open_)
            open_.append(cost)
        if settles_one and open_:
            used += open_.pop(0)


@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=50)
@given(
    at=st.integers(1_770_000_000, 1_960_000_000),
    name=st.sampled_from(["cost_day", "cost_month"]),
)
def test_a_limit_begins_anew_at_a_midnight_of_its_clock(zone: str, at: int, name: str) -> None:
    """Also in the nights in which clocks change, and at the end of a month or a year."""
    moment = datetime.fromtimestamp(at, UTC)
    resets = resets_at(name, bound(zone), Standing(), moment)
    local = resets.astimezone(ZoneInfo(zone))
    assert resets > moment
    assert (local.hour, local.minute) == (0, 0)
    today = moment.astimezone(ZoneInfo(zone)).date()
    if name == "cost_day":
        assert local.date() == today + timedelta(days=1)
    else:
        assert local.day == 1
        assert (local.year * 12 + local.month) - (today.year * 12 + today.month) == 1


def test_a_minute_is_over_when_its_first_question_is() -> None:
    asked = round(NOW.timestamp() * 1e6) - 45_000_000
    standing = Standing(minute=2, since_us=asked)
    assert resets_at("questions_minute", bound(), standing, NOW) == NOW + timedelta(seconds=15)


def test_the_most_generous_role_counts() -> None:
    roles = (
        RoleLimits(7, Limits(questions_day=50)),
        RoleLimits(8, Limits(questions_day=10, cost_day=5)),
    )
    rules = Rules(limits_person=Limits(questions_day=20, cost_day=1), limits_roles=roles)
    assert for_person(rules, []) == Limits(questions_day=20, cost_day=1)
    assert for_person(rules, [7, 9]) == Limits(questions_day=50, cost_day=1)
    assert for_person(rules, [8]) == Limits(questions_day=10, cost_day=5)
    assert for_person(rules, [7, 8]) == Limits(questions_day=50, cost_day=5)


def test_whom_it_concerns_is_told_from_four_fifths_on() -> None:
    standing = Standing(day=Sum(8, 790, 0), month=Sum(8, 790, 200), open=Sum(9, 9, 9))
    limits = bound(questions_day=10, tokens_day=1_000, cost_month=100, questions_minute=1)
    found = [(each.name, each.part) for each in near([limits], [standing])]
    assert found == [("questions_day", 0.8), ("cost_month", 2.0)]
