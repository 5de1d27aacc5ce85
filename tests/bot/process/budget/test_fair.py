"""The division of what Discord allows."""

from __future__ import annotations

import random

from bot.process.budget.fair import fair
from tests.rows import each

ALL = float("inf")


@each(
    "wanted, shares",
    [
        ([], []),
        ([0.0], [48]),
        ([0.0, 0.0, 0.0], [12, 12, 13]),  # with a part for one that joins
        ([ALL, 0.0, 0.0], [44, 2, 2]),
        ([ALL, ALL, ALL], [16, 16, 16]),
        ([8.0, ALL, ALL], [10, 19, 19]),
    ],
)
def test_shares_follow_what_is_wanted(wanted: list[float], shares: list[float]) -> None:
    found = fair(48, {str(n): each for n, each in enumerate(wanted)})
    assert [found[str(n)] for n in range(len(wanted))] == shares


def test_more_processes_than_requests_share_all_alike() -> None:
    assert fair(48, {str(n): ALL for n in range(96)}) == {str(n): 0.5 for n in range(96)}


def test_shares_never_exceed_the_limit_and_leave_nothing_while_it_is_wanted() -> None:
    rng = random.Random(7)
    for _ in range(300):
        total, count = rng.randint(1, 500), rng.randint(1, 60)
        wanted = {str(n): rng.choice((0.0, rng.uniform(0, 90), ALL)) for n in range(count)}
        shares = fair(total, wanted)
        assert sum(shares.values()) <= total + 1e-6
        assert min(shares.values()) > 0
        if ALL in wanted.values():
            assert sum(shares.values()) > total - 1
