"""The words of the time grammar, and the zones people name."""

import re
from datetime import timedelta, timezone, tzinfo
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")  # RFC 5545
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

MONTH_NUMBERS = {
    **{name.lower(): number for number, name in enumerate(MONTHS, 1)},
    **{name[:3].lower(): number for number, name in enumerate(MONTHS, 1)},
    "sept": 9,
}
DAY_NUMBERS = {
    **{name.lower(): number for number, name in enumerate(DAYS)},
    **{name[:3].lower(): number for number, name in enumerate(DAYS)},
    "tues": 1, "weds": 2, "thur": 3, "thurs": 3,
}  # fmt: skip
PLURAL_DAYS = {f"{name.lower()}s": number for number, name in enumerate(DAYS)}

NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12,
    "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90,
}  # fmt: skip
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5}

# What one of it is: (months, days, seconds). A month is not a number of days, a day not 24 hours.
UNITS = {
    name: size
    for names, size in (
        ("s sec secs second seconds", (0, 0, 1)),
        ("m min mins minute minutes", (0, 0, 60)),
        ("h hr hrs hour hours", (0, 0, 3600)),
        ("d day days", (0, 1, 0)),
        ("w wk wks week weeks", (0, 7, 0)),
        ("fortnight fortnights", (0, 14, 0)),
        ("mo month months", (1, 0, 0)),
        ("y yr yrs year years", (12, 0, 0)),
    )
    for name in names.split()
}
# How often, in months, days and seconds, what an adverb says.
ADVERBS = {
    "hourly": "hour", "daily": "day", "everyday": "day", "weekly": "week", "fortnightly": "fortnight",
    "monthly": "month", "yearly": "year", "annually": "year",
}  # fmt: skip

# A part of the day: when it is without an hour, and the hours that can stand beside it.
PARTS = {
    "morning": (9, range(12)),
    "afternoon": (15, range(12, 19)),
    "evening": (20, range(16, 24)),
    "night": (20, range(18, 24)),
}

_OFFSETS = {
    "utc": 0, "gmt": 0, "z": 0, "wet": 0, "west": 1, "cet": 1, "cest": 2, "eet": 2, "eest": 3, "msk": 3,
    "hkt": 8, "sgt": 8, "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
    "est": -5, "edt": -4, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip
_REGIONS = {
    "et": "America/New_York",
    "ct": "America/Chicago",
    "mt": "America/Denver",
    "pt": "America/Los_Angeles",
}
# Each is two zones or more: British or Bangladeshi, American, Cuban or Chinese, Indian or Israeli.
TWO_FOLD_ZONES = {"bst", "cst", "cdt", "ist", "ast"}

VOCABULARY = sorted(
    {
        *MONTH_NUMBERS, *DAY_NUMBERS, *PLURAL_DAYS, *NUMBERS, *ORDINALS, *UNITS, *ADVERBS, *PARTS,
        "today", "tomorrow", "tonight", "after", "next", "this", "noon", "midday", "midnight",
        "every", "each", "other", "last", "weekday", "weekdays", "workday", "half", "quarter", "past",
        "from", "now",
    }
)  # fmt: skip


def fixed(offset: timedelta) -> tzinfo:
    """Return a zone that never changes its clocks: one with a name where there is one."""
    hours, rest = divmod(offset, timedelta(hours=1))
    if not rest and -12 <= hours <= 14:
        # POSIX counts westward, and so do these names.
        return ZoneInfo(f"Etc/GMT{-hours:+d}" if hours else "UTC")
    return timezone(offset)


def named_zone(word: str) -> tzinfo | None:
    """Return the zone of an abbreviation that has one meaning, or of an IANA name in any case."""
    if word in _OFFSETS:
        return fixed(timedelta(hours=_OFFSETS[word]))
    if word in _REGIONS:
        return ZoneInfo(_REGIONS[word])
    if "/" in word and word in _iana():
        return ZoneInfo(_iana()[word])
    return None


def offset_zone(sign: str, digits: str) -> tzinfo | None:
    """Return the zone of ``+`` and ``2``, ``02``, ``0530`` or ``05:30``."""
    found = re.fullmatch(r"(\d\d?)(?::?(\d\d))?", digits, re.ASCII)
    if not found:
        return None
    offset = timedelta(hours=int(found[1]), minutes=int(found[2] or 0))
    if offset > timedelta(hours=14) or int(found[2] or 0) > 59:
        return None
    return fixed(-offset if sign == "-" else offset)


@cache
def _iana() -> dict[str, str]:
    # zoneinfo.available_timezones opens every zone's file: 54 ms, measured, on the event loop.
    names = resources.files("tzdata").joinpath("zones").read_text().split()
    return {name.lower(): name for name in names}


def zone_names() -> list[str]:
    """Return the IANA names of all zones."""
    return list(_iana().values())
