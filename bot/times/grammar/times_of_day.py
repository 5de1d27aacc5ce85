"""The parts of a phrase that name a time of day."""

import re

from bot.times.grammar.dates import Clock
from bot.times.grammar.durations import number_word
from bot.times.grammar.tokens import PhraseError, Tokens, is_digits
from bot.times.words import NUMBERS, PARTS, UNITS

_CLOCK = re.compile(r"(\d\d?)([:.])(\d\d)(?::(\d\d))?", re.ASCII)
_MINUTES = re.compile(r"[0-5]\d", re.ASCII)
_PAST, _TO = ("past", "after"), ("to", "before", "until", "till", "til")
_SPOKEN = {"five": 5, "ten": 10, "twenty": 20, "twenty-five": 25, "quarter": 15, "half": 30}
# Behind these a number is an hour; behind "friday" it may be a day of the month.
_BEFORE_AN_HOUR = {"today", "tomorrow", "tonight", "daily", "before", *PARTS}
_HOURS = tuple(name for name, size in UNITS.items() if size == UNITS["hour"])


def past_or_to(tokens: Tokens) -> Clock | None:
    """Read ``half past 9``, ``a quarter to eight``, ``ten past nine``, ``20 minutes to 6``."""
    minutes = _minutes_before(tokens)
    if minutes is None:
        return None
    # "a quarter of six" in America; "a quarter of an hour" is no time of day.
    is_of = minutes == 15 and tokens.take("of")
    is_past = bool(tokens.take_one(*_PAST))
    if not is_past and (minutes == 30 or not tokens.take_one(*_TO)) and not is_of:
        return None
    base = clock(tokens, has_at=True)
    if base is None or base.minute or base.second:
        return None
    hour = base.hour if is_past else (base.hour or 24) - 1
    if not base.exact and not hour:
        hour = 12
    minute = minutes if is_past else 60 - minutes
    return Clock(hour, minute, exact=base.exact)


def _minutes_before(tokens: Tokens) -> int | None:
    tokens.take("a")
    if tokens.take("twenty", "-", "five") or tokens.take("twenty", "five"):
        minutes = 25
    elif word := tokens.take_one(*_SPOKEN):
        minutes = _SPOKEN[word]
    elif is_digits(tokens.peek()) and len(tokens.peek()) <= 2:
        # "10 to 6" may be eight hours; "10 past 6" and "20 to 6" may be nothing else.
        is_no_hour = tokens.peek() in ("20", "25") and tokens.peek(1) in _TO
        if not is_no_hour and tokens.peek(1) not in ("minutes", "minute", "mins", "min", *_PAST):
            return None
        minutes = int(tokens.peek())
        tokens.at += 1
    else:
        return None
    tokens.take_one("minutes", "minute", "mins", "min")
    return minutes if 0 < minutes < 60 else None


def half_an_hour(tokens: Tokens) -> tuple[str, str] | None:
    """Return what ``half 9`` may be: half past nine in London, half past eight elsewhere."""
    start = tokens.at
    if tokens.take("half") and (hour := _hour(tokens)) and hour <= 12:
        return f"half past {hour}", f"half past {(hour - 1) or 12}"
    tokens.at = start
    return None


def _hour(tokens: Tokens) -> int | None:
    token = tokens.peek()
    if is_digits(token) and len(token) <= 2:
        tokens.at += 1
        return int(token)
    return number_word(tokens)


def clock(tokens: Tokens, *, has_at: bool) -> Clock | None:
    """Read ``9:30``, ``5pm``, ``530pm``, ``nine am``, ``five thirty pm``, ``5 o'clock``; with "at" also ``9``."""
    start, first = tokens.at, tokens.peek()
    is_hour = has_at or bool(start and tokens.words[start - 1] in _BEFORE_AN_HOUR)
    found = _numbers(tokens, has_at=has_at)
    if found is None:
        return None
    hour, minute, second, is_sure = found
    half = half_of_day(tokens)
    if is_oclock := tokens.take("o", "'", "clock"):
        half = half or half_of_day(tokens)
    if has_at and not half:
        tokens.take_one(*_HOURS)
    is_hour |= _names_the_day(tokens) and "." not in first
    is_sure |= "." in first and first.count(".") == 1 and not 1 <= minute <= 12  # no month
    if not (is_sure or half or is_oclock or is_hour):
        return None
    said = " ".join(tokens.words[start : tokens.at])
    if hour == 24 and not minute and not second:
        raise PhraseError(f"has no time of day: {said} is past 23:59", "midnight")
    if hour > 23 or minute > 59 or second > 59:
        raise PhraseError(f"has no time of day: {said}")
    if half:
        if not 1 <= hour <= 12:
            twelve = f"{hour % 12 or 12}:{minute:02}{'pm' if hour > 11 else 'am'}"
            raise PhraseError(f"has no time of day: {said}", f"{hour}:{minute:02}", twelve)
        return Clock(hour % 12 + (12 if half == "pm" else 0), minute, second)
    return Clock(hour, minute, second, exact=first[0] == "0" or hour > 12)


def _names_the_day(tokens: Tokens) -> bool:
    """Return whether there follows what makes a number an hour: "in the evening", "tomorrow", "tonight"."""
    words = tokens.peek(), tokens.peek(1), tokens.peek(2)
    if words[0] in ("tomorrow", "tonight", "today"):
        return True
    return (words[:2] == ("in", "the") and words[2] in PARTS) or (
        words[0] in ("this", "at") and words[1] in PARTS
    )


def _numbers(tokens: Tokens, *, has_at: bool) -> tuple[int, int, int, bool] | None:
    """Return hour, minute and second, and whether they can be nothing else."""
    token = tokens.peek()
    if found := tokens.take_match(_CLOCK):
        return int(found[1]), int(found[3]), int(found[4] or 0), found[2] == ":"
    if token in NUMBERS:
        hour = number_word(tokens) or 0
        return hour, _spoken_minutes(tokens), 0, False
    if not is_digits(token) or len(token) > 4:
        return None
    tokens.at += 1
    if len(token) > 2:
        is_sure = len(token) == 4 and token[0] == "0"  # 0930, which is no year
        if not is_sure and not (
            tokens.peek() in ("am", "pm", "a", "p") or (has_at and _is_whole(token, tokens))
        ):
            return None
        return int(token[:-2]), int(token[-2:]), 0, is_sure
    return int(token), _minutes_behind(tokens, has_at=has_at), 0, False


def _is_whole(token: str, tokens: Tokens) -> bool:
    # "at 930" may be a number of something; "at 0930" is not.
    return len(token) == 4 or tokens.peek() in _HOURS


def _minutes_behind(tokens: Tokens, *, has_at: bool) -> int:
    """Read the 30 of ``at 17h30`` and of ``5 30 pm``."""
    start = tokens.at
    if has_at and tokens.take("h") and (found := tokens.take_match(_MINUTES)):
        return int(found[0])
    tokens.at = start
    if (found := tokens.take_match(_MINUTES)) and tokens.peek() in ("am", "pm"):
        return int(found[0])
    tokens.at = start
    return 0


def _spoken_minutes(tokens: Tokens) -> int:
    """Read the rest of ``five thirty``, ``nine oh five``."""
    start = tokens.at
    has_oh = bool(tokens.take_one("oh", "o"))
    minutes = number_word(tokens)
    if minutes is not None and minutes < 60 and (minutes > 9) != has_oh:
        return minutes
    tokens.at = start
    return 0


def half_of_day(tokens: Tokens) -> str:
    for letter in "ap":
        if any(tokens.take(*form) for form in ((letter + "m",), (letter, ".", "m"), (letter, "m"))):
            tokens.take(".")
            return letter + "m"
    return ""
