"""Figures in words: one message, with all that the picture shows; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import msgspec

from bot.storage.usage_report import NOTHING, Amount, Report, total
from bot.text.formatting import inline_code
from bot.usage import texts
from bot.usage.amounts import in_brief, said
from bot.usage.periods import TODAY, Period

LIMIT = 2000
# How many lines of days, models and people: as many as fit into a message.
_DEPTHS = ((31, 10), (31, 5), (31, 3), (31, 2), (31, 1), (14, 1), (3, 1))
_MODEL_LENGTH = 40
WEEKDAYS = 7
_UNPRICED = 2  # models without a price that are named


class Facts(msgspec.Struct, frozen=True):
    """A report and what is needed to say it.

    ``labels`` are the display names of providers, ``zone`` what the clock is called by which a
    server's days begin, and ``limits`` sentences on limits that are set.
    """

    report: Report
    period: Period
    labels: Mapping[str, str]
    zone: str = "UTC"
    is_server: bool = False
    limits: Sequence[str] = ()

    def by_day(self) -> dict[date, Amount]:
        """Return what was used on each day or in each month, also where that is nothing."""
        found = dict.fromkeys(self.period.days, NOTHING)
        for (day, _), amount in self.report.days.items():
            found[self.period.at(day)] += amount
        return found

    def by_provider(self) -> list[tuple[str, Amount]]:
        """Return what was used of each provider, the most first."""
        found: dict[str, Amount] = defaultdict(Amount)
        for (_, provider), amount in self.report.days.items():
            found[provider] += amount
        return sorted(found.items(), key=lambda pair: pair[1].weight, reverse=True)

    def by_model(self) -> list[tuple[tuple[str, str], Amount]]:
        """Return what was used of each model, the most first."""
        models = self.report.models.items()
        return sorted(models, key=lambda pair: pair[1].weight, reverse=True)

    def label(self, provider: str) -> str:
        return self.labels.get(provider, provider) or texts.NOT_ANSWERED


def overview(facts: Facts) -> str:
    """Return the figures as one message."""
    if not facts.report.days:
        return "\n".join([_heading(facts), texts.NOTHING[facts.is_server], *_limits(facts)])
    for days, rows in _DEPTHS:
        text = "\n".join(_lines(facts, days, rows))
        if len(text) <= LIMIT:
            break
    return text[:LIMIT]


def day_name(day: date, period: Period) -> str:
    """Return a day, in a week also by its name, or a month."""
    if period.is_monthly:
        return f"{day:%B %Y}"
    return f"{day:%a} {day.day} {day:%b}" if len(period.days) <= WEEKDAYS else f"{day.day} {day:%b}"


def _heading(facts: Facts) -> str:
    title, period = texts.TITLE[facts.is_server], texts.PERIODS[facts.period.name]
    return texts.HEADING.format(title=title, period=period)


def _limits(facts: Facts) -> list[str]:
    return [texts.LIMITS, *facts.limits] if facts.limits else []


def _lines(facts: Facts, days: int, rows: int) -> Iterator[str]:
    whole = facts.report.total
    yield _heading(facts)
    detail = texts.IN_AND_OUT.format(input=whole.input_tokens, output=whole.output_tokens)
    yield said(whole, detail) + (texts.AND_UNPRICED if whole.cost and whole.unpriced else "")
    yield from _limits(facts)
    if facts.period.name != TODAY:
        yield texts.BY_MONTH if facts.period.is_monthly else texts.BY_DAY
        yield from _days(facts, days)
    yield texts.BY_PROVIDER
    yield from _rows([(facts.label(name), amount) for name, amount in facts.by_provider()], rows)
    yield texts.BY_MODEL
    yield from _rows([(_model(facts, *key), amount) for key, amount in facts.by_model()], rows)
    if facts.is_server:
        yield texts.BY_PERSON
        yield from _persons(facts.report, rows)
    yield from _notes(facts, whole)


def _days(facts: Facts, count: int) -> Iterator[str]:
    """Yield the days with answers, and the earliest together if they are too many."""
    used = [(day, amount) for day, amount in facts.by_day().items() if amount != NOTHING]
    if earlier := used[:-count]:
        whole = total(amount for _, amount in earlier)
        yield texts.LINE.format(name=texts.EARLIER, amount=in_brief(whole))
    for day, amount in used[-count:]:
        name = day_name(day, facts.period)
        yield texts.LINE.format(name=name, amount=in_brief(amount))


def _rows(named: Sequence[tuple[str, Amount]], count: int) -> Iterator[str]:
    """Yield the first, and the others together if they are too many."""
    for name, amount in named[:count]:
        yield texts.LINE.format(name=name, amount=said(amount))
    if others := named[count:]:
        name, rest = texts.OTHERS.format(count=len(others)), total(a for _, a in others)
        yield texts.LINE.format(name=name, amount=said(rest))


def _model(facts: Facts, provider: str, model: str) -> str:
    if not provider:
        return texts.NOT_ANSWERED
    return texts.MODEL.format(model=_name(model), provider=facts.label(provider))


def _name(model: str) -> str:
    return inline_code(model, _MODEL_LENGTH) or texts.NO_NAME


def _persons(report: Report, count: int) -> Iterator[str]:
    for rank, (person, amount) in enumerate(report.persons[:count], 1):
        name = texts.DELETED if person is None else texts.PERSON.format(id=person)
        yield texts.RANKED.format(rank=rank, name=name, amount=said(amount))
    more = report.others + max(0, len(report.persons) - count)
    if more:
        yield texts.MORE_PEOPLE[more == 1].format(count=more)


def _notes(facts: Facts, whole: Amount) -> Iterator[str]:
    if whole.estimated:
        yield texts.IS_ESTIMATED
    unpriced = [_name(model) for (_, model), amount in facts.by_model() if amount.unpriced]
    if unpriced:
        named, others = unpriced[:_UNPRICED], len(unpriced) - _UNPRICED
        more = [texts.AND_OTHERS.format(count=others)] if others > 0 else []
        yield texts.NO_PRICE.format(models=", ".join([*named, *more]))
    yield texts.ZONE.format(zone=facts.zone) if facts.is_server else texts.ZONES
