"""The rules that read a day of a month, and the ends of weeks, months and years."""

from bot.times import texts
from bot.times.grammar.dates import ordinal, year
from bot.times.grammar.durations import read_duration
from bot.times.grammar.reader import Reader
from bot.times.phrase import END_OF_DAY, Date, Duration, Month, PhraseError
from bot.times.words import DAY_NUMBERS, MONTH_NUMBERS, WEEKDAYS, is_digits

Fields = dict[str, object]


def month_day(reader: Reader) -> bool:
    """Read ``the 15th``, ``on the last day``, ``the first monday``, with the month behind it."""
    reader.take("on")
    has_article = reader.take("the")
    is_word = not is_digits(reader.peek())
    number = ordinal(reader)
    if number is None:
        return False
    weekday = reader.take_from(DAY_NUMBERS)
    if weekday is not None:
        if not -1 <= number <= 5:
            return False
        fields: Fields = {"nth": f"{number}{WEEKDAYS[weekday]}"}
    elif reader.take("day") or (
        number != -1 and (not is_word or has_article or reader.peek() == "of")
    ):
        fields = {"month_day": number}
    else:
        return False
    if of_months := _of_months(reader):
        fields |= {"every": of_months, "is_single": of_months == Duration(months=1)}
    elif month := _of_one_month(reader):
        fields["month"] = month
    elif (weekday is not None or number == -1) and not _has_month(reader, weekday):
        return False
    return reader.sets(**fields)


def _has_month(reader: Reader, weekday: int | None) -> bool:
    """Return whether the phrase says of which month ``the last day`` or ``last friday`` is."""
    phrase = reader.phrase
    return bool(phrase.every or phrase.month or (weekday is not None and phrase.delay))


def _of_months(reader: Reader) -> Duration | None:
    """Read ``of every month``, ``of each month``, ``every 2 months``."""
    start = reader.at
    reader.take_one("of", "in")
    if reader.take("every"):
        length = read_duration(reader, may_begin_with_unit=True)
        if reader.take("other", "month"):
            length = Duration(months=2)
        if length and length.months and not (length.days or length.seconds):
            return length
    reader.at = start
    return None


def _of_one_month(reader: Reader) -> Month | None:
    """Read ``of the month``, ``of next month``, ``in april 2027``."""
    start = reader.at
    has_of = bool(reader.take_one("of", "in"))
    which = reader.take_one("this", "next", *(["the"] if has_of else []))
    if (which or has_of) and reader.take("month"):
        ahead = {"this": 0, "next": 1}.get(which)
        return Month(ahead=ahead, is_any=ahead is None)
    number = reader.take_from(MONTH_NUMBERS) if has_of and not which else None
    if number is not None:
        return Month(number, year(reader))
    reader.at = start
    return None


def named_month(reader: Reader) -> bool:
    """Read ``next month``, ``this month`` beside a day."""
    which = reader.take_one("this", "next")
    if not which or not reader.take("month"):
        return False
    return reader.sets(month=Month(ahead=int(which == "next")))


def edge_of(reader: Reader) -> bool:
    """Read ``end of month``, ``eom``, ``by the end of next year``, ``beginning of next week``."""
    start = reader.at
    which = reader.take_one("every")
    reader.take_one("at", "by", "on")
    reader.take("the")
    edge = "end"
    unit = {"eow": "week", "eom": "month", "eoy": "year"}.get(reader.peek(), "")
    if unit:
        reader.at += 1
    else:
        # "Month end".
        is_short = reader.peek(1) == "end"
        edge = "end" if is_short else reader.take_one("end", "start", "beginning")
        if not edge or not (is_short or reader.take("of")):
            return False
        which = reader.take_one("the", "this", "next", "every") or which
        named = reader.take_from(MONTH_NUMBERS) if not which else None
        if named is not None:
            return reader.sets(month=Month(named), **_month_edge(edge))
        unit = reader.take_one("week", "month", "year")
        reader.at += is_short
    if edge == "end" and unit == "week":
        raise _end_of_week(reader, start, which)
    return bool(unit) and reader.sets(**_edge_fields(edge, which, unit))


def _end_of_week(reader: Reader, start: int, which: str) -> PhraseError:
    often, ahead = "every " * (which == "every"), " next week" * (which == "next")
    days = (f"{often}{day}{ahead}" for day in ("friday", "sunday"))
    return PhraseError(texts.FRIDAY_OR_SUNDAY, *reader.instead(start, *days, at=" 17:00"))


def _month_edge(edge: str) -> Fields:
    return {"month_day": -1, "default": END_OF_DAY} if edge == "end" else {"month_day": 1}


def _year_edge(edge: str) -> Fields:
    if edge == "end":
        return {"date": Date(12, 31), "default": END_OF_DAY}
    return {"date": Date(1, 1)}


def _edge_fields(edge: str, which: str, unit: str) -> Fields:
    """Return the fields of the first or the last day of a week, month or year."""
    if which == "every":
        if unit == "week":
            return {"every": Duration(days=7), "is_single": True, "weekdays": (0,)}
        months, fields = (1, _month_edge(edge)) if unit == "month" else (12, _year_edge(edge))
        return {"every": Duration(months=months), "is_single": True, **fields}
    if edge != "end" and which == "this":
        raise PhraseError(texts.PAST, f"the beginning of next {unit}")
    if unit == "week":
        return {"weekdays": (0,), "week": 1}
    if unit == "year":
        if which == "next" and edge == "end":
            raise PhraseError(texts.NO_YEAR, "in 1 year", "31 December")
        return _year_edge(edge)
    # The coming one: the end of this month is ahead, and the beginning of the next.
    is_this = edge == "end" and which != "next"
    month = Month(is_any=True, ahead=0) if is_this else Month(ahead=1)
    return {"month": month, **_month_edge(edge)}
