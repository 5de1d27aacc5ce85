"""``python -m tests.simulation``: run seeds for some time, or one seed again."""

import os
import sys

from tests.simulation import clocks

if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":  # else sets of strings differ in their order
        again = [sys.executable, "-m", "tests.simulation", *sys.argv[1:]]
        os.execve(sys.executable, again, os.environ | {"PYTHONHASHSEED": "0"})  # noqa: S606
    clocks.install()

    from tests.simulation.command import main  # after the clocks are replaced

    main()
