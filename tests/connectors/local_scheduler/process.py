"""A process with a scheduler, for tests that kill it: ``python process.py DATA_DIR URL ROLE``.

What it does it says on its standard output, a line each.
"""

import asyncio
import os
import sys
from pathlib import Path

from connectors.local_scheduler import (
    Config,
    LocalScheduler,
    NewJob,
    Pace,
    Running,
    Settled,
)

# Whoever takes over must not have waited for the lease.
PACE = Pace(lease_s=60.0, renew_s=0.5, checkpoint_s=0.1, poll_s=0.1)


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


async def at_once(job: Running) -> Settled:
    await job.ensure_claim()
    say("effect")
    return Settled()


async def hangs(job: Running) -> Settled:
    await job.save_draft({"text": "so far"})
    say("saved")
    await asyncio.Event().wait()
    return Settled()


async def main(data_dir: str, url: str, role: str) -> None:
    scheduler = LocalScheduler(Config(Path(data_dir), url or None), pace=PACE)
    if role == "migrate":
        say("ready")
        sys.stdin.readline()
        await scheduler.owned_by(1)
        say("migrated")
        await scheduler.aclose()
        return
    scheduler.handler("reminder", {"effects": at_once, "answer": hangs}[role])
    if role == "answer":
        await scheduler.run_now(NewJob(kind="reminder", owner_id=1))
    await scheduler.start()
    await scheduler.owned_by(1)
    say("ready")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
