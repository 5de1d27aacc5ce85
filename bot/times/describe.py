"""Moments and recurrences in plain words that the grammar reads back."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.times import texts
from bot.times.cron import Cron
from bot.times.recurrence import RecurrenceRule, Rule, When, read_rule
from bot.times.words import DAYS, MONTHS, WEEKDAYS, every_text, ordinal_text
from bot.times.zone_names import zone_label

DESCRIPTION_LIMIT = 100  # characters of a choice's name, source: Discord, interactions/commands


def describe(when: When, *, zone: ZoneInfo) -> str:
    """Return what one reading means, in zone, in at most 100 characters.

    A one-off's description is itself a phrase for the same moment; so is a recurrence's up to its
    ", first".
    """
    local = when.first.astimezone(zone)
    if when.rule is None:
        seconds = f":{local:%S}" if local.second else ""
        day = f"{DAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]} {local.year}"
        return f"{day}, {local:%H:%M}{seconds}"
    moment = f"{local:%a} {local.day} {local:%b} {local.year}, {local:%H:%M}"
    first = f", first {moment}{skip_note(when)}"
    said = _describe_rule(read_rule(when.rule), when, zone)
    return truncate(said, DESCRIPTION_LIMIT - len(first)) + first


def skip_note(when: When) -> str:
    """Return the note for a recurrence that leaves out months or years without its day."""
    rule = read_rule(when.rule) if when.rule else None
    if not isinstance(rule, RecurrenceRule):
        return ""
    if rule.by_month == 2 and rule.by_month_day == 29:
        return texts.LEAP_YEARS_ONLY
    is_fifth = "".join(rule.by_day).startswith("5")
    if rule.freq == "MONTHLY" and (is_fifth or (rule.by_month_day or 0) > 28):
        return texts.SKIPS_MONTHS
    return ""


def describe_readings(
    readings: Sequence[When], *, zone: ZoneInfo, limit: int = DESCRIPTION_LIMIT
) -> str:
    """Return what all readings mean in at most ``limit`` characters, each with its first moment."""
    said = [describe(reading, zone=zone) for reading in readings]
    whole = " or ".join(said)
    if len(said) == 1 and len(whole + (there := _elsewhere(readings[0], zone))) <= limit:
        return whole + there
    if len(whole) <= limit:
        return whole
    rule, _, first = said[0].partition(", first ")
    firsts = [first or rule, *(text.rpartition(", first ")[2] for text in said[1:])]
    moments = [text.removesuffix(skip_note(r)) for text, r in zip(firsts, readings, strict=True)]
    behind = f", first {' or '.join(moments)}"
    note = skip_note(readings[0])
    if len(behind + note) + len("every month") < limit:
        behind += note
    return truncate(rule, limit - len(behind)) + behind


def _elsewhere(when: When, zone: ZoneInfo) -> str:
    """Return what the clocks show in a place that the phrase named, or nothing for one's own."""
    is_own = when.rule is not None or when.zone.key in ("UTC", zone.key)
    return "" if is_own else f" ({when.wall_time:%H:%M} {zone_label(when.zone.key)})"


def _describe_rule(rule: Rule, when: When, zone: ZoneInfo) -> str:
    if isinstance(rule, Cron):
        return f"cron {rule.fields}"
    if rule.freq in ("MINUTELY", "HOURLY"):
        return every_text(rule.interval, "minute" if rule.freq == "MINUTELY" else "hour")
    seconds = f":{when.wall_time:%S}" if when.wall_time.second else ""
    elsewhere = f" {zone_label(when.zone.key)}" if when.zone.key != zone.key else ""
    return f"{describe_days(rule)} at {when.wall_time:%H:%M}{seconds}{elsewhere}"


def describe_days(rule: RecurrenceRule) -> str:
    """Return how often and on which days, in words that the grammar reads back."""
    if rule.freq == "DAILY":
        return every_text(rule.interval, "day")
    if rule.freq == "WEEKLY":
        return _describe_weekdays(rule)
    if rule.freq == "YEARLY":
        month = MONTHS[(rule.by_month or 1) - 1]
        return f"{every_text(rule.interval, 'year')} on {rule.by_month_day} {month}"
    if rule.by_day:
        code = rule.by_day[0]
        day = f"{ordinal_text(int(code[:-2]))} {DAYS[WEEKDAYS.index(code[-2:])]}"
    else:
        day = ordinal_text(rule.by_month_day or 1) + (" day" if rule.by_month_day == -1 else "")
    return f"{every_text(rule.interval, 'month')} on the {day}"


def _describe_weekdays(rule: RecurrenceRule) -> str:
    days = [DAYS[WEEKDAYS.index(code)] for code in rule.by_day]
    if rule.interval > 1:
        return f"{every_text(rule.interval, 'week')} on {_listed(days)}"
    return "every weekday" if days == list(DAYS[:5]) else f"every {_listed(days)}"


def _listed(days: list[str]) -> str:
    if len(days) == 1:
        return days[0]
    *others, last = (day[:3] for day in days)
    return f"{', '.join(others)} and {last}"


def truncate(text: str, limit: int = DESCRIPTION_LIMIT) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
