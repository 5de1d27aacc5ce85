"""A process with a scheduler, for tests that kill it.

What it does it says on its standard error, a line each.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from multiprocessing.connection import Connection

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
    os.write(2, f"{line}\n".encode())


async def at_once(job: Running) -> Settled:
    await job.ensure_claim()
    say("effect")
    return Settled()


async def hangs(job: Running) -> Settled:
    await job.save_draft({"text": "so far"})
    say("saved")
    await asyncio.Event().wait()
    return Settled()


def run(stderr: Connection[bytes, bytes], config: Config, role: str) -> None:
    os.dup2(stderr.fileno(), sys.stderr.fileno())
    stderr.close()
    os.environ.clear()
    asyncio.run(main(config, role))


async def main(config: Config, role: str) -> None:
    scheduler = LocalScheduler(config, pace=PACE)
    if role == "migrate":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
        say("ready")
        signal.sigwait({signal.SIGUSR1})
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
