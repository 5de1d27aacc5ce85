import pytest

from bot.times import texts
from bot.times.suggestions import hint, is_fit, nearby
from bot.times.when import NotUnderstood
from tests.bot.times.conftest import FILE, NOW, RULES, read, refusal, suggested
from tests.rows import each


@each(
    "text, suggestions",
    [
        ("17h30", ("17:30", "in 17h30m")),
        ("1400 hours", ("14:00", "in 1400 hours")),
        ("1:30 hours", ("at 1:30", "in 1h30m")),
        ("half nine", ("half past 9", "half past 8")),
        ("end of the week", ("friday 17:00", "sunday 17:00")),
        ("every 3rd monday",
         ("every 3 weeks on monday 9:00", "every month on the 3rd monday 9:00")),
        ("every 2nd", ("every month on the 2nd at 9:00", "every 2 days")),
        ("the 1st of the month", ("1 April 2026 09:00", "every month on the 1st at 09:00")),
        ("last friday of the month at 17:00",
         ("27 March 2026 17:00", "every month on the last Friday at 17:00")),
        ("in 2 weeks on monday", ("2 weeks from monday", "monday 9:00")),
        ("every 2 weeks at 9:00", ("every 2 weeks on friday at 9:00",)),
        ("biweekly", ("every 2 weeks on monday 9:00", "every monday and thursday 9:00")),
        ("every 1st and 15th", ("0 9 1,15 * *", "every month on the 1st at 9:00")),
        ("same time tomorrow", ("in 1 day", "tomorrow 9:00")),
        ("twice a day", ("every 12 hours", "0 9,21 * * *")),
        ("a few minutes", ("in 10 minutes", "tomorrow 9:00")),
        ("9am IST", ("9am Asia/Kolkata", "9am Europe/Dublin")),
        ("tomorrow 9am CST please", ("tomorrow 9am America/Chicago", "tomorrow 9am Asia/Shanghai")),
        ("every day at 9am EST",
         ("every day at 9am America/New_York", "every day at 9am America/Panama")),
        ("friday 9", ("friday at 9", "in 2 hours")),
        ("31.03.26", ("31.03.2026", "in 2 hours")),
        ("tomorrow by 5pm", ("tomorrow at 5pm", "in 2 hours")),
        ("friday the 3rd of april 2027", ("3 April 2027 9:00",)),
        ("17h", ("17:00", "in 17 hours")),
        ("17.30h", ("at 17:30", "in 17h30m")),
        ("9.10", ("at 9:10", "9 October")),
        ("1.5", ("in 1.5 hours", "1 May")),
        ("10 to 6pm", ("10 minutes to 6pm", "at 10")),
        ("every 1/2", ("every 1 February", "every 2 January")),
        (".5", ("tomorrow 9:00", "in 2 hours")),
        ("in 10", ("in 10 minutes", "in 10 hours")),
        ("10", ("at 10", "in 10 minutes")),
        ("tonight at 2", ("tomorrow 2:00am",)),
        ("13:00pm", ("13:00", "1:00pm")),
        ("monday after next", ("a week from monday", "in 2 hours")),
        ("in december", ("1 december", "the last day of december")),
        ("feb 30", ("the last day of February",)),
        ("at 530", ("at 5:30", "in 2 hours")),
        ("in 20-30 minutes", ("in 30 minutes",)),
        ("same time next week", ("in 7 days",)),
        ("every weekday except friday at 8:30", ("every mon, tue, wed, thu at 8:30", "in 2 hours")),
        ("every day at 9am and 5pm", ("0 9,17 * * *", "in 2 hours")),
        ("every day but sat and sun", ("every mon, tue, wed, thu, fri", "in 2 hours")),
        ("friday 1730", ("friday at 1730", "in 2 hours")),
        ("every day from 9am", ("every day at 9am", "in 2 hours")),
        ("tomorrow 9am India", ("tomorrow 9am in india", "in 2 hours")),
        ("in 10 minutes to call mum", ("in 10 minutes", "in 2 hours")),
        ("call mum in 10 minutes", ("in 10 minutes", "in 2 hours")),
        ("24 12 2026", ("24.12.2026", "in 2 hours")),
        ("tomorrow, friday, at 18:00", ("28 March 2026 18:00",)),
        ("weekdays at 9 and 17", ("0 9,17 * * 1-5", "in 2 hours")),
        ("every 10th and 20th", ("0 9 10,20 * *",)),
        ("every day at 18:00 for two weeks", ("every day at 18:00",)),
        ("every monday from 1 june", ("every monday",)),
    ],
)  # fmt: skip
def test_what_has_two_meanings_is_refused_with_both(
    text: str, suggestions: tuple[str, ...]
) -> None:
    assert suggested(text) == suggestions


@each(
    "text, suggestions",
    [
        ("tomorrow 17h30", ("tomorrow 17:30",)),
        ("half seven tomorrow evening",
         ("half past 7 tomorrow evening", "half past 6 tomorrow evening")),
        ("01.02.2027 10:00", ("1 February 2027 10:00", "2 January 2027 10:00")),
        ("thursday 3 april at 18:00", ("3 April 2026 18:00",)),
        ("in 2 weeks on monday at 8:30", ("2 weeks from monday 8:30", "monday 8:30")),
        ("every week at 10:15", ("every week on friday at 10:15",)),
        ("every month at 10:15", ("every month on the 1st at 10:15",)),
        ("every year at 10:15", ("every year on 27 March at 10:15",)),
        ("every 3rd monday at 10",
         ("every 3 weeks on monday at 10", "every month on the 3rd monday at 10")),
        ("every 15th day at 8:00", ("every 15 days at 8:00", "every month on the 15th at 8:00")),
        ("every 3rd at 8:00", ("every month on the 3rd at 8:00", "every 3 days at 8:00")),
        ("every monday at 17:00 EST",
         ("every monday at 17:00 America/New_York", "every monday at 17:00 America/Panama")),
        ("end of the week at noon", ("friday at noon", "sunday at noon")),
        ("end of next week", ("friday next week 17:00", "sunday next week 17:00")),
        ("every monday until christmas", ("every monday",)),
        ("tomorrow at lunchtime", ("tomorrow 12:00", "in 2 hours")),
        ("this weekend at 10:00",
         ("saturday at 10:00", "sunday at 10:00", "every weekend at 10:00")),
    ],
)  # fmt: skip
def test_a_suggestion_keeps_the_rest_of_the_phrase(text: str, suggestions: tuple[str, ...]) -> None:
    assert suggested(text) == suggestions


@pytest.mark.parametrize(
    "text",
    ["three days before easter", "every day every day", "hourly at 5",
     "2 days until friday", "friday or monday", "9:00 9:30"],
)  # fmt: skip
def test_the_part_that_is_read_is_not_suggested_where_the_rest_says_when(text: str) -> None:
    assert not {suggestion for suggestion in suggested(text) if text.startswith(suggestion)}


def test_a_suggestion_that_is_not_read_in_its_place_is_left_out() -> None:
    assert suggested("9am UTC+") == ("9am UTC+2",)
    assert suggested("UTC+") == ("tomorrow 9:00", "in 2 hours")


def test_a_misspelt_word_is_put_right_in_the_suggestion() -> None:
    assert refusal("tomorow at 9") == (
        'I could not read "tomorow at 9". Try "tomorrow at 9" or "in 2 hours".'
    )


@each(
    "text, suggestion",
    [
        ("morgen um 9", "tomorrow at 9"),
        ("Morgen um 9 Uhr", "tomorrow at 9 uhr"),
        ("heute um 20 Uhr", "today at 20 uhr"),
        ("übermorgen um 9", "the day after tomorrow at 9"),
        ("Freitag 9:00", "friday 9:00"),
        ("mañana a las 9", "tomorrow at 9"),
        ("demain à 9:30", "tomorrow at 9:30"),
        ("mum anrufen morgen um 9", "tomorrow at 9"),
    ],
)
def test_a_day_in_another_language_is_kept(text: str, suggestion: str) -> None:
    assert suggested(text)[0] == suggestion


def test_a_day_that_cannot_be_kept_is_not_dropped() -> None:
    assert suggested("heute morgen um 9") == ("tomorrow 9:00", "in 2 hours")


@each(
    "text", [*(phrase["text"] for phrase in FILE["phrases"]), *RULES, "next month", "every weekday"]
)
def test_every_suggestion_is_understood(text: str) -> None:
    try:
        read(text)
    except NotUnderstood as error:
        for suggestion in error.suggestions:
            assert read(suggestion).first > NOW


def test_a_hint_fills_in_what_stands_around_it() -> None:
    assert hint("this weekend at 10:00") == (
        texts.TWO_DAYS,
        ("saturday at 10:00", "sunday at 10:00", "every weekend at 10:00"),
    )
    assert hint("tomorrow") is None


def test_the_first_near_phrase_that_is_read_is_suggested() -> None:
    tried = []

    def is_read(text: str) -> bool:
        tried.append(text)
        return text == "friday at 9"

    assert nearby("friday 9", "", is_read) == "friday at 9"
    assert len(tried) == len(set(tried))
    assert nearby("friday 9", "", lambda _text: False) == ""


@pytest.mark.parametrize("text", ["", "x" * 61, "<@1>", "a`b", "a\nb"])
def test_what_cannot_stand_in_quotation_marks_is_no_suggestion(text: str) -> None:
    assert not is_fit(text)
    assert is_fit("tomorrow 9:00")
