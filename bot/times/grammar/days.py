"""The rules that read a day: ``tomorrow``, ``next friday``, ``31.3.2027``."""

from collections.abc import Mapping

from bot.times.grammar.dates import date_in_numbers, date_in_words, weekdays
from bot.times.grammar.reader import Reader
from bot.times.phrase import Duration
from bot.times.words import DAY_NUMBERS, PARTS, PLURAL_DAYS

_DAY_WORDS: Mapping[tuple[str, ...], Mapping[str, object]] = {
    ("today",): {"offset": 0},
    ("tomorrow",): {"offset": 1},
    ("the", "day", "after", "tomorrow"): {"offset": 2},
    ("day", "after", "tomorrow"): {"offset": 2},
    ("tonight",): {"offset": 0, "part": "night"},
    **{("this", part): {"offset": 0, "part": part} for part in PARTS if part != "night"},
}


def day_word(reader: Reader) -> bool:
    """Read ``today``, ``tomorrow``, ``the day after tomorrow``, ``tonight``, ``this evening``."""
    fields = reader.take_words(_DAY_WORDS)
    return fields is not None and reader.sets(**fields)


def weekday(reader: Reader) -> bool:
    """Read ``friday``, ``on friday``, ``next friday``, ``mon-fri``, ``every 2 weeks on friday``."""
    reader.take("on")
    which = reader.take_one("this", "next")
    if not which:
        start = reader.at
        days = weekdays(reader, DAY_NUMBERS | PLURAL_DAYS)
        if reader.phrase.every:
            return bool(days) and reader.sets(weekdays=days)
        if len(days) > 1:
            return reader.sets(every=Duration(days=7), is_single=True, weekdays=days)
        reader.at = start
    day = reader.take_from(DAY_NUMBERS)
    if day is None:
        return False
    # "Friday week" is British.
    if not which and not reader.phrase.every and reader.take("week"):
        return reader.sets(weekdays=(day,), shift=Duration(days=7))
    return reader.sets(weekdays=(day,), **({"which": which} if which else {}))


def week(reader: Reader) -> bool:
    """Read ``next week``, ``this week``, ``of next week``."""
    reader.take_one("of", "in")
    which = reader.take_one("this", "next")
    return bool(which) and reader.take("week") and reader.sets(week=int(which == "next"))


def calendar_date(reader: Reader) -> bool:
    """Read ``3 march``, ``March 3rd, 2027``, ``2027-03-03``, ``31.03.2027``, ``31/3``."""
    reader.take("on")
    reader.take("the")
    found = date_in_numbers(reader) or date_in_words(reader)
    return found is not None and reader.sets(date=found)
