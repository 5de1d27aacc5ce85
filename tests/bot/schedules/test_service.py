from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from bot.errors import Refused
from bot.schedules.service import Schedules
from bot.schedules.texts import NO_ZONE, NOT_LASTING
from bot.times.when import NotUnderstood

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 27, 9, tzinfo=UTC)


@dataclass
class Timezones:
    zone: ZoneInfo | None

    async def of(self, _: int) -> ZoneInfo | None:
        return self.zone


def schedules(zone: ZoneInfo | None, *, is_lasting: bool = True) -> Schedules:
    return Schedules(cast(Any, Timezones(zone)), is_lasting=is_lasting, clock=lambda: NOW)


async def test_a_phrase_is_read_on_the_persons_own_clock() -> None:
    readings = await schedules(BERLIN).read("tomorrow 9:00", 1)
    assert [option.first for option in readings.options] == [datetime(2026, 3, 28, 8, tzinfo=UTC)]


@pytest.mark.parametrize("phrase", ["in 2 hours", "2027-03-03T09:00[Asia/Tokyo]"])
async def test_a_phrase_that_means_the_same_everywhere_needs_no_zone(phrase: str) -> None:
    assert len((await schedules(None).read(phrase, 1)).options) == 1


@pytest.mark.parametrize("phrase", ["tomorrow 9:00", "today 14:00"])
async def test_a_phrase_that_depends_on_an_unknown_zone_has_no_options(phrase: str) -> None:
    assert (await schedules(None).read(phrase, 1)).options == ()


@pytest.mark.parametrize("zone", [BERLIN, None])
async def test_what_is_no_time_is_not_understood(zone: ZoneInfo | None) -> None:
    with pytest.raises(NotUnderstood):
        await schedules(zone).read("now and then", 1)


async def test_where_nobody_can_be_asked_what_is_missing_is_refused() -> None:
    with pytest.raises(Refused, match=NO_ZONE):
        await schedules(None).read_one("tomorrow 9:00", 1)
    with pytest.raises(Refused, match='I could not read "now and then"'):
        await schedules(BERLIN).read_one("now and then", 1)


async def test_a_phrase_with_two_meanings_is_refused_with_both() -> None:
    with pytest.raises(Refused) as refused:
        await schedules(BERLIN).read_one("tomorrow at 7", 1)
    assert '28 March 2026, 07:00" or "Saturday 28 March 2026, 19:00"' in str(refused.value)


async def test_a_preview_says_which_clock_it_is_on() -> None:
    assert await schedules(BERLIN).preview("in 2 hours", 1) == "Friday 27 March 2026, 12:00"
    assert await schedules(None).preview("in 2 hours", 1) == "Friday 27 March 2026, 11:00 UTC"
    on_their_own = await schedules(None).preview("tomorrow 9:00", 1)
    assert on_their_own == "Saturday 28 March 2026, 09:00 on your own clock"


async def test_a_preview_of_what_is_no_time_says_so() -> None:
    assert (await schedules(None).preview("tomorow", 1)).startswith('I could not read "tomorow"')


async def test_an_unknown_zone_is_utc() -> None:
    assert await schedules(None).zone_of(1) == ZoneInfo("UTC")
    assert await schedules(BERLIN).zone_of(1) == BERLIN


def test_where_files_are_deleted_everything_is_refused() -> None:
    schedules(None).check_storage()
    with pytest.raises(Refused, match=NOT_LASTING):
        schedules(None, is_lasting=False).check_storage()
