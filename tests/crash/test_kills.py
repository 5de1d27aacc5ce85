"""kill -9 at any moment: no reminder is lost, and none comes twice."""

import asyncio
import itertools
import os
import random
import sys
from collections import Counter

from tests.crash.installation import IS_LONG, Installation, in_short, said

JOBS = int(os.environ.get("SOAK_JOBS", "120"))  # due at once; when all are done, so many again
KILLS = int(os.environ.get("SOAK_KILLS", "3"))
START_S = 1.5 if IS_LONG else 0.4  # about what a process takes to its first message


@in_short("postgresql")
async def test_none_is_lost_or_doubled_by_kills(installation: Installation) -> None:
    chance, kills = random.Random(7), 0
    texts: list[str] = []
    while kills < KILLS:
        texts += await installation.keep_due(JOBS, first=len(texts))
        while kills < KILLS and len(installation.posts()) < len(texts):
            process = await installation.start()
            if chance.random() < 0.25:  # also while it starts
                await asyncio.sleep(chance.uniform(0.0, START_S))
            else:
                more = len(installation.posts()) + chance.randint(1, 30)
                await installation.posted(min(more, len(texts)))
            await process.kill()
            kills += 1
        (last,) = await installation.start_ready(1)
        await installation.none_left()
        assert await last.stop() == 0
    sys.stdout.write(f"\n{kills} kills, {figures(installation, texts)}\n")
    installation.assert_once(texts)


def figures(installation: Installation, texts: list[str]) -> str:
    posts = installation.posts()
    gap_s = max(later.created - sooner.created for sooner, later in itertools.pairwise(posts))
    come = Counter(map(said, posts))
    lost, twice = len(set(texts) - set(come)), come.total() - len(come)
    return f"{len(posts)} messages, {lost} lost, {twice} twice, longest gap {gap_s:.1f} s"
