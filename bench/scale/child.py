"""A bot's module, run so that SIGUSR1 has it collect all garbage and then make a file."""

import gc
import runpy
import signal
import sys
from pathlib import Path


def main(collected: str, module: str) -> None:
    def collect(*_: object) -> None:
        gc.unfreeze()
        gc.collect()
        Path(collected).touch()

    signal.signal(signal.SIGUSR1, collect)
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
