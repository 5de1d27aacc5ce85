"""Words that are replaced by those of the grammar before it reads; the longest match wins."""

from bot.times.words import DAYS

_SAME = {
    "tomorrow eod": "end of tomorrow; by end of tomorrow; by the end of tomorrow",
    "today eod": "end of today; by end of today; by the end of today",
    "tomorrow": "tmr; tmrw; tmrow; tmw; tom; tomo; tomoz; tmoro; 2 moro; 2 morrow; 2 mrw; 2 moz",
    "tonight": "tonite; 2 nite; tnite; this night",
    "weekday": "working day; business day; week day; work day",
    "weekdays": "working days; business days; week days; work days",
    "midnight": "midnite; 12 midnight; 12 at night",
    "noon": "noontime; noonish; mid day; mid - day; 12 noon; high noon",
    "morning": "morn; mornin; first thing; first thing in the morning",
    "afternoon": "arvo",
    "o ' clock": "oclock; o clock; o ` clock; uhr",
    "through": "thru; throughout",
    "from now": "hence; later; from today; from this moment; from right now",
    "in": "in about; in around; in approximately; in approx; in roughly; in exactly; in just; "
    "in ~; after about; after another; in another",
    "at": "at about; at around; at approximately; at exactly; around; about; approximately; "
    "approx; circa; exactly at; ~; um",
    "every": "each; every single; once every; once per; once a; once an; once each; once in a; "
    "once in",
    "every other": "alternate; every alternate; each other; each alternate",
    "every 3 months": "quarterly; every quarter; each quarter; once a quarter",
    "every 30 minutes": "half hourly; half - hourly",
    "every 15 minutes": "every quarter hour; every quarter of an hour; every quarter - hour; "
    "each quarter of an hour",
    "every saturday and sunday": "weekends; on weekends; at weekends; on the weekends; "
    "every weekend; each weekend; every weekends",
    "every evening": "evenings",
    "every night": "nightly; each night",
    "every morning": "mornings",
    "every afternoon": "afternoons",
    "the day after tomorrow": "overmorrow; the day after next",
    "night": "nite",
    "next week": "nxt week; next wk; nxt wk",
    "next": "nxt; the next; the following; following",
    "eod": "by eod; by end of day; by the end of the day; cob; by cob; close of business; "
    "by close of business; end of business; end of business day; eob",
    "mon - fri": "mo - fr; m - f; mo - fri; mo to fr; m to f",
    "mon , wed and fri": "mwf; m w f",
    "24 december": "christmas eve; xmas eve",
    "25 december": "christmas; xmas; christmas day; xmas day; x - mas",
    "26 december": "boxing day",
    "31 december": "new year ' s eve; new years eve; nye; last day of the year; "
    "the last day of the year",
    "1 january": "new year ' s day; new years day; new year ' s; first day of the year; "
    "the first day of the year; first day of next year; the first day of next year",
    "14 february": "valentine ' s day; valentines day; valentine ' s; valentines",
    "31 october": "halloween; hallowe ' en",
    "": "please; pls; remind me; remind me again; set a reminder for; set a reminder; notify me; "
    "ping me; my time; local time; the coming; this coming; coming; upcoming; sharp; exactly; ish; "
    "- ish; or so; give or take",
}  # fmt: skip
SYNONYMS = {
    tuple(other.split()): tuple(words.split())
    for words, others in _SAME.items()
    for other in others.split("; ")
}
SYNONYMS |= {(day, "'", "s"): (f"{day}s",) for day in map(str.lower, DAYS)}
# How many words the longest synonym has that begins with a word.
LONGEST_FROM = {words[0]: len(words) for words in sorted(SYNONYMS, key=len)}
