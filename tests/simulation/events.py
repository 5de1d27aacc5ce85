"""Events, and what they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random

# How long something is away: for more than 20 retries, and for 1,100 of the database.
OUTAGE_S = {"discord": 5 * 3600.0, "database": 6000.0}
EVERY = "every 20 minutes"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens at one time."""

    at_s: float
    name: str
    facts: dict[str, Any] = field(default_factory=dict)


# Answers of Discord that say nothing about a place or a text, and pass.
PASSING: Sequence[dict[str, Any]] = (
    {"status": 429, "retry_after": 2.0},
    {"status": 429, "retry_after": 600.0},
    {"status": 429, "code": -1},
    {"status": 500},
    {"status": 502, "code": -1},
    {"status": 503},
    {"status": 400, "code": 0},
    {"status": 403, "code": 0},
    {"status": 403, "code": 40002},
    {"status": 403, "code": 20016},
    {"status": 403, "code": 123456},
    {"status": 403, "code": -1},
    {"status": 404, "code": 0},
    {"status": 404, "code": 123456},
)
# Those that do not.
LASTING: Sequence[dict[str, Any]] = (
    {"status": 400, "code": 50035},
    {"status": 400, "code": 20009},
    {"status": 403, "code": 50013},
    {"status": 403, "code": 50001},
    {"status": 404, "code": 10003},
)


def talk(rng: random.Random, name: str, where: int) -> dict[str, Any]:
    """Return the facts of what somebody says to the bot, or does with what they have said."""
    salt = {"salt": rng.randrange(10**6)}
    if name in ("edit", "erase"):
        return salt
    if name == "archive":
        return salt | {"where": where}
    if name == "form":
        return salt | {"where": where, "kind": rng.choice(("reply", "about", "slash"))}
    way = rng.choice(("mention", "mention", "reply", "reply", "dm", "thread"))
    return salt | {"where": where, "way": way, "long": rng.random() < 0.2}


def outage(rng: random.Random) -> dict[str, Any]:
    """Return the facts of a fault: what everything needs is away for hours."""
    layer = rng.choice(("database", "discord", "discord", "discord"))
    what = "fails" if layer == "database" else rng.choice(("is refused", "is lost"))
    return {"layer": layer, "what": what, "for_s": OUTAGE_S[layer]}
