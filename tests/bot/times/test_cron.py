from datetime import datetime, timedelta
from itertools import islice

import pytest

from bot.times.cron import Cron
from tests.bot.times.conftest import NOW, ZONE, at, read
from tests.rows import each

ANCHOR = datetime.fromisoformat("2026-11-25 09:00")  # a Wednesday


def walls(fields: str, count: int, start: datetime = ANCHOR) -> list[str]:
    rule = Cron.read(fields)
    return [f"{wall:%d %b %H:%M}" for wall in islice(rule.walls(start, start), count)]


@each(
    "fields, times",
    [
        ("0 9 * * *", ["25 Nov 09:00", "26 Nov 09:00"]),
        ("30 8 * * mon-fri", ["26 Nov 08:30", "27 Nov 08:30", "30 Nov 08:30"]),
        ("*/20 10-11 * * *", ["25 Nov 10:00", "25 Nov 10:20", "25 Nov 10:40", "25 Nov 11:00"]),
        ("0 0 1 jan,mar *", ["01 Jan 00:00", "01 Mar 00:00"]),
        ("0 12 * * 0", ["29 Nov 12:00"]),
        ("0 12 * * 7", ["29 Nov 12:00"]),
        ("0 0 29 2 *", ["29 Feb 00:00"]),
        ("0 12 1 * fri", ["27 Nov 12:00", "01 Dec 12:00", "04 Dec 12:00"]),
        ("0 12 */10 * *", ["01 Dec 12:00", "11 Dec 12:00"]),
        ("0 12 */10 * fri", []),
    ],
)
def test_a_line_fires_when_every_cron_would(fields: str, times: list[str]) -> None:
    if not times:
        with pytest.raises(ValueError, match="two day fields"):
            Cron.read(fields)
        return
    assert walls(fields, len(times)) == times


@each(
    "fields",
    [
        "",
        "0 9 * *",
        "0 9 * * * *",
        "60 9 * * *",
        "0 24 * * *",
        "0 9 0 * *",
        "0 9 * 13 *",
        "0 9 * * 8",
        "0 9 * * -1",
        "0 9 5-1 * *",
        "5/2 9 * * *",
        "*/0 9 * * *",
        "*/61 9 * * *",
        "0 9 * * caturday",
        "0 9 * mon *",
        "a 9 * * *",
        "٣ 9 * * *",
        "000 9 * * *",
        "@daily",
    ],
)
def test_what_no_cron_or_not_every_cron_reads_so_is_refused(fields: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text is for logs only
        Cron.read(fields)


def test_the_anchors_day_begins_at_the_anchor() -> None:
    assert walls("0 */6 * * *", 2) == ["25 Nov 12:00", "25 Nov 18:00"]


def test_a_day_that_never_comes_fires_never() -> None:
    assert walls("0 0 30 2 *", 1) == []


@pytest.mark.parametrize(
    ("fields", "period"),
    [
        ("0 9 * * *", timedelta(days=1)),
        ("*/15 * * * *", timedelta(minutes=15)),
        ("0 9,17 * * *", timedelta(hours=8)),
        ("59 23 * * *", timedelta(days=1)),
        ("0,50 * * * *", timedelta(minutes=10)),
    ],
)
def test_the_period_is_the_shortest_gap(fields: str, period: timedelta) -> None:
    assert Cron.read(fields).period == period


def test_the_text_is_kept_in_one_form() -> None:
    assert Cron.read("0  9 * *   MON").text() == "CRON 0 9 * * mon"


def test_the_29th_of_february_is_waited_for_across_2100() -> None:
    start = datetime.fromisoformat("2096-03-01 00:00")
    assert next(Cron.read("0 0 29 2 *").walls(start, start)).year == 2104


@each(
    "fields, days",
    [
        ("0 9 * * 0", "Sun"), ("0 9 * * 7", "Sun"), ("0 9 * * SUN", "Sun"), ("0 9 * * 1", "Mon"),
        ("0 9 * * 5-7", "Fri Sat Sun"), ("0 9 * * 1-5/2", "Mon Wed Fri"),
        ("0 9 * * sat,1", "Mon Sat"), ("0 9 * * mon-wed", "Mon Tue Wed"),
        ("0 9 * * */3", "Sun Wed Sat"),
    ],
)  # fmt: skip
def test_cron_counts_sunday_as_0_and_7(fields: str, days: str) -> None:
    when = read(fields)
    fired, moment = set(), when.first
    while moment < when.first + timedelta(days=7):
        fired.add(f"{moment.astimezone(ZONE):%a}")
        moment = when.after(moment) or NOW
    assert fired == set(days.split())


def test_cron_with_both_days_fires_on_either() -> None:
    when = read("0 9 13 * fri", at("2026-04-08 12:00"))
    fired = [
        when.first,
        when.after(when.first),
        when.after(when.first + timedelta(days=3, hours=1)),
    ]
    assert fired == [at(f"2026-04-{day} 09:00") for day in (10, 13, 17)]
