"""The rule that reads a time zone: ``UTC+2``, ``CET``, ``in Tokyo``, ``new york time``."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.times import texts
from bot.times.grammar.reader import Reader
from bot.times.phrase import PhraseError
from bot.times.words import VOCABULARY
from bot.times.zone_data import ABBREVIATIONS
from bot.times.zone_names import fixed, meanings, offset_of, places, zone_names

_LONGEST_PLACE = 4  # words
# Behind a time these may be what a person wants to do: a zone only after "in" or before "time".
_ENGLISH = {
    "eat", "cat", "bot", "wit", "pet", "met", "art", "cot", "ect", "nice", "cork", "knox",
    "buffalo", "columbus", "essen", "bali", "rome", "la", "l a", "easter", "sf", "bc", "rio",
    "linz", "bath", "kobe", "georgia", "victoria", "charlotte", "hamilton", "male", "apia",
    "center",
}  # fmt: skip


def time_zone(reader: Reader) -> bool:
    """Read ``UTC+2``, ``+02:00``, ``EST``, ``Europe/Berlin``, ``in tokyo``, ``eastern time``."""
    has_paren = reader.take("(")
    start = reader.at
    found = _offset(reader) or _named(reader) or _place(reader, start)
    return found and (not has_paren or reader.take(")"))


def _offset(reader: Reader) -> bool:
    """Read ``UTC+2``, and ``+2`` behind a time; no minus, since ``9:00 - 10:00`` is no offset."""
    start = reader.at
    has_name = bool(reader.take_one("utc", "gmt"))
    sign = reader.take_one("+", "-") if has_name or reader.phrase.clock else ""
    offset = offset_of(sign + reader.peek()) if sign == "+" or (sign and has_name) else None
    if offset is not None:
        reader.at += 1
        return reader.sets(zone=fixed(offset))
    if sign and has_name:
        raise PhraseError(texts.NO_SUCH_OFFSET, *reader.instead(start, "UTC+2"))
    reader.at = start
    return False


def _named(reader: Reader) -> bool:
    """Read an abbreviation of a zone or a name of the IANA list."""
    start, word = reader.at, reader.peek()
    if "/" in word and word in zone_names():
        reader.at += 1
        return reader.sets(zone=ZoneInfo(zone_names()[word]))
    if word not in ABBREVIATIONS or word in _ENGLISH:
        return False
    reader.at += 1
    reader.take("time")
    hours, regions = ABBREVIATIONS[word]
    if hours is None:
        raise _several_zones(reader, start, word.upper(), regions)
    in_regions = tuple(reader.instead(start, *regions))
    return reader.sets(zone=fixed(timedelta(hours=hours)), regions=regions, in_regions=in_regions)


def _place(reader: Reader, start: int) -> bool:
    has_in = reader.take("in")
    first = reader.at
    for size in range(_LONGEST_PLACE, 0, -1):
        reader.at = first + size
        name = " ".join(word for word in reader.words[first : reader.at] if word not in "'.")
        if reader.at > len(reader.words) or (size == 1 and name in VOCABULARY):
            continue
        has_time = reader.take("time")
        zones = _zones(name, is_sure=has_in or has_time)
        if len(zones) > 1:
            raise _several_zones(reader, start, name.title(), zones)
        if zones:
            return reader.sets(zone=ZoneInfo(zones[0]))
    return False


def _zones(name: str, *, is_sure: bool) -> tuple[str, ...]:
    if is_sure:
        return meanings(name) if len(name) > 2 or name in places() else ()
    return () if name in _ENGLISH else places().get(name, ())


def _several_zones(reader: Reader, start: int, name: str, zones: tuple[str, ...]) -> PhraseError:
    return PhraseError(texts.SEVERAL_ZONES.format(name=name), *reader.instead(start, *zones[:2]))
