"""Suggestions for a phrase that is not understood."""

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches

from bot.times import texts
from bot.times.foreign import in_english
from bot.times.words import DAYS, MONTHS, NUMBERS, VOCABULARY, ordinal_text
from bot.times.zone_data import ABBREVIATIONS

EXAMPLES = ("tomorrow 9:00", "in 2 hours")

_LONGEST = 60  # characters of a suggestion
_MEANINGFUL = {
    *VOCABULARY, *ABBREVIATIONS, "before", "until", "till", "except", "but", "during", "only",
    "ago", "between",
}  # fmt: skip
_DAY = "|".join(rf"{day[:3]}(?:{day[3:]})?" for day in map(str.lower, DAYS))
_MONTH = "|".join(rf"{month[:3]}(?:{month[3:]})?" for month in map(str.lower, MONTHS))
_NUMBER = rf"\d{{1,3}}|{'|'.join(NUMBERS)}"
_UNIT = "min(?:ute)?s?|hours?|hrs?|days?|weeks?|months?|years?"
_BEGINNING = rf"next|today|tomorrow|{_MONTH}|\d+(?:st|nd|rd|th|[./]| (?:{_MONTH}))"
_TIME = r"(?:[01]?\d|2[0-4])(?:[:.]\d\d)?(?: ?[ap]m)?"
# A pattern, what is wrong with such a phrase, and what to write instead. {1} is a group of the
# pattern; {before} and {after} are what stands before and behind it.
HINTS = (
    (rf"ago|yesterday|last (week|month|year|night|time)|^(on )?last ({_DAY})(?! of| in)",
     texts.PAST, EXAMPLES),
    (r"(twice|two times|2 times|2x) (a|per|each|every) day",
     texts.NO_HOURS, ("every 12 hours", "0 9,21 * * *")),
    (r"(thrice|three times|3 times|3x) (a|per|each|every) day",
     texts.NO_HOURS, ("every 8 hours", "0 8,14,20 * * *")),
    (r"(twice|two times|2 times|2x) (a|per|each|every) week",
     texts.NO_DAYS, ("every monday and thursday at 9:00",)),
    (r"(twice|two times|2 times|2x) (a|per|each|every) month", texts.NO_DAYS, ("0 9 1,15 * *",)),
    (r"(?:this|same) time (?:next|in a) week|(?:next|in a) week,? (?:at the )?(?:this|same) time",
     texts.NO_TIME, ("in 7 days",)),
    (r"(?:this|same) time next month", texts.NO_TIME, ("in 1 month",)),
    (r"(?:this|same) time next year", texts.NO_TIME, ("in 1 year",)),
    (rf"(?:this|same) time (?:on )?(?:next )?({_DAY})", texts.NO_TIME, ("{1} 9:00",)),
    (r"(this|same) time", texts.NO_TIME, ("in 1 day", "tomorrow 9:00")),
    (r"(1st|first) and (the )?(15th|fifteenth)",
     texts.TWO_MONTH_DAYS, ("0 9 1,15 * *", "every month on the 1st at 9:00")),
    (r"(\d{1,2})(?:st|nd|rd|th) and (?:the )?(\d{1,2})(?:st|nd|rd|th)",
     texts.TWO_MONTH_DAYS, ("0 9 {1},{2} * *",)),
    (rf"(\w+) and (\w+) ({_DAY}) of (?:the|every|each) month",
     texts.TWO_MONTH_DAYS,
     ("every month on the {1} {3} {after}", "every month on the {2} {3} {after}")),
    (r"\w+ times (?:a|per|each) day", texts.NO_HOURS, ("every 4 hours", "0 8,12,16,20 * * *")),
    (r"^((?:every|each|daily|weekly|\w+days?|weekends)\b.*?),? (?:until|till|\w+ times).*",
     texts.HAS_END, ("{1}",)),
    (r"^(?:until|till) (.+)", texts.HAS_END, ("at {1}", "on {1}")),
    (r"until|till|times", texts.HAS_END, EXAMPLES),
    (rf"(?<=\w )for (?:the )?(?:next )?(?:\w+ )?(?:{_UNIT})", texts.HAS_END, ("{before}",)),
    (r"between|(from|every) .*\d.* to \d+.*", texts.CRON_ONLY, ("0 9-17 * * 1-5",)),
    (rf"(?<=\w )(?:starting|beginning|from|as of) (?:on |in |from )?(?:{_BEGINNING}).*",
     texts.HAS_BEGINNING, ("{before}",)),
    (r"bi ?-?weekly|semi ?-?weekly",
     texts.TWO_WAYS, ("every 2 weeks on monday 9:00", "every monday and thursday 9:00")),
    (r"(bi|semi) ?-?monthly",
     texts.TWO_WAYS, ("every 2 months on the 1st at 9:00", "0 9 1,15 * *")),
    (r"bi ?-?annual(ly)?|semi ?-?annual(ly)?", texts.TWO_WAYS, ("every 6 months", "every 2 years")),
    (r"(every|each) (few|several) (hours?|hrs?)", texts.NO_NUMBER, ("every 3 hours",)),
    (r"(every|each) (few|several) (\w+)", texts.NO_NUMBER, ("every 3 {3}",)),
    (r"few|several|some|soon|a bit|a while|a moment|shortly|sometimes?|someday|asap|eventually"
     r"|later",
     texts.NO_EXACT_TIME, ("in 10 minutes", "tomorrow 9:00")),
    (r"on the (half )?hour|past the hour|past every hour",
     texts.CRON_ONLY, ("0 * * * *", "30 * * * *")),
    (r"last (weekday|working day|business day|workday)",
     texts.UNCOUNTABLE_DAY, ("last friday of every month 9:00", "last day of every month 9:00")),
    (r"(?:hourly|every (?:\w+ )?(?:hours?|hrs?|min(?:ute)?s?)) (?:on|during|in|only)",
     texts.CRON_ONLY, ("0 9-17 * * 1-5",)),
    (rf"(5|10|five|ten) (?:to|till?) ({_TIME})",
     texts.TWO_WAYS, ("{before} {1} minutes to {2} ", "{before} at {1}")),
    (rf"(?:(?:at|from) )?({_TIME}) ?(?:-|to|or) ?{_TIME}$", texts.TWO_TIMES, ("{before} at {1}",)),
    (rf"(?:{_NUMBER}) ?(?:-|to|or) ?({_NUMBER}) ({_UNIT})",
     texts.TWO_LENGTHS, ("{before} {1} {2}",)),
    (rf"^in ({_NUMBER})$", texts.NO_UNIT, ("in {1} minutes", "in {1} hours")),
    (r"^(\d{1,2})$", texts.TIME_OR_MINUTES, ("at {1}", "in {1} minutes")),
    (rf"^(?:in |next |this )?({_MONTH})( \d{{4}})?$",
     texts.NO_DAY, ("1 {1}{2}", "the last day of {1}{2}")),
    (rf"^every ({_MONTH})$", texts.NO_DAY, ("every 1 {1}",)),
    (r"dawn|sunrise|sunset|dusk|sundown", texts.NO_TIME, ("{before} 6:00am", "{before} 6:00pm")),
    (r"easter(?: \w+)?|thanksgiving|diwali|ramadan|eid|passover|hanukkah"
     r"|mother.?s day|father.?s day",
     texts.MOVABLE_DAY, EXAMPLES),
    (r"next weekend", texts.TWO_DAYS, ("saturday {after}", "a week from saturday {after}")),
    (r"weekends?", texts.TWO_DAYS, ("saturday {after}", "sunday {after}", "every weekend {after}")),
    (r"next year", texts.NO_DAY, ("in 1 year", "1 January")),
)  # fmt: skip


def _two_times(found: re.Match[str]) -> str:
    """Return the cron line of ``every day at 9am and 5pm``, or an empty string."""
    often, first, first_half, second, second_half, behind = found.groups()
    said = f"{often} {behind or ''}"
    if not re.search(r"every|each|daily|weekdays", said):
        return ""
    hours = [_hour(first, first_half or second_half), _hour(second, second_half)]
    days = "1-5" if "weekday" in said else "*"
    return f"0 {hours[0]},{hours[1]} * * {days}"


def _hour(digits: str, half: str | None) -> int:
    hour = int(digits)
    return hour % 12 + 12 * (half == "pm") if half else hour


def _without_a_day(found: re.Match[str]) -> str:
    """Return ``every mon, tue and thu`` for ``every weekday except wednesday``."""
    often, at, without, behind = found.groups()
    days = [day[:3].lower() for day in (DAYS[:5] if "week" in often else DAYS)]
    out = {day[:3] for day in re.findall(_DAY, without)}
    left = [day for day in days if day not in out]
    return f"every {', '.join(left)} {at} {behind}"


# What people write, and what the grammar reads instead.
_REWRITES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"\b(\d+),(\d{1,2})\b(?=\s*[a-z])", r"\1.\2"),  # 1,5 hours
    (r"\b(\d{1,2}(?::\d\d)?) ?([ap])\b(?!\.)", r"\1\2m"),  # 9p
    (r"\b(\d\d?)[.;-](\d\d)(?=\b|[ap]m)", r"\1:\2"),  # 12.30
    (r"\b(\d\d?[./-]\d\d?[./-])(\d\d)(?![:\d])", r"\g<1>20\2"),  # 31.03.26
    (r"\bat (\d)(\d\d)$", r"at \1:\2"),  # at 530
    (r"(?<= )(?<!at )((?:[01]\d|2[0-3])[0-5]\d)$(?<!20[2-4]\d)", r"at \1"),  # friday 1730
    (r"\b(\d\d?)[ .]+(\d\d?)[ .]+(20\d\d)\b", r"\1.\2.\3"),  # 24 12 2026
    (
        r"^(.*?)\b(\d{1,2})(?::00)? ?([ap]m)?(?: and | ?& ?|, ?)"
        r"(?:at )?(\d{1,2})(?::00)? ?([ap]m)?\b(.*)$",
        _two_times,
    ),
    (
        r"^(every ?day|daily|every weekday|weekdays)(.*?)"
        r" (?:except|excluding|but not|but|without)(?: for| on)*"
        rf" ((?:{_DAY})s?(?:(?: and |, ?)(?:{_DAY})s?)*)(.*)$",
        _without_a_day,
    ),
    (r"\b(?:at |over |during |after )?(?:the )?breakfast(?: ?time)?\b", "8:00"),
    (r"\b(?:at |over |during )?(?:the )?lunch(?: ?time)?\b", "12:00"),
    (r"\bafter (?:the )?lunch(?: ?time)?\b", "13:00"),
    (r"\b(?:at |over |during |after )?(?:the )?(?:dinner|supper)(?: ?time)?\b", "19:00"),
    (r"\b(?:at |before )?bed(?: ?time)?\b", "22:00"),
    (r"\bafter (?:work|school)\b", "18:00"),
    (rf"\b({_DAY}) after next\b", r"a week from \1"),
    (r"\b(?:the )?week after next\b", "in 2 weeks"),
    (rf"\bmid[ -]({_MONTH})\b", r"15 \1"),
    (rf"\b({_DAY}) (2[4-9]|30|31)$", lambda found: f"{found[1]} the {ordinal_text(int(found[2]))}"),
    (r"\bon (\d{1,2})$", lambda found: f"on the {ordinal_text(int(found[1]))}"),
    (r"^(\d{1,2}) (?:on )?([a-z]+)$", r"\2 at \1"),  # 9 friday
    (r"\b(\d{1,2})$", r"at \1"),  # friday 9
    (r"\b(?:by|before|from|until|till?|for|starting at|starting from|starting)\b", "at"),
    (r"\b(?:by|for|starting on|starting|beginning on|beginning|from)\b", "on"),
    (r"\b(?:by|for|on|in|the|starting)\b", ""),
    (r"^(?:\w{2,} ){1,2}(?=(?:\d+|an?|half an?) ?(?:min|hour|day|week))", "in "),  # wait 20 minutes
    (r"^", "every "),
    (r"^", "in "),
    (r"^", "at "),
)


def hint(phrase: str) -> tuple[str, tuple[str, ...]] | None:
    """Return why a phrase is known not to be a time, and what to write instead."""
    for pattern, why, suggestions in HINTS:
        found = re.search(rf"(?<!\w)(?:{pattern})(?!\w)", phrase, re.IGNORECASE)
        if found:
            return why, tuple(_filled(suggestion, found) for suggestion in suggestions)
    return None


def _filled(suggestion: str, found: re.Match[str]) -> str:
    """Return a suggestion with the parts of the phrase that it names; 9:00 where none follows."""
    before, after = found.string[: found.start()].strip(" ,"), found.string[found.end() :].strip()
    groups = [group or "" for group in found.groups()]
    text = suggestion.format("", *groups, before=before, after=after or "9:00")
    return " ".join(text.split())


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
    english = in_english(phrase)
    yield english
    respelled = _respelled(english)
    yield respelled
    for text in dict.fromkeys((english, respelled)):
        for pattern, instead in _REWRITES:
            yield re.sub(pattern, instead, text)
    rest = phrase.removeprefix(understood.lower())
    yield f"{understood} in {rest}"  # tomorrow 9am India
    if not _says_when(rest):
        yield understood
    words = english.split()
    for count in range(1, len(words)):  # call mum in 10 minutes
        if not _says_when(" ".join(words[:count])):
            yield " ".join(words[count:])


def _says_when(rest: str) -> bool:
    """Return whether the unread rest may change the time, as "before christmas" does."""
    words = re.findall(r"[a-z]+|\d", rest)
    return any(word in _MEANINGFUL or word.isdecimal() for word in words)


def _respelled(phrase: str) -> str:
    """Return a phrase with its misspelt words put right."""
    words = [word for word in re.findall(r"[a-z]{4,15}", phrase) if word not in VOCABULARY]
    for word in words[:3]:
        near = [
            known for known in VOCABULARY if known[0] == word[0] and abs(len(known) - len(word)) < 3
        ]
        for found in get_close_matches(word, near, n=1, cutoff=0.76):
            phrase = re.sub(rf"\b{word}\b", found, phrase)
    return phrase
