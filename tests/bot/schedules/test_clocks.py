from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.schedules.clocks import COMMON, common_zones, find_zones, zone_named

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_the_list_runs_by_what_the_clocks_show_and_fits_one_select() -> None:
    zones = common_zones(NOW)
    assert len(zones) == len(COMMON) <= 25
    assert zones[0] == ("Pacific/Honolulu", "Sun 02:00 · Honolulu")
    shown = [NOW.astimezone(ZoneInfo(name)).replace(tzinfo=None) for name, _ in zones]
    assert shown == sorted(shown)


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("kath", "Asia/Kathmandu"),
        ("new york", "America/New_York"),
        ("mumbai", "Asia/Kolkata"),
        ("21:00", "Asia/Tokyo"),
    ],
)
def test_a_zone_is_found_by_city_name_or_time(typed: str, zone: str) -> None:
    assert zone in [name for name, _ in find_zones(typed, NOW)]


def test_there_are_never_more_than_a_list_takes() -> None:
    assert len(find_zones("a", NOW)) == 25


@pytest.mark.parametrize("typed", ["berlin", "Europe/Berlin", "europe/berlin", " Berlin "])
def test_a_zone_is_named_by_its_city(typed: str) -> None:
    assert zone_named(typed) == ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize("typed", ["", "Atlantis", "../etc/passwd"])
def test_what_is_no_zone_is_none(typed: str) -> None:
    assert zone_named(typed) is None
