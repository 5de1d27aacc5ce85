"""The part of the grammar that names a time zone: ``UTC+2``, ``CET``, ``in Tokyo``, ``new york time``."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.times.grammar.reader import Reader
from bot.times.grammar.tokens import PhraseError
from bot.times.words import VOCABULARY
from bot.times.zone_data import ABBREVIATIONS
from bot.times.zone_names import fixed, meanings, offset_of, places, zone_names

_LONGEST_PLACE = 4  # words
# Behind a time these may be what a person wants to do, not where: only after "in" or before "time".
_ENGLISH = {
    "eat", "cat", "bot", "wit", "pet", "met", "art", "cot", "ect", "nice", "cork", "knox",
    "buffalo", "columbus", "essen", "bali", "rome", "la", "l a", "easter", "sf", "bc", "rio", "linz", "bath", "kobe",
    "georgia", "victoria", "charlotte", "hamilton", "male", "apia", "center",
}  # fmt: skip


def zone(reader: Reader) -> bool:
    """Read ``UTC``, ``UTC+2``, ``+02:00``, ``EST``, ``Europe/Berlin``, ``in tokyo``, ``eastern time``."""
    tokens = reader.tokens
    has_paren = tokens.take("(")
    start = tokens.at
    found = _offset(reader) or _named(reader) or _place(reader, start)
    return found and (not has_paren or tokens.take(")"))


def _offset(reader: Reader) -> bool:
    """Read ``UTC+2``; a plus alone only behind a time, and no minus: "9:00 - 10:00" is no offset."""
    tokens, start = reader.tokens, reader.tokens.at
    has_name = bool(tokens.take_one("utc", "gmt"))
    sign = tokens.take_one("+", "-") if has_name or reader.phrase.clock else ""
    offset = offset_of(sign + tokens.peek()) if sign == "+" or (sign and has_name) else None
    if offset is None:
        if sign and has_name:
            raise PhraseError("names an offset that no zone has", reader.instead(start, "UTC+2"))
        tokens.at = start
        return False
    tokens.at += 1
    return reader.sets(zone=fixed(offset))


def _named(reader: Reader) -> bool:
    """Read the abbreviation of a zone or a name of the IANA list."""
    tokens, start = reader.tokens, reader.tokens.at
    word = tokens.peek()
    if "/" in word and word in zone_names():
        tokens.at += 1
        return reader.sets(zone=ZoneInfo(zone_names()[word]))
    if word not in ABBREVIATIONS or word in _ENGLISH:
        return False
    tokens.at += 1
    tokens.take("time")
    offset, regions = ABBREVIATIONS[word]
    if offset is None:
        raise _asked(reader, start, word.upper(), regions)
    in_regions = tuple(reader.instead(start, region) for region in regions)
    zone = fixed(timedelta(hours=offset))
    return reader.sets(zone=zone, regions=regions, in_regions=in_regions)


def _place(reader: Reader, start: int) -> bool:
    tokens = reader.tokens
    has_in = tokens.take("in")
    first = tokens.at
    for size in range(_LONGEST_PLACE, 0, -1):
        tokens.at = first + size
        name = " ".join(word for word in tokens.words[first : tokens.at] if word not in "'.")
        if tokens.at > len(tokens.words) or (size == 1 and name in VOCABULARY):
            continue
        has_time = tokens.take("time")
        zones = _zones(name, is_sure=has_in or has_time)
        if len(zones) > 1:
            raise _asked(reader, start, name.title(), zones)
        if zones:
            return reader.sets(zone=ZoneInfo(zones[0]))
    return False


def _zones(name: str, *, is_sure: bool) -> tuple[str, ...]:
    if is_sure:
        return meanings(name) if len(name) > 2 or name in places() else ()
    return () if name in _ENGLISH else places().get(name, ())


def _asked(reader: Reader, start: int, name: str, zones: tuple[str, ...]) -> PhraseError:
    choices = [reader.instead(start, zone) for zone in zones[:2]]
    return PhraseError(f"names {name}, which is more than one time zone", *choices)
