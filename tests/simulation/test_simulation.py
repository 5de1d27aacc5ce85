"""Some seeds of the simulation."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Short ones that meet faults of many kinds: SQLite, Discord, deaths, wrong clocks.
SEEDS = "3,9,26,30,40,58"


def simulate(*arguments: str) -> tuple[int, str]:
    """Return the exit code and the output of the command."""
    command = [sys.executable, "-m", "tests.simulation", *arguments]
    done = subprocess.run(  # noqa: S603 - our own
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_some_seeds_find_no_broken_promise() -> None:
    code, output = simulate("--seeds", SEEDS, "--no-shrink", "--minutes", "2")
    assert code == 0, output
