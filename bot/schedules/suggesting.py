"""Pure: a phrase that is not understood -> what may be meant, and how to write it."""

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches

from bot.schedules.words import DAYS, VOCABULARY

EXAMPLES = ("tomorrow 9:00", "in 2 hours")
PAST = "is in the past"

_LONGEST = 60  # characters of a suggestion
_TWO_WAYS = "can be read in two ways"
HINTS = (
    (r"ago|yesterday|last (week|month|year|night|time)", PAST, EXAMPLES),
    (r"(twice|two times|2 times|2x) (a|per|each|every) day", "names no hours", ("every 12 hours", "0 9,21 * * *")),
    (
        r"(thrice|three times|3 times|3x) (a|per|each|every) day",
        "names no hours",
        ("every 8 hours", "0 8,14,20 * * *"),
    ),
    (
        r"(twice|two times|2 times|2x) (a|per|each|every) week",
        "names no days",
        ("every monday and thursday at 9:00",),
    ),
    (r"(twice|two times|2 times|2x) (a|per|each|every) month", "names no days", ("0 9 1,15 * *",)),
    (r"(this|same) time", "names no time of day", ("in 1 day", "tomorrow 9:00")),
    (
        r"(1st|first) and (the )?(15th|fifteenth)",
        "names two days of the month",
        ("0 9 1,15 * *", "every month on the 1st at 9:00"),
    ),
    (r"until|till|times", "has an end, and I can keep none", ("every monday 9:00",)),
    (
        r"bi ?-?weekly|semi ?-?weekly",
        _TWO_WAYS,
        ("every 2 weeks on monday 9:00", "every monday and thursday 9:00"),
    ),
    (
        r"(bi|semi) ?-?monthly",
        _TWO_WAYS,
        ("every 2 months on the 1st at 9:00", "0 9 1,15 * *"),
    ),
    (r"bi ?-?annual(ly)?|semi ?-?annual(ly)?", _TWO_WAYS, ("every 6 months", "every 2 years")),
    (r"(every|each) (few|several) (hours?|hrs?)", "says no number", ("every 3 hours",)),
    (r"(every|each) (few|several) (\w+)", "says no number", ("every 3 days", "every 30 minutes")),
    (
        r"few|several|some|soon|a bit|a while|a moment|shortly|sometimes?|someday|asap|eventually|later",
        "says no exact time",
        ("in 10 minutes", "tomorrow 9:00"),
    ),
    (r"except|excluding|but not|without", "leaves a day out", ("every mon-thu at 9:00",)),
    (r"on the (half )?hour|past the hour|past every hour", "names minutes of each hour", ("0 * * * *", "30 * * * *")),
    (
        r"last (weekday|working day|business day|workday)",
        "names a day that I cannot count",
        ("last friday of every month 9:00", "last day of every month 9:00"),
    ),
    (r"between|(from|every) .*\d.* to \d+.*", "names several hours", ("0 9-17 * * 1-5", "every hour")),
    (r"breakfast|lunch|dinner|supper|bedtime|dawn|sunrise|sunset|dusk", "names no time of day", ("12:00", "18:00")),
    (r"weekends?", "names two days", ("saturday 9:00", "sunday 9:00", "every weekend at 9:00")),
    (r"next year", "names no day", ("in 1 year", "1 January")),
)  # fmt: skip
_DAY = "|".join(rf"{day[:3]}(?:{day[3:]})?" for day in map(str.lower, DAYS))
# What people write, and how the grammar has it.
_REWRITES = (
    (r"\b(\d+),(\d{1,2})\b(?=\s*[a-z])", r"\1.\2"),  # 1,5 hours
    (r"\b(\d{1,2}(?::\d\d)?) ?([ap])\b(?!\.)", r"\1\2m"),  # 9p
    (r"\b(\d\d?)\.(\d\d)\b", r"\1:\2"),  # 12.30
    (r"\b(\d\d?[./-]\d\d?[./-])(\d\d)$", r"\g<1>20\2"),  # 31.03.26
    (rf"\b({_DAY}) week\b", r"a week from \1"),
    (rf"\bweek on ({_DAY})\b", r"a week from \1"),
    (r"^(\d{1,2}) (?:on )?([a-z]+)$", r"\2 at \1"),  # 9 friday
    (r"\b(\d{1,2})$", r"at \1"),  # friday 9
    (r"\b(?:by|before|from|until|till?|for|starting at|starting from|starting)\b", "at"),
    (r"\b(?:by|for|starting on|starting|beginning on|beginning|from)\b", "on"),
    (r"\b(?:by|for|before|on|in|the|starting|until)\b", ""),
    (r"^", "every "),
    (r"^", "in "),
    (r"^", "at "),
)


def hint(phrase: str) -> tuple[str, tuple[str, ...]] | None:
    """Return why a phrase is known not to be a time, and what to write instead."""
    for pattern, why, suggestions in HINTS:
        if re.search(rf"\b(?:{pattern})\b", phrase, re.IGNORECASE):
            return why, suggestions
    return None


def nearby(phrase: str, understood: str, is_read: Callable[[str], bool]) -> str:
    """Return a phrase near this one that is read, or an empty string."""
    seen = {phrase.lower()}
    for candidate in _candidates(phrase.lower(), understood):
        wanted = " ".join(candidate.split())
        if wanted not in seen and is_fit(wanted) and is_read(wanted):
            return wanted
        seen.add(wanted)
    return ""


def is_fit(text: str) -> bool:
    """Return whether a text can stand in a sentence in quotation marks."""
    return 0 < len(text) <= _LONGEST and text.isprintable() and not set('`"@<>') & set(text)


def _candidates(phrase: str, understood: str) -> Iterator[str]:
    respelled = _respelled(phrase)
    yield respelled
    for text in dict.fromkeys((phrase, respelled)):
        for pattern, instead in _REWRITES:
            yield re.sub(pattern, instead, text)
    yield understood


def _respelled(phrase: str) -> str:
    """Return a phrase with its misspelt words put right."""
    words = [word for word in re.findall(r"[a-z]{4,15}", phrase) if word not in VOCABULARY]
    for word in words[:3]:
        near = [
            known for known in VOCABULARY if known[0] == word[0] and abs(len(known) - len(word)) < 3
        ]
        for found in get_close_matches(word, near, n=1, cutoff=0.75):
            phrase = re.sub(rf"\b{word}\b", found, phrase)
    return phrase
