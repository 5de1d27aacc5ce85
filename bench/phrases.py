"""Cost of reading a time: parse, describe_phrase and When.after, over the phrases of the tests.

    python -m bench.phrases

CPU time of this thread, so that a busy machine changes little.
"""

import json
import statistics
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.times.when import NotUnderstood, describe_phrase, parse

FILE = Path(__file__).parents[1] / "tests/bot/times/reminder_phrases.json"
ROUNDS = 200
GOAL_US = 200


def times_us(act: Callable[[str], object], phrases: list[str]) -> list[float]:
    times = []
    for phrase in phrases * ROUNDS:
        start = time.thread_time_ns()
        act(phrase)
        times.append((time.thread_time_ns() - start) / 1000)
    return times


def main() -> None:
    known = json.loads(FILE.read_text())
    now, zone = datetime.fromisoformat(known["now"]), ZoneInfo(known["zone"])
    phrases = [phrase["text"] for phrase in known["phrases"]]

    def read(phrase: str) -> None:
        with suppress(NotUnderstood):
            parse(phrase, now=now, zone=zone)

    recurring = {
        phrase["text"]: parse(phrase["text"], now=now, zone=zone)
        for phrase in known["phrases"]
        if "then" in phrase
    }
    measured = {
        f"parse ({len(phrases)} phrases, goal: mean {GOAL_US})": times_us(read, phrases),
        "describe_phrase (each prefix of each phrase)": times_us(
            lambda phrase: describe_phrase(phrase, now=now, zone=zone),
            [phrase[:end] for phrase in phrases[::8] for end in range(1, len(phrase) + 1)],
        ),
        "When.after": times_us(
            lambda phrase: recurring[phrase].after(recurring[phrase].first), list(recurring)
        ),
    }
    for name, times in measured.items():
        p99 = statistics.quantiles(times, n=100)[98]
        print(f"{name:48} mean {statistics.mean(times):6.1f} µs   p99 {p99:6.1f} µs")


if __name__ == "__main__":
    main()
