"""Limits as people write them: ``20 questions/day, 100k tokens/month, $5/month``."""

from __future__ import annotations

import re
from typing import Final

from bot.errors import Refused
from bot.limits import texts
from bot.storage.limits import Limits

MOST: Final = 10**12
_ONE: Final = re.compile(
    r"(?P<dollar>\$)? ?(?P<number>\d{1,13}(?:[ ,_]?\d{3})*(?:\.\d{1,6})?)"
    r" ?(?P<scale>[km](?![a-z]))?"
    r" ?(?P<what>questions?|tokens?|dollars?|\$|usd)?"
    r" ?(?:/|per|an?|each) ?(?P<when>min(?:ute)?|day|month)",
    re.IGNORECASE,
)
_SCALES: Final = {"k": 1_000, "m": 1_000_000}
_NONE: Final = ("", "none", "no limit", "no limits", "off", "0")


def read(typed: str) -> Limits:
    """Return the limits in a text. Raise Refused with what is allowed if there are others in it."""
    if typed.strip().lower() in _NONE:
        return Limits()
    found: dict[str, int] = {}
    left = typed
    for match in _ONE.finditer(typed):
        name = _name(match)
        if name not in Limits.__struct_fields__ or name in found:
            raise Refused(texts.NOT_UNDERSTOOD)
        number = float(re.sub(r"[ ,_]", "", match["number"]))
        number *= _SCALES.get((match["scale"] or "").lower(), 1)
        number *= 1_000_000 if name.startswith("cost") else 1
        if not 1 <= number <= MOST:
            raise Refused(texts.NOT_UNDERSTOOD)
        found[name] = round(number)
        left = left.replace(match[0], "", 1)
    if not found or left.replace("and", "").strip(" ,;.\n"):
        raise Refused(texts.NOT_UNDERSTOOD)
    return Limits(**found)


def _name(match: re.Match[str]) -> str:
    typed = (match["what"] or "").lower()
    is_money = bool(match["dollar"]) or typed in ("dollar", "dollars", "$", "usd")
    if is_money and typed.startswith(("question", "token")):
        return ""
    what = "cost" if is_money else typed.rstrip("s") + "s"
    when = "minute" if match["when"].lower().startswith("min") else match["when"].lower()
    return f"{what}_{when}"
