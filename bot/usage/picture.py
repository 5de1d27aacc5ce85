"""The picture of figures: what it shows, and what it says to people who cannot see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial

from bot.storage.usage_report import Amount
from bot.usage import texts
from bot.usage.amounts import money, short
from bot.usage.chart import NO_SERIES, SERIES, Bar, Chart, png_of
from bot.usage.overview import Facts, day_name

ROWS = 5  # models and people; the message lists more
ALT_LIMIT = 1024  # source: discord, an attachment's description

Value = Callable[[Amount], int]


def picture_of(facts: Facts) -> tuple[bytes, str]:
    """Return a PNG and a description of it."""
    measure = measure_of(facts.report.total)
    shown = partial(_shown, measure)
    return png_of(chart_of(facts, measure), shown), alt_of(facts, measure)


def measure_of(whole: Amount) -> str:
    """Return what the bars are long for: money if there is any, else tokens, else questions."""
    return next((name for name in ("cost", "tokens") if getattr(whole, name)), "questions")


def chart_of(facts: Facts, measure: str) -> Chart:
    def value(amount: Amount) -> int:
        number: int = getattr(amount, measure)
        return number

    providers = sorted(facts.by_provider(), key=lambda pair: value(pair[1]), reverse=True)
    series = {name: min(number, SERIES - 1) for number, (name, _) in enumerate(providers)}
    names = [facts.label(name) for name in series]
    if len(names) > SERIES:
        names[SERIES - 1 :] = [texts.CHART_OTHERS]
    lists = list(_lists(facts, series, value))
    return Chart(_title(facts, measure), names, _columns(facts, series, value), lists)


def alt_of(facts: Facts, measure: str) -> str:
    """Return what the columns of the picture show; the message lists the rest."""
    days = [
        texts.ALT_DAY.format(
            day=day_name(day, facts.period),
            amount=_shown(measure, getattr(amount, measure)),
        )
        for day, amount in facts.by_day().items()
        if getattr(amount, measure)
    ]
    whole = _shown(measure, getattr(facts.report.total, measure))
    said = texts.ALT.format(title=_title(facts, measure), amount=whole, days=", ".join(days))
    return said[:ALT_LIMIT]


def _title(facts: Facts, measure: str) -> str:
    period = texts.PERIODS[facts.period.name]
    return texts.CHART_TITLE.format(measure=texts.MEASURES[measure], period=period)


def _shown(measure: str, number: float) -> str:
    if not number:
        return "0"
    return money(round(number)) if measure == "cost" else short(number)


def _columns(facts: Facts, series: dict[str, int], value: Value) -> list[Bar]:
    parts: dict[date, dict[int, int]] = {day: defaultdict(int) for day in facts.period.days}
    for (day, provider), amount in facts.report.days.items():
        parts[facts.period.at(day)][series[provider]] += value(amount)
    form = "{0:%b}" if facts.period.is_monthly else "{0.day} {0:%b}"
    return [Bar(form.format(day), found) for day, found in parts.items()]


def _lists(
    facts: Facts, series: dict[str, int], value: Value
) -> Iterator[tuple[str, Sequence[Bar]]]:
    if len(facts.period.days) == 1:
        used = facts.by_provider()
        bars = [Bar(facts.label(p), {series[p]: value(amount)}) for p, amount in used]
        yield texts.CHART_PROVIDERS, _first(bars, SERIES)
    models = [
        Bar(model, {series.get(provider, NO_SERIES): value(amount)})
        for (provider, model), amount in facts.by_model()
    ]
    yield texts.CHART_MODELS, _first(models, ROWS)
    if facts.is_server:
        people = [
            Bar(f"{rank}.", {NO_SERIES: value(amount)})
            for rank, (_, amount) in enumerate(facts.report.persons, 1)
        ]
        yield texts.CHART_PERSONS, _first(people[:ROWS], ROWS)


def _first(bars: Sequence[Bar], count: int) -> list[Bar]:
    """Return the longest bars, and one for all others if they are more."""
    bars = sorted((bar for bar in bars if bar.length), key=lambda bar: -bar.length)
    if others := sum(bar.length for bar in bars[count:]):
        return [*bars[:count], Bar(texts.CHART_OTHERS, {NO_SERIES: others})]
    return list(bars[:count])
