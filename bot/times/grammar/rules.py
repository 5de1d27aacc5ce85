"""The grammar: its rules in order, applied until a phrase is read."""

from bot.times import texts
from bot.times.grammar import days, month_days, times_of_day
from bot.times.grammar.delays import delay
from bot.times.grammar.reader import Reader
from bot.times.grammar.repeats import every
from bot.times.grammar.tokens import tokenize
from bot.times.grammar.zone_words import time_zone
from bot.times.phrase import Phrase, PhraseError

_RULES = (
    every,
    days.week,
    month_days.edge_of,
    # Before the durations: "ten minutes to nine" begins as one does.
    times_of_day.past_or_to,
    delay,
    days.calendar_date,
    month_days.month_day,
    month_days.named_month,
    days.day_word,
    days.weekday,
    times_of_day.time_of_day,
    times_of_day.day_or_time,
    times_of_day.part_of_day,
    time_zone,
)


def read(text: str) -> tuple[Phrase, str]:
    """Return what a text says, and the rest of it that no rule reads: empty if all is read.

    Raise PhraseError for what is read and cannot be used.
    """
    reader = Reader(text, *tokenize(text), Phrase())
    phrase = reader.phrase
    while reader.at < len(reader.words):
        if reader.at and _is_end(reader.words[reader.at :]):
            break
        if reader.at and not reader.take_one(",", ".", ";") and not phrase.clock:
            reader.take("-")
        start = reader.at
        if not reader.tries(_RULES):
            return phrase, text[reader.ends[start] :].strip() or ","
    if text and not reader.words:
        return phrase, text
    # "2 days at 9" may be a duration that begins at 9.
    if phrase.delay and not reader.is_marked and phrase != Phrase(delay=phrase.delay):
        raise PhraseError(texts.HOW_LONG, "in 2 days at 9:00")
    return phrase, ""


def _is_end(words: list[str]) -> bool:
    """Return whether only the end of a sentence is left, which a comma alone is not."""
    return words[-1] in ".!?" and all(word in ",.!?" for word in words)
