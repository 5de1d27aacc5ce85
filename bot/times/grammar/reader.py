"""What a phrase says, and the tokens on the way to it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo

from bot.times.grammar.dates import Clock, Date, Month, date_in_numbers
from bot.times.grammar.durations import Duration
from bot.times.grammar.tokens import PhraseError, Tokens


@dataclass(slots=True)
class Phrase:
    """What a phrase says; ``None`` is what it does not say."""

    clock: Clock | None = None
    default: Clock | None = None  # the time of day where none is said: an end is 17:00
    part: str | None = None  # of the day, a key of PARTS
    offset: int | None = None  # days from today
    weekdays: tuple[int, ...] | None = None
    which: str | None = None  # "this" or "next" weekday
    week: int | None = None  # 0 is this week, 1 the next
    date: Date | None = None
    month: Month | None = None  # in which a month_day or an nth is
    month_day: int | None = None  # -1 is the last
    nth: str | None = None  # weekday of a month: "1MO", "-1FR"
    delay: Duration | None = None
    shift: Duration | None = None  # from the day that is named: "a week from sunday"
    every: Duration | None = None
    is_single: bool | None = None  # "every week", but not "every 7 days"
    zone: tzinfo | None = None
    regions: tuple[str, ...] | None = None  # whose clocks the zone's letters stand for
    in_regions: tuple[str, ...] | None = None  # the phrase with each of them instead of the letters

    def said(self) -> frozenset[str]:
        """Return which of the fields that name a day are set."""
        names = (
            "offset", "weekdays", "which", "week", "date", "month", "month_day", "nth", "delay",
        )  # fmt: skip
        return frozenset(name for name in names if getattr(self, name) is not None)

    def time_text(self) -> str:
        """Return the time of day in words that the grammar reads back: nine where none is said."""
        return f"{self.clock.hour}:{self.clock.minute:02}" if self.clock else "9:00"


class Reader:
    """Tokens, and how far they are read. A rule takes its tokens and sets its fields, or says False."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = Tokens(text)
        self.phrase = Phrase()
        self.is_marked = False  # "in" or "from now": a delay that may have a time beside it

    def tries(self, rule: Callable[["Reader"], bool], start: int) -> bool:
        self.tokens.at = start
        return rule(self)

    def sets(self, **fields: object) -> bool:
        """Set fields of the phrase; False where one is said already."""
        if any(getattr(self.phrase, name) is not None for name in fields):
            return False
        for name, value in fields.items():
            setattr(self.phrase, name, value)
        return True

    def date_in_numbers(self) -> Date | None:
        """Read a date in numbers. Raises PhraseError where they are two dates, with the phrase for each."""
        start = self.tokens.at
        try:
            return date_in_numbers(self.tokens)
        except PhraseError as refused:
            dates = (self.instead(start, date) for date in refused.suggestions)
            raise PhraseError(refused.reason, *dates) from None

    def instead(self, start: int, words: str, at: str = "") -> str:
        """Return the text with these words in the place of what is read from start on.

        ``at`` is the time of day to add where nothing stands behind them.
        """
        ends = self.tokens.ends
        before, behind = self.text[: ends[start]], self.text[ends[self.tokens.at] :]
        return f"{before.rstrip()} {words}{behind if behind.strip() else at}".strip()
