"""Pure: time zones as people find them, by what their clock shows now or by the name of a city."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.schedules.words import zone_names

# One line of the list for each time a clock can show now where many people live.
COMMON = {
    "Pacific/Honolulu": "Honolulu",
    "America/Anchorage": "Anchorage",
    "America/Los_Angeles": "Los Angeles, Vancouver",
    "America/Denver": "Denver, Calgary",
    "America/Phoenix": "Phoenix",
    "America/Mexico_City": "Mexico City",
    "America/Chicago": "Chicago, Winnipeg",
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
    """Return at most 25 pairs of a zone's name and a label, from west to east by the clock of now."""
    places = [(ZoneInfo(name), cities) for name, cities in COMMON.items()]
    places.sort(key=lambda place: now.astimezone(place[0]).replace(tzinfo=None))
    return [(zone.key, f"{now.astimezone(zone):%a %H:%M} · {cities}") for zone, cities in places]


def find_zones(typed: str, now: datetime) -> list[tuple[str, str]]:
    """Return at most 25 pairs of a name and a label that fit what is typed: a city, a name, a time."""
    wanted = " ".join(typed.replace("_", " ").lower().split())
    found = [pair for pair in common_zones(now) if wanted in f"{pair[0]} {pair[1]}".lower()]
    known = {name for name, _ in found}
    names = sorted(name for name in zone_names() if name not in known)
    named = [name for name in names if wanted in name.replace("_", " ").lower()]
    named.sort(key=lambda name: not name.rpartition("/")[2].lower().startswith(wanted[:1]))
    rest = [
        (name, f"{now.astimezone(ZoneInfo(name)):%a %H:%M} · {name}")
        for name in named[: 25 - len(found)]
    ]
    return (found + rest)[:25]


def zone_named(typed: str) -> ZoneInfo | None:
    """Return the zone of a name or of a city that only one zone is called by."""
    wanted = typed.strip().replace(" ", "_").lower()
    names = [name for name in zone_names() if name.lower() == wanted]
    names = names or [n for n in zone_names() if n.lower().rpartition("/")[2] == wanted]
    return ZoneInfo(min(names, key=len)) if wanted and names else None
