from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from bot.times.zone_names import fixed, meanings, offset_of, places, plain, zone_label, zone_names
from tests.rows import each


@each(
    "typed, minutes",
    [("+2", 120), ("UTC-05:00", -300), ("gmt+0530", 330), ("utc+5.75", 345), ("\u22129:30", -570),
     ("+14", 840), ("-12", -720), ("z+1h", 60), ("UTC + 2 hours", 120)],
)  # fmt: skip
def test_an_offset_is_read(typed: str, minutes: int) -> None:
    assert offset_of(typed) == timedelta(minutes=minutes)


@pytest.mark.parametrize("typed", ["", "+", "2", "+15", "-13", "+5:75", "UTC"])
def test_what_no_clock_has_is_no_offset(typed: str) -> None:
    assert offset_of(typed) is None


@pytest.mark.parametrize(
    ("minutes", "name"),
    [(0, "UTC"), (120, "Etc/GMT-2"), (-720, "Etc/GMT+12"), (330, "Asia/Kolkata")],
)
def test_an_offset_of_all_year_has_a_zone(minutes: int, name: str) -> None:
    assert fixed(timedelta(minutes=minutes)) == ZoneInfo(name)


def test_an_offset_that_no_zone_keeps_all_year_has_none() -> None:
    assert fixed(timedelta(minutes=630)) == timezone(timedelta(minutes=630))


@pytest.mark.parametrize(
    ("name", "label"),
    [("Etc/GMT-2", "UTC+2"), ("Etc/GMT+11", "UTC-11"), ("Etc/GMT+0", "UTC"),
     ("Europe/Berlin", "Europe/Berlin")],
)  # fmt: skip
def test_a_label_has_the_sign_that_people_expect(name: str, label: str) -> None:
    assert zone_label(name) == label


@pytest.mark.parametrize(
    ("typed", "compared"),
    [("São  Paulo", "sao paulo"), ("Łódź", "lodz"), ("The_Hague", "hague"),
     ("St. John's", "st johns"), ("Saint-Denis", "st denis"),
     ("Trinidad & Tobago", "trinidad and tobago"), ("Strøm", "strom")],
)  # fmt: skip
def test_names_are_compared_without_accents_and_marks(typed: str, compared: str) -> None:
    assert plain(typed) == compared


def test_every_iana_name_is_known_in_lower_case() -> None:
    assert zone_names()["america/new_york"] == "America/New_York"
    assert len(zone_names()) > 500


def test_a_city_of_two_zones_has_both() -> None:
    assert set(places()["portland"]) == {"America/Los_Angeles", "America/New_York"}
    assert places()["kobe"] == ("Asia/Tokyo",)


@pytest.mark.parametrize(
    ("typed", "zones"),
    [("Paris France", ("Europe/Paris",)), ("Berlin, Germany", ("Europe/Berlin",)), ("atlantis", ()),
     ("my time", ()), ("Factory", ()), ("EST5EDT", ("EST5EDT",)), ("UTC+10:30", ())],
)  # fmt: skip
def test_a_name_means_no_zone_one_or_several(typed: str, zones: tuple[str, ...]) -> None:
    assert meanings(typed) == zones
