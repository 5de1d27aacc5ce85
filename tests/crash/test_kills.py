"""kill -9 at any moment: no reminder is lost, and none comes twice."""

import asyncio
import itertools
import os
import random
import sys

from tests.crash.installation import Installation

JOBS = int(os.environ.get("SOAK_JOBS", "150"))
KILLS = int(os.environ.get("SOAK_KILLS", "4"))
START_S = 1.5  # about what a process takes to its first message


async def test_none_is_lost_or_doubled_by_kills(installation: Installation) -> None:
    chance, kills = random.Random(7), 0
    texts = await installation.keep_due(JOBS)
    while kills < KILLS and len(installation.posts()) < JOBS:
        process = await installation.start()
        if chance.random() < 0.25:  # also while it starts
            await asyncio.sleep(chance.uniform(0.0, START_S))
        else:
            more = chance.randint(1, max(2 * JOBS // (KILLS + 1), 2))
            await installation.posted(min(len(installation.posts()) + more, JOBS))
        await process.kill()
        kills += 1
    await installation.start()
    await installation.none_left()
    sys.stdout.write(f"\n{kills} kills, {figures(installation, texts)}\n")
    installation.assert_once(texts)


def figures(installation: Installation, texts: list[str]) -> str:
    posts = installation.posts()
    times = [message.created for message in posts]
    gap_s = max(later - sooner for sooner, later in itertools.pairwise(times))
    said = {message.content.split(" ", 2)[-1] for message in posts}
    lost = len(set(texts) - said)
    return f"{len(posts)} messages, {lost} lost, {len(posts) - len(said)} twice, longest gap {gap_s:.1f} s"
