"""A process with a scheduler, for tests that kill it: ``python process.py DATA_DIR URL EFFECTS ROLE``.

An effect is a line in a file that is only ever appended to, as a message would be in a channel. What it does
it says on its standard output, one line each.
"""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

from connectors.local_scheduler import (
    ClaimLost,
    Config,
    LocalScheduler,
    NewJob,
    Pace,
    Running,
    Settled,
)

PACE = Pace(lease_s=2.0, renew_s=0.5, checkpoint_s=0.1, poll_s=0.1)


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


class Effects:
    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def add(self, job: Running) -> None:
        os.write(self._file, f"{job.id} {job.nonce()} {os.getpid()}\n".encode())
        say("effect")

    async def at_once(self, job: Running) -> Settled:
        await job.ensure_claim()
        self.add(job)
        await asyncio.sleep(0.005)  # the answer of Discord is on its way
        return Settled()

    async def when_told(self, job: Running) -> Settled:
        say("started")
        sys.stdin.readline()  # nothing else of this process runs meanwhile, not even a renewal
        with suppress(ClaimLost):
            await job.ensure_claim()
            self.add(job)
        say("ended")
        return Settled()


async def hangs(job: Running) -> Settled:
    await job.save_draft({"text": "so far"})
    say("saved")
    await asyncio.Event().wait()
    return Settled()


async def main(data_dir: str, url: str, effects: str, role: str) -> None:
    scheduler = LocalScheduler(Config(Path(data_dir), url or None), pace=PACE)
    if role == "migrate":
        say("ready")
        sys.stdin.readline()
        await scheduler.owned_by(1)
        say("migrated")
        await scheduler.aclose()
        return
    out = Effects(effects)
    run = {"effects": out.at_once, "told": out.when_told, "answer": hangs}[role]
    scheduler.handler("reminder", run, slots=5)
    if role == "answer":
        await scheduler.run_now(NewJob(kind="reminder", owner_id=1))
    await scheduler.start()
    await scheduler.owned_by(1)
    say("ready")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
