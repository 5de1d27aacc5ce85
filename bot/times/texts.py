"""Reasons why a phrase cannot be used; each text follows the quoted phrase."""

PAST = "is in the past"
TWO_WAYS = "can be read in two ways"
TWO_DATES = "can mean two dates"
MANY_WAYS = "can be read in more than two ways"
ONCE_OR_EACH = "can mean once or every month"
FRIDAY_OR_SUNDAY = "can mean Friday or Sunday"
TWO_MIDNIGHTS = "can mean the midnight before or after"
MINUTES_OR_MONTHS = "can mean minutes or months"
TIME_OR_MINUTES = "can mean a time of day or minutes"

HOW_LONG = "says how long, not when"
NO_UNIT = "has no unit"
NO_NUMBER = "needs a number"
NO_EXACT_TIME = "is not an exact time"
NO_DAY = "does not say which day"
NO_DAYS = "does not say which days"
NO_TIME = "does not say what time"
NO_HOURS = "does not say at what times"
NO_YEAR = "needs a year"
ZONE_WITHOUT_TIME = "has a time zone but no time of day"

TWO_DAYS = "names two days"
TWO_MONTH_DAYS = "names two days of the month"
TWO_TIMES = "names two times"
TWO_LENGTHS = "names two durations"
CRON_ONLY = "can only be written as a cron line"

NO_SUCH_DAY = "is not a day in the calendar"
NOT_IN_MONTH = "is not a day of that month"
NO_SUCH_MOMENT = "is not a valid date and time"
NO_SUCH_OFFSET = "has an offset that no time zone uses"
UNKNOWN_ZONE = "names a time zone that I do not know"
AFTER_MIDNIGHT = "is after midnight"
UNCOUNTABLE_DAY = "names a day that I cannot work out"
MOVABLE_DAY = "falls on another date each year, which I do not know"

HAS_END = "has an end date, which I do not support"
HAS_BEGINNING = "has a start date, which I do not support"
NOW = "is now, not later"
NEVER = "never happens"
NOT_WHOLE_DAYS = "is not a whole number of days"
NOT_WHOLE_MINUTES = "is not a whole number of minutes"
TOO_FAR = "is more than 10 years away"
TOO_LONG = "is longer than 200 characters"
TOO_OFTEN = "is more often than every 5 minutes"
REPEATS_AT_OFFSET = "has an offset that no time zone keeps all year"
SEVERAL_ZONE_LETTERS = "has an abbreviation of several time zones"
UNSURE_CRON = "is not a standard cron line"

NO_SUCH_TIME = "contains {said}, which is not a time of day"
NO_MIDNIGHT = "contains midnight, which is not in the {part}"
NOT_IN_PART = "has an hour that is not in the {part}"
OTHER_WEEKDAY = "does not match the calendar: {day} is a {weekday}"
NOT_IN_ALL_MONTHS = "falls on the {day}, which some of its months do not have"
SEVERAL_ZONES = "contains {name}, which can mean several time zones"
OTHER_OFFSET = "has an offset that {name} does not use at that time"

# Behind a recurrence that leaves out the months or years without its day.
LEAP_YEARS_ONLY = " (leap years only)"
SKIPS_MONTHS = " (skips months without it)"


def not_understood(phrase: str, why: str, read: str, suggestion: str) -> str:
    """Return the sentence for a phrase that cannot be used; ``read`` is the part understood."""
    if why:
        return f'"{phrase}" {why}. Try {suggestion}.'
    only = f', only "{read}"' if read else ""
    return f'I could not read "{phrase}"{only}. Try {suggestion}.'
