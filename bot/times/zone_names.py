"""The time zones that a name may mean, as people write it."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from bot.times.zone_data import ABBREVIATIONS, COUNTRIES, ODD_OFFSETS, PLACES

_AREAS = {
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe",
    "Indian", "Pacific",
}  # fmt: skip
# Parts of IANA names that are no cities: Australia/North, America/North_Dakota/Center.
_NO_CITIES = {"north", "south", "west", "east", "center", "general", "act", "lhi", "easter"}
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "ı": "i"})  # noqa: RUF001
_MINUSES = str.maketrans("−–—", "---")  # noqa: RUF001 - minus sign and dashes
_OFFSET = re.compile(
    r"(?:utc|gmt|z)?\s*([+-])\s*(\d\d?)(?::?([0-5]\d)|\.(25|5|50|75))?(?:\s*h(?:ours?)?)?", re.ASCII
)
_BRACKETED_OFFSET = re.compile(r"^\((?:utc|gmt)[^)]*\) *(?=\w)", re.ASCII | re.IGNORECASE)
# Country codes that are English words: "my time" is not that of Malaysia.
_NO_COUNTRIES = {"my", "me", "it", "no", "in", "at", "is", "be", "so", "to", "am"}
_FIXED = re.compile(r"Etc/GMT([+-])(\d\d?)")
_TIME_WORDS = re.compile(
    r"\b(?:(?:local|standard|daylight|summer|winter) )?(?:time|timezone|zone)$"
)


def fixed(offset: timedelta) -> tzinfo:
    """Return a zone that keeps this offset all year, one with a name if there is one."""
    hours, rest = divmod(offset, timedelta(hours=1))
    if not rest and -12 <= hours <= 14:
        # POSIX counts westward, and so do these names.
        return ZoneInfo(f"Etc/GMT{-hours:+d}" if hours else "UTC")
    name = ODD_OFFSETS.get(offset // timedelta(minutes=1))
    return ZoneInfo(name) if name else timezone(offset)


def offset_of(typed: str) -> timedelta | None:
    """Read ``+2``, ``UTC-05:00``, ``GMT+0530``; as in ISO 8601, a plus is east of Greenwich."""
    found = _OFFSET.fullmatch(typed.translate(_MINUSES).strip().lower())
    if not found:
        return None
    minutes = int(found[3] or 0) or round(float(f"0.{found[4] or 0}") * 60)
    offset = timedelta(hours=int(found[2]), minutes=minutes)
    if offset > timedelta(hours=12 if found[1] == "-" else 14):
        return None
    return -offset if found[1] == "-" else offset


def zone_label(name: str) -> str:
    """Return a zone's name for people: UTC+2 for Etc/GMT-2."""
    found = _FIXED.fullmatch(name)
    if not found:
        return name
    return f"UTC{'-' if found[1] == '+' else '+'}{found[2]}" if found[2] != "0" else "UTC"


def plain(text: str) -> str:
    """Return a name for comparing: in lower case, without accents, with single spaces."""
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    kept = "".join(c for c in letters if not unicodedata.combining(c))
    kept = re.sub("['\u2019`]", "", kept).replace("&", " and ")
    words = re.sub(r"[\s_.,()-]+", " ", kept).split()
    if words[:1] == ["the"]:
        del words[0]
    return " ".join("st" if word == "saint" else word for word in words)


@cache
def zone_names() -> dict[str, str]:
    """Return the IANA name of every zone by the name in lower case."""
    # zoneinfo.available_timezones opens every zone's file: 54 ms, measured, on the event loop.
    names = resources.files("tzdata").joinpath("zones").read_text().split()
    return {name.lower(): name for name in names}


@cache
def places() -> dict[str, tuple[str, ...]]:
    """Return the zones of every city, state and region by its plain name, the likelier first."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(zone_names().values(), key=len):
        city = plain(name.rpartition("/")[2])
        if name.partition("/")[0] in _AREAS and city not in _NO_CITIES and not found[city]:
            found[city].append(name)
    for zone, names in PLACES.items():
        for name in map(plain, names.split(", ")):
            # Asia/Saigon is an old name of Asia/Ho_Chi_Minh.
            found[name] = [other for other in found[name] if not _same(zone, [other])] + [zone]
    return {name: tuple(dict.fromkeys(zones)) for name, zones in found.items() if zones}


@cache
def _countries() -> dict[str, str]:
    """Return the code of every country by its plain names and by the code itself."""
    codes: dict[str, str] = {}
    for code, name in _table("iso3166.tab"):
        codes[code.lower()] = codes[plain(name)] = code
    for code, names in COUNTRIES.items():
        codes |= dict.fromkeys(map(plain, names.split(", ")), code)
    return codes


@cache
def _zones_of(code: str) -> tuple[str, ...]:
    """Return one zone for each clock of a country, preferably one with a known city."""
    zones: dict[tuple[timedelta | None, ...], str] = {}
    for country, _, zone, *_ in _table("zone.tab"):
        if country == code:
            clock = offsets_of(zone)
            if clock not in zones or (zone in PLACES and zones[clock] not in PLACES):
                zones[clock] = zone
    return tuple(zones.values())


def _table(name: str) -> Iterable[list[str]]:
    text = resources.files("tzdata").joinpath("zoneinfo").joinpath(name).read_text()
    return (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))


@cache
def offsets_of(name: str) -> tuple[timedelta | None, ...]:
    """Return a zone's offsets in the middle of each month, which tell the clocks of zones apart."""
    year, zone = datetime.now(UTC).year, ZoneInfo(name)
    return tuple(datetime(year, month, 15, tzinfo=zone).utcoffset() for month in range(1, 13))


@cache
def well_known() -> tuple[str, ...]:
    """Return the zones of known cities and abbreviations."""
    abbreviated = [zone for _, zones in ABBREVIATIONS.values() for zone in zones]
    return tuple(sorted({*PLACES, *abbreviated}))


def meanings(typed: str) -> tuple[str, ...]:
    """Return the zones that a whole name may mean: none, one, or several to choose from."""
    typed = _BRACKETED_OFFSET.sub("", typed.strip()).replace("\\", "/")
    name = plain(typed)
    if not name:
        return ()
    if (offset := offset_of(typed)) is not None:
        zone = fixed(offset)
        return (zone.key,) if isinstance(zone, ZoneInfo) else ()
    found = zone_names().get("_".join(typed.lower().split()), "")
    if "/" in found:
        return (found,)
    if name in ABBREVIATIONS:
        return ABBREVIATIONS[name][1]
    # Last the names without an area, such as EST5EDT: most are old ones of countries.
    alone = _TIME_WORDS.sub("", name).strip()
    if alone != name and alone in _NO_COUNTRIES:
        return ()
    by_name = _by_place(name) or _by_place(alone) or _by_part(typed)
    return by_name or ((found,) if found and found != "Factory" else ())


def _by_place(name: str) -> tuple[str, ...]:
    """Return the zones of a city, a country, an abbreviation, or a city behind its area."""
    known = places().get(name, ())
    code = _countries().get(name)
    if known and code and len(name) > 2:
        # Singapore and Panama are both; Georgia is two.
        return tuple(dict.fromkeys([*known, *(z for z in _zones_of(code) if not _same(z, known))]))
    if known:
        return known
    if name in ABBREVIATIONS:
        return ABBREVIATIONS[name][1]
    if code:
        return _zones_of(code)
    whole = _in_areas().get(name.replace("/", " "))
    return (whole,) if whole else ()


def _same(zone: str, others: Iterable[str]) -> bool:
    return any(offsets_of(zone) == offsets_of(other) for other in others)


@cache
def _in_areas() -> dict[str, str]:
    """Return the IANA names by their words, such as "america new york"."""
    names = (name for name in zone_names().values() if "/" in name and not name.startswith("Etc/"))
    return {plain(name.replace("/", " ")): name for name in names}


def _by_part(typed: str) -> tuple[str, ...]:
    """Return the zones of ``Berlin, Germany``, ``Paris France``, ``Europe/Munich``."""
    city, comma, rest = typed.partition(",")
    if comma and (zones := _by_place(plain(city))):
        around = _by_place(plain(rest)) if len(rest.strip()) > 2 else ()
        if not around or any(_same(zone, around) for zone in zones):
            return zones
        return tuple(dict.fromkeys([*zones, *around]))  # London, Ontario
    _, slash, last = typed.rpartition("/")
    if slash:
        return _by_place(plain(last))
    words = plain(typed).split()
    for at in range(1, len(words)):
        if " ".join(words[at:]) in _countries() and (zones := _by_place(" ".join(words[:at]))):
            return zones
    if "in" in words[:-1]:  # I live in Berlin
        behind = len(words) - words[::-1].index("in")
        return _by_place(" ".join(words[behind:]))
    return ()
