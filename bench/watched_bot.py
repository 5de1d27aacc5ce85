"""``python -m bot``, which also notes each long pause of its event loop.

A line of BENCH_PAUSES is the ``time.monotonic()`` at its end, how many ms it took, and how many of
them the event loop's own thread was computing: the rest is the machine's, or a wait.
"""

import asyncio
import os
import sys
import time
from pathlib import Path

from bot.__main__ import main
from bot.process import event_loop
from bot.process.event_loop import new_event_loop

BEAT_S = 0.005
NOTED_MS = 10.0


def watched_loop() -> asyncio.AbstractEventLoop:
    """Return a loop that notices when it is late."""
    loop = new_event_loop()
    pauses = Path(os.environ["BENCH_PAUSES"]).open("a", buffering=1)  # noqa: SIM115

    def beat(due: float, computed_s: float) -> None:
        now, own_s = time.monotonic(), time.thread_time()
        if (late_ms := (now - due) * 1000) > NOTED_MS:
            pauses.write(f"{now} {late_ms} {(own_s - computed_s) * 1000}\n")
        loop.call_later(BEAT_S, beat, now + BEAT_S, own_s)

    loop.call_soon(beat, time.monotonic(), time.thread_time())
    return loop


if __name__ == "__main__":
    event_loop.new_event_loop = watched_loop
    sys.exit(main(sys.argv[1:]))
