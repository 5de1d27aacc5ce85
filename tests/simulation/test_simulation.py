"""Stories that found something when a mended fault was put back, told again.

Each is a list of events and not a seed, whose plan changes whenever the plans do. It may still
lose its point without a sign if the bot takes other steps; putting the fault back shows that.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def simulate(*arguments: str) -> tuple[int, str]:
    """Return the exit code and the output of the command."""
    command = [sys.executable, "-m", "tests.simulation", *arguments]
    done = subprocess.run(  # noqa: S603 - our own
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_no_story_breaks_a_promise_any_more() -> None:
    code, output = simulate("--stories", "--no-shrink", "--minutes", "2")
    assert code == 0, output
