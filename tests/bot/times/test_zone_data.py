from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.times.zone_data import ABBREVIATIONS, PLACES

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, 12, tzinfo=UTC)


def test_every_place_and_abbreviation_has_a_zone_that_exists() -> None:
    for name in [*PLACES, *(zone for _, zones in ABBREVIATIONS.values() for zone in zones)]:
        assert ZoneInfo(name).key == name


def test_what_an_abbreviation_says_is_an_hour_of_each_of_its_zones() -> None:
    for letters, (hours, zones) in ABBREVIATIONS.items():
        for name in zones if hours is not None else ():
            shown = {now.astimezone(ZoneInfo(name)).utcoffset() for now in (NOW, SUMMER)}
            assert timedelta(hours=hours or 0) in shown, letters
