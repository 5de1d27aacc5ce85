"""The words of the grammar, and the numbers they stand for."""

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# Source: RFC 5545, BYDAY.
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

MONTH_NUMBERS = {
    **{name.lower(): number for number, name in enumerate(MONTHS, 1)},
    **{name[:3].lower(): number for number, name in enumerate(MONTHS, 1)},
    "sept": 9,
}
DAY_NUMBERS = {
    **{name.lower(): number for number, name in enumerate(DAYS)},
    **{name[:3].lower(): number for number, name in enumerate(DAYS)},
    "tues": 1, "weds": 2, "wednes": 2, "thur": 3, "thurs": 3, "thr": 3,
}  # fmt: skip
PLURAL_DAYS = {f"{name.lower()}s": number for number, name in enumerate(DAYS)}

_ONES = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
NUMBERS = {
    **{name: number for number, name in enumerate(_ONES, 1)},
    **{name: 10 * number for number, name in enumerate(_TENS, 2)},
}
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth", "twentieth",
)  # fmt: skip
ORDINALS = {name: number for number, name in enumerate(_ORDINALS, 1)} | {"thirtieth": 30}

# One of each as (months, days, seconds): a month is no number of days, and a day not 24 hours.
UNITS = {
    name: size
    for names, size in (
        ("s sec secs second seconds", (0, 0, 1)),
        ("m min mins mn minute minutes", (0, 0, 60)),
        ("h hr hrs hour hours", (0, 0, 3600)),
        ("d day days", (0, 1, 0)),
        ("w wk wks week weeks", (0, 7, 0)),
        ("fortnight fortnights", (0, 14, 0)),
        ("mo mos mth mths month months", (1, 0, 0)),
        ("y yr yrs year years", (12, 0, 0)),
    )
    for name in names.split()
}
# The unit that an adverb repeats.
ADVERBS = {
    "hourly": "hour", "daily": "day", "everyday": "day", "weekly": "week",
    "fortnightly": "fortnight", "monthly": "month", "yearly": "year", "annually": "year",
}  # fmt: skip

# A part of the day: its time where no hour is said, and the hours that fit it.
PARTS = {
    "morning": (9, range(12)),
    "afternoon": (15, range(12, 19)),
    "evening": (20, range(16, 24)),
    "night": (20, range(18, 24)),
}

VOCABULARY = sorted(
    {
        *MONTH_NUMBERS, *DAY_NUMBERS, *PLURAL_DAYS, *NUMBERS, *ORDINALS, *UNITS, *ADVERBS, *PARTS,
        "today", "tomorrow", "tonight", "after", "next", "this", "noon", "midday", "midnight",
        "every", "each", "other", "last", "weekday", "weekdays", "workday", "weekend", "weekends",
        "half", "quarter", "past", "from", "now",
    }
)  # fmt: skip


def ordinal_text(number: int) -> str:
    if number == -1:
        return "last"
    tail = "th" if 11 <= number <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{tail}"


def every_text(count: int, unit: str) -> str:
    return f"every {unit}" if count == 1 else f"every {count} {unit}s"


def is_digits(token: str) -> bool:
    """Return whether a token is a whole number; str.isdigit also accepts ² and Arabic digits."""
    return token.isascii() and token.isdigit()
