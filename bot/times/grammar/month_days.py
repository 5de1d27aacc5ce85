"""The part of the grammar that names a day within a month, and the ends of weeks, months and years."""

from bot.times.grammar.dates import Clock, Date, Month, ordinal
from bot.times.grammar.durations import Duration, span
from bot.times.grammar.reader import Reader
from bot.times.grammar.tokens import PhraseError, is_digits
from bot.times.words import DAY_NUMBERS, MONTH_NUMBERS, WEEKDAYS

END = Clock(17)  # of a day, and of the last day of a month or year


def month_day(reader: Reader) -> bool:
    """Read ``the 15th``, ``15th``, ``on the last day``, ``the first monday``, with the month behind it."""
    tokens = reader.tokens
    tokens.take("on")
    has_article = tokens.take("the")
    start = tokens.at
    number = ordinal(tokens)
    if number is None:
        return False
    is_word = not is_digits(tokens.words[start])
    day = tokens.take_from(DAY_NUMBERS)
    if day is not None:
        if not -1 <= number <= 5:
            return False
        fields: dict[str, object] = {"nth": f"{number}{WEEKDAYS[day]}"}
    elif not tokens.take("day") and (
        number == -1 or (is_word and not has_article and tokens.peek() != "of")
    ):
        return False
    else:
        fields = {"month_day": number}
    of_months = _of_months(reader)
    if of_months:
        fields["every"] = of_months
        fields["is_single"] = of_months == Duration(months=1)
    elif not _of_one_month(reader, fields) and _may_be_another(reader, number, day):
        return False
    return reader.sets(**fields)


def _may_be_another(reader: Reader, number: int, day: int | None) -> bool:
    """Return whether ``the second`` or ``last friday`` says too little to be of a month."""
    if day is not None:
        return not (reader.phrase.every or reader.phrase.month or reader.phrase.delay)
    return number == -1 and not (reader.phrase.every or reader.phrase.month)


def _of_months(reader: Reader) -> Duration | None:
    """Read ``of every month``, ``of each month``, ``every 2 months``."""
    tokens = reader.tokens
    start = tokens.at
    tokens.take_one("of", "in")
    if tokens.take("every"):
        length = span(tokens, may_begin_with_unit=True)
        if tokens.take("other", "month"):
            length = Duration(months=2)
        if length and length.months and not (length.days or length.seconds):
            return length
    tokens.at = start
    return None


def _of_one_month(reader: Reader, fields: dict[str, object]) -> bool:
    """Read ``of the month``, ``of next month``, ``in april 2027``."""
    tokens, start = reader.tokens, reader.tokens.at
    has_of = bool(tokens.take_one("of", "in"))
    which = tokens.take_one("this", "next", *(["the"] if has_of else []))
    if (which or has_of) and tokens.take("month"):
        ahead = {"this": 0, "next": 1}.get(which)
        fields["month"] = Month(ahead=ahead, is_any=ahead is None)
        return True
    number = tokens.take_from(MONTH_NUMBERS) if has_of and not which else None
    if number is None:
        tokens.at = start
        return False
    year = tokens.peek()
    is_year = is_digits(year) and len(year) == 4
    tokens.at += is_year
    fields["month"] = Month(number, int(year) if is_year else None)
    return True


def month(reader: Reader) -> bool:
    """Read ``next month``, ``this month`` beside a day."""
    which = reader.tokens.take_one("this", "next")
    if not which or not reader.tokens.take("month"):
        return False
    return reader.sets(month=Month(ahead=int(which == "next")))


def edge_of(reader: Reader) -> bool:
    """Read ``end of month``, ``eom``, ``by the end of next year``, ``the beginning of next week``."""
    tokens, start = reader.tokens, reader.tokens.at
    which = tokens.take_one("every")
    tokens.take_one("at", "by", "on")
    tokens.take("the")
    unit = {"eow": "week", "eom": "month", "eoy": "year"}.get(
        tokens.take_one("eow", "eom", "eoy"), ""
    )
    edge = "end"
    if not unit:
        is_short = tokens.peek(1) == "end"  # "month end"
        edge = "end" if is_short else tokens.take_one("end", "start", "beginning")
        if not edge or not (is_short or tokens.take("of")):
            return False
        which = tokens.take_one("the", "this", "next", "every") or which
        named = tokens.take_from(MONTH_NUMBERS) if not which else None
        if named is not None:
            fields = {"month_day": -1, "default": END} if edge == "end" else {"month_day": 1}
            return reader.sets(month=Month(named), **fields)
        unit = tokens.take_one("week", "month", "year")
        tokens.at += is_short
    if edge == "end" and unit == "week":
        raise _end_of_week(reader, start, which)
    return bool(unit) and reader.sets(**_edge_fields(edge, which, unit))


def _end_of_week(reader: Reader, start: int, which: str) -> PhraseError:
    often, ahead = "every " * (which == "every"), " next week" * (which == "next")
    days = (f"{often}{day}{ahead}" for day in ("friday", "sunday"))
    return PhraseError(
        "may be Friday or Sunday", *(reader.instead(start, d, " 17:00") for d in days)
    )


def _edge_fields(edge: str, which: str, unit: str) -> dict[str, object]:
    """Return the fields of the first or the last day of a week, month or year."""
    is_end, is_next = edge == "end", which == "next"
    default = END if is_end else None
    if which == "every":
        if unit == "week":
            return {"every": Duration(days=7), "is_single": True, "weekdays": (0,)}
        day = (
            {"month_day": -1 if is_end else 1} if unit == "month" else {"date": _year_edge(is_end)}
        )
        months = 1 if unit == "month" else 12
        return {"every": Duration(months=months), "is_single": True, **day, "default": default}
    if not is_end and not is_next:
        if which == "this":
            raise PhraseError("is in the past", f"the beginning of next {unit}")
        is_next = True  # the coming one
    if unit == "week":
        return {"weekdays": (0,), "week": 1}
    if unit == "year":
        if is_next and is_end:
            raise PhraseError("needs a year", "in 1 year", "31 December")
        return {"date": _year_edge(is_end), "default": default}
    month = Month(ahead=1) if is_next else Month(is_any=True, ahead=0)
    return {"month_day": -1 if is_end else 1, "month": month, "default": default}


def _year_edge(is_end: bool) -> Date:
    return Date(12, 31) if is_end else Date(1, 1)
