"""Amounts of money and tokens as people read them; pure."""

from __future__ import annotations

from collections.abc import Iterator

from bot.storage.usage_report import Amount
from bot.text.formatting import counted
from bot.usage import texts

_SHORT = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))


def money(micros: int) -> str:
    """Return millionths of a dollar, in cents unless there are too many or none of them."""
    dollars = micros / 1e6
    if dollars >= 1000:
        return f"${dollars:,.0f}"
    if micros >= 9_950 or micros <= 0:
        return f"${dollars:,.2f}"
    digits = 8 - len(str(micros))  # two that say something
    return f"${dollars:.{min(digits, 6)}f}"


def short(number: float) -> str:
    """Return a number in three digits and a letter for the thousands: "12.3k"."""
    for size, letter in _SHORT:
        if number >= size:
            return f"{_digits(number / size)}{letter}"
    return _digits(number)


def _digits(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def said(amount: Amount, detail: str = "") -> str:
    """Return the questions, tokens and money of an amount; ``detail`` says more of the tokens."""
    tokens = _about(amount) + counted(amount.tokens, "token") + detail
    return " · ".join([counted(amount.questions, "question"), tokens, *_price(amount)])


def in_brief(amount: Amount) -> str:
    """Return the questions of an amount, and its money, or tokens where there is none."""
    shown = money(amount.cost) if amount.cost else short(amount.tokens) + texts.TOKENS
    return f"{counted(amount.questions, 'question')} · {_about(amount)}{shown}"


def _about(amount: Amount) -> str:
    return texts.ALMOST if amount.estimated else ""


def _price(amount: Amount) -> Iterator[str]:
    if amount.cost:
        yield _about(amount) + money(amount.cost)
    elif not amount.unpriced:
        yield texts.FREE
