from datetime import UTC, datetime, timedelta

from bot.storage.usage_report import Amount, Report, total
from bot.usage import texts
from bot.usage.chart import NO_SERIES, SERIES
from bot.usage.overview import Facts
from bot.usage.periods import TODAY, WEEK, YEAR, period_of
from bot.usage.picture import alt_of, chart_of, measure_of, picture_of

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
TODAY_ = NOW.date()


def facts(report: Report, name: str = WEEK, *, is_server: bool = False) -> Facts:
    return Facts(report, period_of(name, NOW), {"openai": "OpenAI"}, is_server=is_server)


def test_bars_are_money_if_there_is_any() -> None:
    assert measure_of(Amount(1, 1, 1, 1, 1)) == "cost"
    assert measure_of(Amount(1, 1, 1, 1)) == "tokens"
    assert measure_of(Amount(1)) == "questions"


def test_columns_are_stacked_by_provider_the_largest_first() -> None:
    used = Amount(1, cost=5)
    tomorrow = TODAY_ + timedelta(days=1)  # in a server whose clock is ahead
    days = {(TODAY_, "b"): used, (TODAY_, "openai"): used, (tomorrow, "openai"): used}
    chart = chart_of(facts(Report(days, {("openai", "gpt"): used})), "cost")
    assert chart.series == ["OpenAI", "b"]
    assert [bar.label for bar in chart.columns][-2:] == ["29 Nov", "30 Nov"]
    assert chart.columns[-1].parts == {0: 10, 1: 5}
    assert not chart.columns[0].length
    ((title, (bar,)),) = chart.lists
    assert (title, bar.label, bar.parts) == (texts.CHART_MODELS, "gpt", {0: 5})


def test_many_providers_models_and_people_share_the_last_colour() -> None:
    amounts = [Amount(1, cost=number) for number in range(12, 0, -1)]
    days = {(TODAY_, f"p{n}"): amount for n, amount in enumerate(amounts)}
    models = {(f"p{n}", f"m{n}"): amount for n, amount in enumerate(amounts)}
    report = Report(days, models, list(enumerate(amounts)))
    chart = chart_of(facts(report, TODAY, is_server=True), "cost")
    assert len(chart.series) == SERIES
    assert chart.series[-1] == texts.CHART_OTHERS
    for title, bars in chart.lists[:2]:
        assert sum(bar.length for bar in bars) == total(amounts).cost, title
        assert bars[-1].label == texts.CHART_OTHERS
    assert [bar.label for bar in chart.lists[2][1]] == ["1.", "2.", "3.", "4.", "5."]
    assert set(chart.lists[2][1][0].parts) == {NO_SERIES}


def test_the_description_says_what_the_columns_show() -> None:
    months = {(day, "openai"): Amount(1, cost=10**13) for day in period_of(YEAR, NOW).days}
    data, alt = picture_of(facts(Report(months), YEAR))
    assert data.startswith(b"\x89PNG")
    assert alt.startswith("Bar chart. Cost in US dollars, the last 12 months: $120,000,000 in all.")
    assert "November 2026: $10,000,000" in alt
    assert len(alt) < 1024
    week = alt_of(facts(Report({(TODAY_, "openai"): Amount(3)})), "questions")
    assert week == "Bar chart. Questions, the last 7 days: 3 in all. Mon 30 Nov: 3."
