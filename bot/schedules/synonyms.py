"""Data: other words for those of the grammar, replaced before it reads. Longer ones win."""

_SAME = {
    "tomorrow": "tmr; tmrw; tmrow; tmw; tom; tomo; tomoz; tmoro; 2 moro; 2 morrow; 2 mrw; 2 moz",
    "tonight": "tonite; 2 nite; tnite; this night",
    "weekday": "working day; business day; week day; work day",
    "weekdays": "working days; business days; week days; work days",
    "midnight": "midnite; 12 midnight",
    "noon": "noontime; noonish; mid day; 12 noon; high noon",
    "morning": "morn; mornin; first thing; first thing in the morning",
    "afternoon": "arvo",
    "o ' clock": "oclock; o clock; o ` clock",
    "through": "thru; throughout",
    "from now": "hence; later; from today; from this moment; from right now",
    "in": "in about; in around; in approximately; in approx; in roughly; in exactly; in just; after about; in the next; "
    "after another; in another",
    "at": "at about; at around; at approximately; at exactly; around; about; approximately; approx; circa; exactly at",
    "every": "each; every single; once every; once per; once a; once an; once each; once in a",
    "every other": "alternate; every alternate; each other; each alternate",
    "every 3 months": "quarterly; every quarter; each quarter; once a quarter",
    "every 30 minutes": "half hourly; half - hourly",
    "every 15 minutes": "every quarter hour; every quarter of an hour; every quarter - hour; each quarter of an hour",
    "every saturday and sunday": "weekends; on weekends; at weekends; on the weekends; every weekend; each weekend; "
    "every weekends",
    "every evening": "nightly; evenings; every night; each night",
    "every morning": "mornings",
    "every afternoon": "afternoons",
    "the day after tomorrow": "overmorrow",
    "": "please; pls; remind me; remind me again; set a reminder for; set a reminder; notify me; ping me; my time; "
    "local time; the coming; this coming; coming; upcoming; sharp; exactly; ish; - ish",
}  # fmt: skip
SYNONYMS = {
    tuple(other.split()): tuple(words.split())
    for words, others in _SAME.items()
    for other in others.split("; ")
}
LONGEST = max(map(len, SYNONYMS))
