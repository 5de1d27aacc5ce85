"""What a person is told of a phrase that cannot be used; each text follows the quoted phrase."""

PAST = "is in the past"
TWO_WAYS = "can be read in two ways"
TWO_DATES = "has a date that can be read in two ways"
MANY_WAYS = "can be read in more than two ways"
ONCE_OR_EACH = "may be once or each month"
FRIDAY_OR_SUNDAY = "may be Friday or Sunday"
TWO_MIDNIGHTS = "can mean two midnights"
MINUTES_OR_MONTHS = "may mean minutes or months"
TIME_OR_MINUTES = "may be a time of day or minutes"

HOW_LONG = "says how long, not when"
NO_UNIT = "names no unit"
NO_NUMBER = "says no number"
NO_EXACT_TIME = "says no exact time"
NO_DAY = "names no day"
NO_DAYS = "names no days"
NO_TIME = "names no time of day"
NO_HOURS = "names no hours"
NO_YEAR = "needs a year"
ZONE_WITHOUT_TIME = "names a time zone, but no time of day"

TWO_DAYS = "names two days"
TWO_MONTH_DAYS = "names two days of the month"
TWO_TIMES = "names two times"
TWO_LENGTHS = "says two lengths"
SEVERAL_HOURS = "names several hours"
SOME_HOURS = "names some hours only"
MINUTES_OF_HOURS = "names minutes of each hour"

NO_SUCH_DAY = "is a day that no calendar has"
NOT_IN_MONTH = "is a day that this month does not have"
NO_SUCH_MOMENT = "is not a date and time that exist"
NO_SUCH_OFFSET = "names an offset that no zone has"
UNKNOWN_ZONE = "names a time zone that I do not know"
AFTER_MIDNIGHT = "has an hour that is after midnight"
UNCOUNTABLE_DAY = "names a day that I cannot count"
MOVABLE_DAY = "has another date each year, which I do not know"

HAS_END = "has an end, and I can keep none"
HAS_BEGINNING = "has a beginning, and I can keep none"
NOW = "is now, not later"
NEVER = "never comes"
NOT_WHOLE_DAYS = "does not repeat in whole days"
NOT_WHOLE_MINUTES = "does not repeat in whole minutes"
TOO_FAR = "is more than 10 years away"
TOO_LONG = "is longer than 200 characters"
TOO_OFTEN = "is more often than every 5 minutes"
REPEATS_AT_OFFSET = "repeats at an offset that no zone keeps"
SEVERAL_ZONE_LETTERS = "has letters that mean more than one time zone"
UNSURE_CRON = "is not a cron line that every cron reads the same"


def no_such_time(said: str) -> str:
    return f"has no time of day: {said}"


def no_midnight(part: str) -> str:
    return f"has no midnight in its {part}"


def not_in_part(part: str) -> str:
    return f"has an hour that is not in the {part}"


def other_weekday(shown: str, weekday: str) -> str:
    return f"does not fit together: {shown} is a {weekday}"


def not_in_all_months(day: str) -> str:
    return f"comes on a {day}, which some of its months do not have"


def several_zones(name: str) -> str:
    return f"names {name}, which is more than one time zone"


def other_offset(name: str) -> str:
    return f"has an offset that {name} does not have then"


def not_understood(phrase: str, why: str, read: str, suggestion: str) -> str:
    """Return the sentence for a phrase that cannot be used; ``read`` is the part understood."""
    if why:
        return f'"{phrase}" {why}. Try {suggestion}.'
    only = f', only "{read}"' if read else ""
    return f'I could not read "{phrase}"{only}. Try {suggestion}.'


def one_of(suggestions: tuple[str, ...]) -> str:
    return " or ".join(f'"{suggestion}"' for suggestion in suggestions)


# Behind a recurrence that leaves out the months or years without its day.
LEAP_YEARS_ONLY = " (leap years only)"
SKIPS_MONTHS = " (skips months without it)"
