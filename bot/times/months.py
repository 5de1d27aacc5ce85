"""Months, which are not all as long as each other."""

from datetime import datetime

_DAYS_IN = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def add_months(day: datetime, months: int) -> datetime:
    """Return the same day and time some months on, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    last = 28 if month == 1 and not leap else _DAYS_IN[month]
    return day.replace(year=year, month=month + 1, day=min(day.day, last))
