"""The folder of what a sandbox's bot stores, and the folders that killed sandboxes have left."""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "abi-sandbox-"
_OWNER = re.compile(rf"{PREFIX}(\d+)-.+")


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Yield a new folder that is named after this process, and remove it in the end."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if _is_abandoned(left):
            shutil.rmtree(left, ignore_errors=True)
    prefix = f"{PREFIX}{os.getpid()}-"
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _is_abandoned(folder: Path) -> bool:
    """Return whether a folder is surely that of a process which has ended."""
    owner = _OWNER.fullmatch(folder.name)
    if owner is None or sys.platform == "win32":  # where a signal 0 would end the process
        return False
    try:
        os.kill(int(owner[1]), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False
