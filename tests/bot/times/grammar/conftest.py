"""A reader at the beginning of a text."""

from bot.times.grammar.reader import Reader
from bot.times.grammar.tokens import tokenize
from bot.times.phrase import Phrase


def reader_of(text: str) -> Reader:
    return Reader(text, *tokenize(text), Phrase())
