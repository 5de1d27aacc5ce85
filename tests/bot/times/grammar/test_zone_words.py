from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.times.when import NotUnderstood
from tests.bot.times.conftest import read


@pytest.mark.parametrize(
    "text", ["9am eat", "tomorrow 9am nice", "at 9 art", "9:00 - 10:00", "9 to 5"]
)
def test_words_that_are_places_too_are_no_zone(text: str) -> None:
    with pytest.raises(NotUnderstood):
        read(text)


def test_a_daily_time_in_letters_follows_the_clocks_of_their_region() -> None:
    when = read("every day at 9am PST")
    assert when.zone.key == "America/Los_Angeles"
    assert read("every day at 9:00 UTC-8").zone.key == "Etc/GMT+8"


@pytest.mark.parametrize(
    "name",
    ["America/Argentina/Buenos_Aires", "America/Port-au-Prince", "Etc/GMT+5", "Asia/Kathmandu"],
)
def test_a_zone_is_named_in_any_case(name: str) -> None:
    noon = datetime.fromisoformat("2026-07-01 12:00").replace(tzinfo=ZoneInfo(name))
    assert read(f"2026-07-01 12:00 {name}").first == noon
    assert read(f"2026-07-01 12:00 {name.lower()}").zone == ZoneInfo(name)
