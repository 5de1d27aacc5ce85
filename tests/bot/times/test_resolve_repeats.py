import pytest

from bot.times.phrase import Clock, Date, Duration, Phrase, PhraseError
from bot.times.resolve_repeats import rule_of
from tests.bot.times.conftest import at, read, suggested
from tests.rows import each


@pytest.mark.parametrize(
    ("now", "text", "moments"),
    [
        ("2026-01-31 12:00", "every 2 months", ["2026-03-31 12:00", "2026-05-31 12:00"]),
        ("2026-10-31 12:00", "every 4 months", ["2027-02-28 12:00", "2027-06-30 12:00"]),
        ("2026-03-30 12:00", "every 6 months", ["2026-09-30 12:00", "2027-03-30 12:00"]),
        ("2026-03-27 12:00", "every 2 years", ["2028-03-27 12:00", "2030-03-27 12:00"]),
        ("2026-03-28 02:30", "every 2 days", ["2026-03-30 02:30", "2026-04-01 02:30"]),
    ],
)
def test_what_is_counted_from_now_loses_no_month(now: str, text: str, moments: list[str]) -> None:
    when = read(text, at(now))
    assert [when.first, when.after(when.first)] == [at(moment) for moment in moments]


def test_a_day_that_some_of_the_counted_months_lack_is_asked() -> None:
    assert suggested("every 4 months", at("2026-10-30 12:00")) == (
        "every 4 months on the 28th at 12:00",
        "every 4 months on the last day at 12:00",
    )


@pytest.mark.parametrize(
    ("said", "every", "rule"),
    [
        (Phrase(), Duration(days=1), "FREQ=DAILY"),
        (Phrase(), Duration(days=3), "FREQ=DAILY;INTERVAL=3"),
        (Phrase(weekdays=(0, 4)), Duration(days=14), "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR"),
        (Phrase(nth="-1FR"), Duration(months=1), "FREQ=MONTHLY;BYDAY=-1FR"),
        (Phrase(month_day=31), Duration(months=2), "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=31"),
        (Phrase(date=Date(2, 29)), Duration(months=12), "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"),
    ],
)
def test_a_repetition_has_its_rule(said: Phrase, every: Duration, rule: str) -> None:
    assert rule_of(said, every, at("2026-03-27 10:00")).text() == rule


@each(
    "said, every, suggestions",
    [
        (Phrase(), Duration(days=7), ("every week on friday at 9:00",)),
        (Phrase(clock=Clock(8)), Duration(days=14), ("every 2 weeks on friday at 8:00",)),
        (Phrase(), Duration(months=1), ("every month on the 1st at 9:00",)),
        (Phrase(), Duration(months=12), ("every year on 27 March",)),
        (Phrase(clock=Clock(8)), Duration(months=24), ("every 2 years on 27 March at 8:00",)),
        (Phrase(date=Date(2, 30)), Duration(months=12), ()),
        (Phrase(month_day=1), Duration(days=7), ()),
        (Phrase(weekdays=(0,)), Duration(days=3), ()),
    ],
)
def test_a_repetition_whose_day_is_missing_or_does_not_fit_is_refused(
    said: Phrase, every: Duration, suggestions: tuple[str, ...]
) -> None:
    with pytest.raises(PhraseError) as caught:
        rule_of(said, every, at("2026-03-27 10:00"))
    assert caught.value.suggestions == suggestions
