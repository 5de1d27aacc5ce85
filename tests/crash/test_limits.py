"""The use of answers, counted once, and limits, also where processes die or count at once."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.sandbox.discord_server import Interaction
from bot.sandbox.model_server import Reply
from tests.crash.installation import IS_LONG, ROOT, Installation, in_short
from tests.crash.test_answers import REST, WORDS, all_end, all_show, ask

pytestmark = pytest.mark.skipif(not IS_LONG, reason="processes of their own: make soak waits")

BURST = """
import asyncio, sys
from pathlib import Path
from bot.storage.standing import Scope
from bot.storage.usage import Usage
from bot.storage.use import Account, Use
from connectors.database import Config
from connectors.database.database import Database

async def main(folder, url, name):
    database = Database(Config(Path(folder), url or None))
    usage, scope = Usage(database), Scope(5, 1, 20300131)
    use = Use("openai", "gpt", cost=5)
    choose = lambda found: (use, "fits") if found[0].open.questions == 0 else (None, "full")
    async def ask(n):
        account = Account(f"{name}{n}", 5, 1)
        return await usage.reserve(account, [scope], choose)
    found = await asyncio.gather(*(ask(n) for n in range(25)))
    same = Account("same", 5, 1)  # in both processes
    settled = await usage.settle(same, [Use("openai", "gpt", 1, cost=1)], 20300131)
    print(found.count("fits"), int(settled))
    await database.aclose()

asyncio.run(main(*sys.argv[1:]))
"""


def answered(asked: Sequence[Interaction]) -> int:
    return sum(any(REST in m.content for m in each.messages) for each in asked)


async def burst(folder: Path, url: str | None, name: str) -> tuple[int, int]:
    """Return how much a process of its own could reserve, and settle."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", BURST, str(folder), url or "", name),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    reserved, settled = said.split()
    return int(reserved), int(settled)


@in_short("postgresql")
async def test_two_processes_let_one_over_a_limit_and_settle_once(
    installation: Installation,
) -> None:
    folder, url = installation.config.data_dir, installation.config.database_url
    found = await asyncio.gather(*(burst(folder, url, name) for name in ("a", "b")))
    assert tuple(map(sum, zip(*found, strict=True))) == (1, 1)


@in_short("sqlite")
async def test_answers_cut_off_by_a_kill_are_counted_once(installation: Installation) -> None:
    limits = {"ABI_LIMITS": "1000000 tokens/day, 1000 questions/day"}
    installation.model.open_reply = Reply(chunks=WORDS, delay_s=0.1)
    bot = await installation.start_bot(**limits)
    await bot.says("Scheduler started")  # on a busy machine, its first seconds are not enough
    asked = await ask(installation, 20)
    await all_show(installation, asked, WORDS[2].strip())
    await bot.kill()
    installation.model.open_reply = Reply(chunks=[REST])
    bot = await installation.start_bot(**limits)
    await all_end(installation, asked)
    await installation.none_left()
    assert await bot.stop() == 0
    assert answered(asked) == 20
    [questions, is_open, estimated] = await installation.rows(
        "SELECT COALESCE(SUM(questions), 0) FROM usage_entries WHERE settled_at IS NOT NULL"
        " UNION ALL SELECT COUNT(*) FROM usage_entries WHERE settled_at IS NULL"
        " UNION ALL SELECT COUNT(*) FROM usage_entries WHERE output_tokens = 0"
    )
    assert (int(questions), int(is_open), int(estimated)) == (20, 0, 0)


@in_short("sqlite")
async def test_a_burst_at_the_last_token_has_one_answer(installation: Installation) -> None:
    installation.model.open_reply = Reply(chunks=[REST], delay_s=0.5)
    bot = await installation.start_bot(ABI_LIMITS="100 tokens/day")
    await bot.says("Scheduler started")
    asked = await ask(installation, 50)
    await installation.until(
        lambda: all(each.messages and not any(m.loading for m in each.messages) for each in asked)
    )
    await installation.until(lambda: answered(asked) == 1)
    refused = [each for each in asked if answered([each]) == 0]
    assert all(len(each.messages) == 1 and each.messages[0].ephemeral for each in refused)
    assert await bot.stop() == 0
