from datetime import timedelta

from bot.times.words import NUMBERS
from tests.bot.times.conftest import NOW, read
from tests.rows import each

LENGTHS = {
    "in fourteen minutes": 14, "twenty-five minutes": 25, "twenty five mins": 25, "an hour": 60,
    "half an hour": 30, "a half hour": 30, "half hour": 30, "a quarter of an hour": 15,
    "three quarters of an hour": 45, "3/4 of an hour": 45, "½ hour": 30, "1½ hours": 90,
    "1 1/2 hours": 90, "an hour and a half": 90, "an hour and a quarter": 75,
    "two and a half hours": 150, "a couple hours": 120, "half a dozen hours": 360,
    "half a day": 720, "one hundred and twenty minutes": 120, "1h30": 90, "1h30m": 90, "2h05": 125,
    "in 8h30": 510, "1 hour 30": 90, "1 hour and 15 minutes": 75, "in 1:30 hours": 90,
    "after 10 minutes": 10, "within two hours": 120, "in about an hour": 60,
    "ninety minutes from now": 90, "ten minutes later": 10, "5 mins hence": 5,
    "in an hour's time": 60, "in 2 hours\u2019 time": 120, "in a hundred minutes": 100,
    "a hundred and twenty minutes": 120, "in 1,5 hours": 90, "0,5 h": 30, "in .5 hours": 30,
    "in half-an-hour": 30, "in a half-hour": 30, "in 30-minutes": 30, "2 hours & 5 minutes": 125,
    "2 hours plus 5 mins": 125, "an hour thirty": 90, "two hours fifteen": 135,
    "an hour and forty-five": 105, "in an hour or so": 60, "in ~10 min": 10, "+10m": 10,
    "+ 2 hours": 120, "within the hour": 60, "in the next hour": 60, "within the next hour": 60,
    "in the next 20 minutes": 20, "in approx. 10 min": 10, "in 2 hrs. 10 min.": 130,
    "in 2 hours UTC": 120, "remind me in 10 minutes": 10, "in 10 minutes, please!": 10,
    "in 10 mins.": 10,
}  # fmt: skip


@each("text, minutes", LENGTHS.items())
def test_a_length_of_time_in_other_words(text: str, minutes: int) -> None:
    when = read(text)
    assert when.first == NOW + timedelta(minutes=minutes)
    assert when.readings == (when,)


@each("number", range(1, 100))
def test_every_number_below_a_hundred_is_read_in_words(number: int) -> None:
    names = {value: name for name, value in NUMBERS.items()}
    ones = names.get(number % 10)
    word = names.get(number) or f"{names[number - number % 10]}-{ones}"
    for text in (f"in {word} minutes", f"{word.replace('-', ' ')} minutes"):
        assert read(text).first == NOW + timedelta(minutes=number)
