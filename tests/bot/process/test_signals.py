"""Signals in a process of its own, since they end it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
BEGIN = """
import asyncio, os, signal, threading
from bot.process.signals import leave_on_signals, leave_within, stop_on_signals

def tell(number=signal.SIGTERM):
    os.kill(os.getpid(), number)

async def hang():
    await asyncio.Event().wait()
"""


def run(body: str, *, is_async: bool = True) -> tuple[int, str]:
    """Run a program, and return how it ended and what it printed."""
    if is_async:
        lines = "".join(f"    {line}\n" for line in body.splitlines())
        body = f"async def main():\n    stop = asyncio.Event()\n{lines}\nasyncio.run(main())\n"
    ran = subprocess.run(  # noqa: S603
        [sys.executable, "-c", BEGIN + body],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.stderr == ""
    return ran.returncode, ran.stdout


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_the_first_signal_asks_the_process_to_stop(name: str) -> None:
    body = f"stop_on_signals(stop)\ntell(signal.{name})\nawait stop.wait()\nprint('stopped')"
    assert run(body) == (0, "stopped\n")


def test_the_second_signal_ends_the_process_at_once() -> None:
    body = "print('under way')\nstop_on_signals(stop)\ntell()\ntell()\nprint('never')"
    assert run(body) == (0, "under way\n")


def test_a_process_that_hangs_ends_in_time() -> None:
    assert run("stop_on_signals(stop, within_s=0.01)\ntell()\nawait hang()") == (0, "")


def test_handlers_are_put_back() -> None:
    body = (
        "signal.signal(signal.SIGTERM, lambda *_: print('before'))\n"
        "undo = stop_on_signals(stop)\nundo()\ntell()\nprint(stop.is_set())"
    )
    assert run(body) == (0, "before\nFalse\n")


def test_before_anything_is_under_way_a_signal_ends_the_process() -> None:
    body = "leave_on_signals()\ntell()\nprint('never')"
    assert run(body, is_async=False) == (0, "")


def test_a_deadline_ends_a_process_with_its_code() -> None:
    body = "leave_within(0.01, 3)\nthreading.Event().wait()"
    assert run(body, is_async=False) == (3, "")


def test_a_deadline_holds_no_process_that_has_ended() -> None:
    assert run("leave_within(3600, 3)", is_async=False) == (0, "")
