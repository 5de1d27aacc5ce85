"""Time zones as people find them: by what the clock shows now, or by the name of a city."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.times.zone_names import (
    meanings,
    offset_of,
    offsets_of,
    places,
    plain,
    well_known,
    zone_label,
    zone_names,
)

LIST_LIMIT = 25  # choices of a list and of autocomplete, source: Discord

# One zone for each time that clocks show where many people live.
COMMON = {
    "Pacific/Honolulu": "Honolulu",
    "America/Anchorage": "Anchorage",
    "America/Los_Angeles": "Los Angeles, San Francisco",
    "America/Denver": "Denver, Salt Lake City",
    "America/Phoenix": "Phoenix",
    "America/Mexico_City": "Mexico City",
    "America/Chicago": "Chicago, Dallas",
    "America/Bogota": "Bogotá, Lima",
    "America/New_York": "New York, Toronto",
    "America/Sao_Paulo": "São Paulo, Buenos Aires",
    "UTC": "UTC, Reykjavik, Accra",
    "Europe/London": "London, Dublin, Lisbon",
    "Europe/Berlin": "Berlin, Paris, Madrid, Rome",
    "Africa/Lagos": "Lagos, Algiers",
    "Europe/Kyiv": "Kyiv, Athens, Helsinki",
    "Africa/Johannesburg": "Johannesburg, Harare",
    "Europe/Istanbul": "Istanbul, Moscow, Nairobi, Riyadh",
    "Asia/Dubai": "Dubai, Baku",
    "Asia/Karachi": "Karachi, Tashkent",
    "Asia/Kolkata": "Delhi, Mumbai, Colombo",
    "Asia/Bangkok": "Bangkok, Jakarta, Hanoi",
    "Asia/Shanghai": "Beijing, Singapore, Perth, Manila",
    "Asia/Tokyo": "Tokyo, Seoul",
    "Australia/Sydney": "Sydney, Melbourne",
    "Pacific/Auckland": "Auckland",
}


def common_zones(now: datetime) -> list[tuple[str, str]]:
    """Return at most 25 pairs of a zone's name and a label, from west to east."""
    places = [(ZoneInfo(name), cities) for name, cities in COMMON.items()]
    places.sort(key=lambda place: now.astimezone(place[0]).replace(tzinfo=None))
    return [(zone.key, f"{now.astimezone(zone):%a %H:%M} · {cities}") for zone, cities in places]


def find_zones(typed: str, now: datetime) -> list[tuple[str, str]]:
    """Return at most 25 pairs of a name and a label for a city, a name or a time that is typed.

    What a whole name means comes first; then, for an offset, the places that have it now.
    """
    sure = sorted(meanings(typed), key=lambda name: name not in COMMON)
    wanted, labels = plain(typed), dict(common_zones(now))
    if typed.strip()[:1] in ("+", "-") or offset_of(typed) is not None:
        found = _at_offset(offset_of(typed), now)
    else:
        common = [name for name, label in labels.items() if wanted in plain(f"{name} {label}")]
        found = [*common, *_beginning_with(wanted), *_containing(wanted)]
    names = list(dict.fromkeys([*sure, *found]))[:LIST_LIMIT]
    return [(name, labels.get(name) or _label(name, now)) for name in names]


def zone_named(typed: str) -> ZoneInfo | None:
    """Return the one zone that a name, offset, place or abbreviation means, or None.

    An offset has the sign of ISO 8601, so GMT+1 is an hour ahead of Greenwich; only the IANA name
    Etc/GMT+1 keeps its own.
    """
    found = meanings(typed)
    return ZoneInfo(found[0]) if len(found) == 1 else None


def _beginning_with(wanted: str) -> list[str]:
    """Return the zones of places whose name begins with what is typed."""
    if not wanted:
        return []
    return sorted(
        {zone for name, zones in places().items() if name.startswith(wanted) for zone in zones},
        key=lambda name: (not plain(name.rpartition("/")[2]).startswith(wanted), name),
    )


def _containing(wanted: str) -> list[str]:
    names = zone_names().values()
    return sorted(name for name in names if _is_listed(name) and wanted in plain(name))


def _is_listed(name: str) -> bool:
    # Names without an area are old ones; Etc/GMT+1 is found by its offset, UTC-1.
    return "/" in name and not name.startswith("Etc/")


def _at_offset(offset: timedelta | None, now: datetime) -> list[str]:
    """Return the zones that have an offset during the year, first those that have it now."""
    names = [name for name in (*COMMON, *well_known()) if offset in offsets_of(name)]
    return sorted(names, key=lambda name: now.astimezone(ZoneInfo(name)).utcoffset() != offset)


def _label(name: str, now: datetime) -> str:
    return f"{now.astimezone(ZoneInfo(name)):%a %H:%M} · {zone_label(name)}"
