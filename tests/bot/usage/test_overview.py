from datetime import UTC, datetime, timedelta

from bot.storage.usage_report import Amount, Report
from bot.usage import texts
from bot.usage.overview import LIMIT, Facts, overview
from bot.usage.periods import MONTH, TODAY, WEEK, YEAR, period_of

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
TODAY_ = NOW.date()
LABELS = {"openai": "OpenAI"}
USED = Amount(2, 1_000, 0, 200, 420_000)
BUSY = Amount(234, 3_456_789, 0, 345_678, 12_345_678, 1, 1)


def facts(name: str, report: Report, *, is_server: bool = False) -> Facts:
    return Facts(report, period_of(name, NOW), LABELS, "Berlin", is_server=is_server)


def busy(name: str) -> Facts:
    """Return the figures of a server with much of everything."""
    providers = [f"provider {number}" for number in range(5)]
    days = {(day, p): BUSY for day in period_of(name, NOW).days for p in providers}
    models = {(p, f"{p} {'m' * 200} {number}"): BUSY for p in providers for number in range(5)}
    persons = [(10**18 + number, BUSY) for number in range(10)]
    return facts(name, Report(days, models, persons, others=9_990), is_server=True)


def test_own_figures_are_listed_by_provider_and_model() -> None:
    report = Report({(TODAY_, "openai"): USED}, {("openai", "gpt"): USED})
    assert overview(facts(TODAY, report)).splitlines() == [
        "**What you have used**: today",
        "2 questions · 1,200 tokens (1,000 in, 200 out) · $0.42",
        "**By provider**",
        "- OpenAI: 2 questions · 1,200 tokens · $0.42",
        "**By model**",
        "- `gpt` (OpenAI): 2 questions · 1,200 tokens · $0.42",
        texts.ZONES,
    ]


def test_days_and_people_are_listed_for_a_server() -> None:
    yesterday, persons = TODAY_ - timedelta(days=1), [(7, USED), (None, USED)]
    report = Report(
        {(TODAY_, "openai"): USED, (yesterday, ""): Amount(1)},
        {("openai", "gpt"): USED, ("", ""): Amount(1)},
        persons,
        others=1,
    )
    text = overview(facts(WEEK, report, is_server=True))
    assert "**By day**\n- Sun 29 Nov: 1 question · 0 tokens\n- Mon 30 Nov: 2 questions" in text
    assert f"- {texts.NOT_ANSWERED}: 1 question" in text
    assert f"1. <@7>: 2 questions · 1,200 tokens · $0.42\n2. {texts.DELETED}: 2 questions" in text
    assert "\nand 1 more person\n" in text
    assert "Days begin at midnight, Berlin." in text


def test_estimates_and_models_without_a_price_are_explained() -> None:
    guess = Amount(1, 10, 0, 2, 0, 1, 1)
    models = {("x", f"m`{number}"): guess for number in range(5)}
    text = overview(facts(TODAY, Report({(TODAY_, "x"): guess + USED}, models)))
    assert "· ≈ $0.42 and what has no price\n" in text
    assert texts.IS_ESTIMATED in text
    assert "No price is known for `m'0`, `m'1`, 3 others:" in text


def test_a_message_holds_every_month_and_day_of_a_large_server() -> None:
    for name, last in ((MONTH, "\n- 1 Nov: "), (YEAR, "\n- December 2025: "), (TODAY, "")):
        text = overview(busy(name))
        assert len(text) <= LIMIT
        assert last in text
        assert "1. <@1000000000000000000>" in text
        assert text.endswith(texts.ZONE.format(zone="Berlin"))


def test_nothing_is_said_in_a_friendly_way() -> None:
    assert overview(facts(TODAY, Report())).splitlines()[1:] == [texts.NOTHING[False]]


def test_what_is_of_tomorrow_on_a_clock_that_is_ahead_counts_as_of_today() -> None:
    days = {(TODAY_, "openai"): USED, (TODAY_ + timedelta(days=1), "openai"): USED}
    assert "\n- Mon 30 Nov: 4 questions · $0.84\n" in overview(facts(WEEK, Report(days)))


def test_limits_are_shown_with_and_without_figures() -> None:
    for days in ({}, {(TODAY_, "openai"): USED}):
        shown = Facts(Report(days), period_of(TODAY, NOW), LABELS, limits=["- a limit"])
        assert f"{texts.LIMITS}\n- a limit" in overview(shown)
