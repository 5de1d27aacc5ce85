"""The grammar: a phrase, read to its last word or not at all, into what it says.

What it says is not yet a moment: `Phrase` knows "the coming Friday, at 5" and no calendar.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo

from bot.schedules.dates import (
    Clock,
    Date,
    clock_in_numbers,
    date_in_numbers,
    date_in_words,
    ordinal,
    past_or_to,
    weekdays,
)
from bot.schedules.tokens import Refused, Span, Tokens, number_word, span
from bot.schedules.words import (
    ADVERBS,
    DAY_NUMBERS,
    PARTS,
    PLURAL_DAYS,
    TWO_FOLD_ZONES,
    UNITS,
    WEEKDAYS,
    named_zone,
    offset_zone,
)

_COUNT = re.compile(r"\d{1,4}", re.ASCII)
_WORKDAYS = (0, 1, 2, 3, 4)
_WORKDAY_WORDS = ("weekday", "workday")


@dataclass(slots=True)
class Phrase:
    """What a phrase says; ``None`` is what it does not say."""

    clock: Clock | None = None
    part: str | None = None  # of the day, a key of PARTS
    offset: int | None = None  # days from today
    weekdays: tuple[int, ...] | None = None
    which: str | None = None  # "this" or "next" weekday
    date: Date | None = None
    month_day: int | None = None  # -1 is the last
    nth: str | None = None  # weekday of a month: "1MO", "-1FR"
    delay: Span | None = None
    every: Span | None = None
    zone: tzinfo | None = None

    def said(self) -> frozenset[str]:
        """Return which of the fields that name a day are set."""
        names = ("offset", "weekdays", "which", "date", "month_day", "nth", "delay")
        return frozenset(name for name in names if getattr(self, name) is not None)


def read(text: str) -> tuple[Phrase, str]:
    """Return what text says, and the rest of it that no rule reads: empty if all is understood.

    Raises Refused for what is read and makes no sense.
    """
    return _Reader(text).read()


class _Reader:
    """Tokens, and how far they are read. A rule takes its tokens and sets its fields, or says False."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = Tokens(text)
        self.phrase = Phrase()
        self.is_marked = False  # "in" or "from now": a delay that may have a time beside it

    def read(self) -> tuple[Phrase, str]:
        while self.tokens.at < len(self.tokens.words):
            start = self.tokens.at
            if start and self.tokens.take(","):
                start = self.tokens.at
            if not any(self.tries(rule, start) for rule in _RULES):
                return self.phrase, self.text[self.tokens.ends[start] :].strip() or ","
        # "2 days at 9" may be a length of time that begins at 9.
        phrase = self.phrase
        if phrase.delay and not self.is_marked and phrase != Phrase(delay=phrase.delay):
            raise Refused("says how long, not when", "in 2 days at 9:00")
        return phrase, ""

    def tries(self, rule: Callable[["_Reader"], bool], start: int) -> bool:
        self.tokens.at = start
        return rule(self)

    def sets(self, **fields: object) -> bool:
        """Set fields of the phrase; False where one is said already."""
        if any(getattr(self.phrase, name) is not None for name in fields):
            return False
        for name, value in fields.items():
            setattr(self.phrase, name, value)
        return True

    def delay(self) -> bool:
        """Read ``in 2 hours``, ``2h30m``, ``3 days from now``, ``next week``."""
        if self.tokens.take("next", "week"):
            self.is_marked = True
            return self.sets(delay=Span(days=7))
        has_in = self.tokens.take("in")
        is_number = self.tokens.peek()[:1].isdigit()
        length = span(self.tokens)
        if length is None:
            return False
        is_marked = self.tokens.take("from", "now") or has_in
        if not ((is_marked or is_number) and self.sets(delay=length)):
            return False
        self.is_marked = is_marked
        return True

    # Days

    def day_word(self) -> bool:
        """Read ``today``, ``tomorrow``, ``the day after tomorrow``, ``tonight``, ``this evening``."""
        for words, fields in _DAY_WORDS:
            if self.tokens.take(*words):
                return self.sets(**fields)
        return False

    def weekday(self) -> bool:
        """Read ``friday``, ``on friday``, ``next friday``; after "every 2 weeks" also a list."""
        self.tokens.take("on")
        which = self.tokens.take_one("this", "next")
        if self.phrase.every and not which:
            days = weekdays(self.tokens, DAY_NUMBERS | PLURAL_DAYS)
            return bool(days) and self.sets(weekdays=days)
        day = self.tokens.take_from(DAY_NUMBERS)
        if day is None:
            return False
        return self.sets(weekdays=(day,), **({"which": which} if which else {}))

    def date(self) -> bool:
        """Read ``3 march``, ``March 3rd, 2027``, ``2027-03-03``, ``31.03.2027``, ``31/3``."""
        self.tokens.take("on")
        self.tokens.take("the")
        date = date_in_numbers(self.tokens) or date_in_words(self.tokens)
        return date is not None and self.sets(date=date)

    def month_day(self) -> bool:
        """Read ``the 15th``, ``on the last day``, ``the first monday``, with ``of every month``."""
        self.tokens.take("on")
        has_article = self.tokens.take("the")
        start = self.tokens.at
        number = ordinal(self.tokens)
        if number is None:
            return False
        is_word = not self.tokens.words[start].isdigit()
        day = self.tokens.take_from(DAY_NUMBERS)
        if day is not None:
            if not -1 <= number <= 5:
                return False
            fields: dict[str, object] = {"nth": f"{number}{WEEKDAYS[day]}"}
        elif is_word and not self.tokens.take("day"):
            return False
        else:
            fields = {"month_day": number}
        of_months = self.of_months()
        if of_months:
            fields["every"] = of_months
        elif not has_article or (day is not None and not self.phrase.every):
            return False
        return self.sets(**fields)

    def of_months(self) -> Span | None:
        """Read ``of every month``, ``of each month``, ``every 2 months``."""
        start = self.tokens.at
        self.tokens.take("of")
        if self.tokens.take_one("every", "each"):
            count = self.every_count()
            if count and self.tokens.take_one("month", "months"):
                return Span(months=count)
        self.tokens.at = start
        return None

    # Times of day

    def clock(self) -> bool:
        """Read ``at 9``, ``9:30``, ``5pm``, ``noon``, ``half past 9``, ``5 o'clock``."""
        has_at = bool(self.tokens.take_one("at", "@"))
        for words, clock in _CLOCK_WORDS:
            if self.tokens.take(*words):
                return self.sets(clock=clock)
        clock_or_none = past_or_to(self.tokens) or clock_in_numbers(self.tokens, has_at=has_at)
        return clock_or_none is not None and self.sets(clock=clock_or_none)

    def part(self) -> bool:
        """Read ``morning``, ``in the evening``, ``at night``."""
        if not self.tokens.take("in", "the"):
            self.tokens.take("at")
        part = self.tokens.take_one(*PARTS)
        return bool(part) and self.sets(part=part)

    def zone(self) -> bool:
        """Read ``UTC``, ``UTC+2``, ``EST``, ``Europe/Berlin``."""
        word = self.tokens.peek()
        if word in TWO_FOLD_ZONES:
            raise Refused(f"names {word.upper()}, which is more than one time zone", "9:00 UTC+2")
        zone = named_zone(word)
        self.tokens.at += zone is not None
        # Only here: "9:00 - 10:00" is no offset.
        sign = self.tokens.take_one("+", "-") if word in ("utc", "gmt") else ""
        if sign:
            zone = offset_zone(sign, self.tokens.peek())
            self.tokens.at += 1
        return zone is not None and self.sets(zone=zone)

    # Repetitions

    def every(self) -> bool:
        """Read ``every 2 weeks``, ``every weekday``, ``every first monday of the month``, ``daily``."""
        adverb = self.tokens.take_one(*ADVERBS)
        if adverb:
            return self.sets(every=_span_of(1, ADVERBS[adverb]))
        if self.tokens.take("nightly"):
            return self.sets(every=Span(days=1), part="night")
        self.tokens.take("on")
        if self.tokens.take_one("weekdays", "workdays"):
            return self.sets(every=Span(days=7), weekdays=_WORKDAYS)
        if self.tokens.peek() in PLURAL_DAYS:
            return self.sets(every=Span(days=7), weekdays=weekdays(self.tokens, PLURAL_DAYS))
        if not self.tokens.take_one("every", "each"):
            return False
        start = self.tokens.at
        return any(self.tries(form, start) for form in _EVERY)

    def every_count(self) -> int | None:
        """Read how many: nothing, ``2``, ``other``, ``2nd``, ``second``."""
        if self.tokens.take("other"):
            return 2
        start = self.tokens.at
        number = ordinal(self.tokens)
        if number is not None:
            return number if number > 1 else None
        self.tokens.at = start
        found = self.tokens.take_match(_COUNT)
        return int(found[0]) if found else number_word(self.tokens) or 1

    def every_unit(self) -> bool:
        count = self.every_count()
        unit = self.tokens.peek()
        if not count or unit not in UNITS:
            return False
        self.tokens.at += 1
        return self.sets(every=_span_of(count, unit))

    def every_span(self) -> bool:
        length = span(self.tokens)
        return length is not None and self.sets(every=length)

    def every_part(self) -> bool:
        part = self.tokens.take_one(*PARTS)
        return bool(part) and self.sets(every=Span(days=1), part=part)

    def every_weekday(self) -> bool:
        if self.tokens.take_one(*_WORKDAY_WORDS):
            return self.sets(every=Span(days=7), weekdays=_WORKDAYS)
        count = 2 if self.tokens.take("other") else 1
        days = weekdays(self.tokens, DAY_NUMBERS | PLURAL_DAYS)
        return bool(days) and self.sets(every=Span(days=7 * count), weekdays=days)

    def every_of_the_month(self) -> bool:
        number = ordinal(self.tokens)
        if number is None:
            return False
        is_word = not self.tokens.words[self.tokens.at - 1].startswith(("st", "nd", "rd", "th"))
        day = self.tokens.take_from(DAY_NUMBERS)
        if day is None and is_word and not self.tokens.take("day"):
            return False
        if not self.tokens.take("of", "the", "month"):
            return False
        if day is None:
            return self.sets(every=Span(months=1), month_day=number)
        return -1 <= number <= 5 and self.sets(every=Span(months=1), nth=f"{number}{WEEKDAYS[day]}")

    def every_date(self) -> bool:
        date = date_in_words(self.tokens)
        return date is not None and date.year is None and self.sets(every=Span(12), date=date)


_DAY_WORDS: tuple[tuple[tuple[str, ...], dict[str, object]], ...] = (
    (("today",), {"offset": 0}),
    (("tomorrow",), {"offset": 1}),
    (("the", "day", "after", "tomorrow"), {"offset": 2}),
    (("day", "after", "tomorrow"), {"offset": 2}),
    (("tonight",), {"offset": 0, "part": "night"}),
    *((("this", part), {"offset": 0, "part": part}) for part in PARTS if part != "night"),
)
_CLOCK_WORDS = (
    (("noon",), Clock(12)),
    (("midday",), Clock(12)),
    (("midnight",), Clock(0, is_midnight=True)),
    (("end", "of", "day"), Clock(17)),
    (("end", "of", "the", "day"), Clock(17)),
    (("eod",), Clock(17)),
)
_EVERY = (
    _Reader.every_of_the_month,
    _Reader.every_weekday,
    _Reader.every_part,
    _Reader.every_date,
    _Reader.every_span,
    _Reader.every_unit,
)
_RULES = (
    _Reader.every,
    _Reader.delay,
    _Reader.date,
    _Reader.month_day,
    _Reader.day_word,
    _Reader.weekday,
    _Reader.clock,
    _Reader.part,
    _Reader.zone,
)


def _span_of(count: int, unit: str) -> Span:
    months, days, seconds = UNITS[unit]
    return Span(months * count, days * count, seconds * count)
