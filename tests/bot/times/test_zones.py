from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.times.zones import COMMON, common_zones, find_zones, zone_named
from tests.rows import each

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, 12, tzinfo=UTC)


def shown_at(typed: str, now: datetime) -> timedelta | None:
    zone = zone_named(typed)
    assert zone is not None
    assert zone_named(zone.key) is zone  # what is stored, and what a list hands back
    return now.astimezone(zone).utcoffset()


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


@pytest.mark.parametrize("typed", ["", "Atlantis", "../etc/passwd", "5", "Factory", "x" * 500])
def test_what_is_no_zone_is_none(typed: str) -> None:
    assert zone_named(typed) is None


@each(
    "typed, minutes",
    [
        ("GMT+1", 60), ("gmt +01:00", 60), ("UTC-3", -180), ("utc\u22123", -180), ("+2", 120),
        ("-5", -300), ("+05:30", 330), ("UTC+5:30", 330), ("UTC+0530", 330), ("UTC+5.5", 330),
        ("GMT+5:45", 345), ("utc +14", 840), ("UTC-12", -720), ("UTC+0", 0), ("utc", 0), ("Z", 0),
        ("-9:30", -570),
        # The name of the IANA list itself, which counts westward.
        ("Etc/GMT-1", 60), ("etc/gmt+8", -480),
    ],
)  # fmt: skip
def test_an_offset_has_the_sign_of_iso_8601_all_year(typed: str, minutes: int) -> None:
    assert shown_at(typed, NOW) == shown_at(typed, SUMMER) == timedelta(minutes=minutes)


@pytest.mark.parametrize("typed", ["+15", "-13", "UTC+99", "UTC+5:75", "GMT+", "+"])
def test_an_offset_that_no_clock_has_is_not_taken(typed: str) -> None:
    assert zone_named(typed) is None


@pytest.mark.parametrize(
    ("typed", "place"),
    [("UTC-3:30", "America/St_Johns"), ("+10:30", "Australia/Lord_Howe")],
)
def test_an_offset_of_a_half_year_offers_the_places_that_have_it(typed: str, place: str) -> None:
    assert zone_named(typed) is None
    assert place in [name for name, _ in find_zones(typed, SUMMER)]


def test_a_search_for_an_offset_offers_no_zone_with_the_other_sign() -> None:
    for name, _ in find_zones("GMT+1", NOW):
        year = [
            NOW.astimezone(ZoneInfo(name)).utcoffset(),
            SUMMER.astimezone(ZoneInfo(name)).utcoffset(),
        ]
        assert timedelta(hours=1) in year
    assert find_zones("GMT+1", NOW)[0] == ("Etc/GMT-1", "Sun 13:00 · UTC+1")


@each(
    "typed, zone",
    [
        ("CEST", "Europe/Berlin"), ("cet", "Europe/Berlin"), ("PST", "America/Los_Angeles"),
        ("PDT", "America/Los_Angeles"), ("EDT", "America/New_York"), ("AEDT", "Australia/Sydney"),
        ("JST", "Asia/Tokyo"), ("EET", "Europe/Athens"), ("MSK", "Europe/Moscow"),
        ("BRT", "America/Sao_Paulo"), ("HKT", "Asia/Hong_Kong"), ("HST", "Pacific/Honolulu"),
        ("Eastern Time", "America/New_York"), ("pacific standard time", "America/Los_Angeles"),
        ("India Standard Time", "Asia/Kolkata"), ("Zürich", "Europe/Zurich"),
        ("ZURICH", "Europe/Zurich"), ("São Paulo", "America/Sao_Paulo"),
        ("sao-paulo", "America/Sao_Paulo"), ("new_york", "America/New_York"),
        ("New   York", "America/New_York"), ("new york, usa", "America/New_York"),
        ("Köln", "Europe/Berlin"), ("koeln", "Europe/Berlin"), ("München", "Europe/Berlin"),
        ("munich", "Europe/Berlin"), ("Tromsø", "Europe/Oslo"), ("Łódź", "Europe/Warsaw"),
        ("Mumbai", "Asia/Kolkata"), ("bangalore", "Asia/Kolkata"), ("beijing", "Asia/Shanghai"),
        ("San Francisco", "America/Los_Angeles"), ("st. john's", "America/St_Johns"),
        ("port-au-prince", "America/Port-au-Prince"), ("germany", "Europe/Berlin"),
        ("Japan", "Asia/Tokyo"), ("uk", "Europe/London"), ("the Netherlands", "Europe/Amsterdam"),
        ("Côte d\u2019Ivoire", "Africa/Abidjan"), ("türkiye", "Europe/Istanbul"),
        ("paris france", "Europe/Paris"), ("Berlin, Germany", "Europe/Berlin"),
        ("tokyo time", "Asia/Tokyo"), ("america/new york", "America/New_York"),
        ("Europe/Munich", "Europe/Berlin"), ("EUROPE/BERLIN", "Europe/Berlin"),
        ("US/Pacific", "US/Pacific"),
    ],
)  # fmt: skip
def test_a_zone_is_named_in_the_words_of_people(typed: str, zone: str) -> None:
    assert zone_named(typed) == ZoneInfo(zone)
    assert find_zones(typed, NOW)[0][0] == zone


@each(
    "typed, zones",
    [
        ("EST", ["America/New_York", "America/Panama", "America/Jamaica"]),
        ("mst", ["America/Denver", "America/Phoenix"]),
        ("AEST", ["Australia/Sydney", "Australia/Brisbane"]),
        ("IST", ["Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"]),
        ("CST", ["America/Chicago", "Asia/Shanghai", "America/Mexico_City", "America/Havana"]),
        ("BST", ["Europe/London", "Asia/Dhaka"]),
        ("Georgia", ["America/New_York", "Asia/Tbilisi"]),
        ("portland", ["America/New_York", "America/Los_Angeles"]),
    ],
)
def test_what_may_be_several_zones_is_asked(typed: str, zones: list[str]) -> None:
    assert zone_named(typed) is None
    assert {name for name, _ in find_zones(typed, SUMMER)[: len(zones)]} == set(zones)


def test_a_country_with_several_clocks_is_asked() -> None:
    assert zone_named("USA") is None
    offered = [name for name, _ in find_zones("usa", NOW)]
    assert {"America/New_York", "America/Chicago", "America/Denver"} <= set(offered)


def test_whatever_a_list_offers_can_be_chosen() -> None:
    for typed in ("", "a", "EST", "IST", "GMT+1", "+5:30", "etc", "usa", "st", "west", "21:00"):
        for name, label in find_zones(typed, NOW):
            assert zone_named(name) == ZoneInfo(name)
            assert "Etc/" not in label


def test_the_cities_of_the_list_share_its_clock() -> None:
    for name, cities in COMMON.items():
        for city in cities.split(", "):
            zone = zone_named(city)
            assert zone is not None, city
            for month in range(1, 13):
                noon = datetime(NOW.year, month, 15, 12, tzinfo=UTC)
                assert (
                    noon.astimezone(zone).utcoffset() == noon.astimezone(ZoneInfo(name)).utcoffset()
                )


@each(
    "typed, name",
    [
        ("I live in Berlin", "Europe/Berlin"), ("time in Tokyo", "Asia/Tokyo"),
        ("Europe\\Berlin", "Europe/Berlin"), ("(UTC+01:00) Amsterdam, Berlin", "Europe/Amsterdam"),
        ("(GMT+05:30) Chennai", "Asia/Kolkata"), ("Indian Standard Time", "Asia/Kolkata"),
        ("Greenwich Mean Time", "UTC"), ("NY", "America/New_York"),
        ("Deutschland", "Europe/Berlin"), ("Frankfurt am Main", "Europe/Berlin"),
        ("Saigon", "Asia/Ho_Chi_Minh"), ("Newfoundland Time", "America/St_Johns"),
        ("Munich, Germany", "Europe/Berlin"),
    ],
)  # fmt: skip
def test_a_place_with_words_around_it_is_found(typed: str, name: str) -> None:
    assert zone_named(typed) == ZoneInfo(name)


@pytest.mark.parametrize(
    ("typed", "zones"),
    [
        ("London, Ontario", {"Europe/London", "America/Toronto"}),
        ("Paris, Texas", {"Europe/Paris", "America/Chicago"}),
        ("Cambridge", {"Europe/London", "America/New_York"}),
        ("newcastle", {"Australia/Sydney", "Europe/London"}),
    ],
)
def test_a_place_that_two_regions_have_is_asked(typed: str, zones: set[str]) -> None:
    assert zone_named(typed) is None
    assert zones <= {name for name, _ in find_zones(typed, NOW)}


def test_my_time_is_not_that_of_a_country_with_this_code() -> None:
    assert zone_named("my time") is None
    assert zone_named("uk time") == ZoneInfo("Europe/London")
