"""The rights on a SQLite file and its folder: what people asked is for its owner only."""

import os
import stat
from contextlib import suppress
from pathlib import Path


def prepare(path: Path, *, is_own_folder: bool) -> None:
    """Create a database file and its folder, or narrow the rights on those that exist.

    A folder that others share is left as it is. Raises OSError if they cannot be created.
    """
    if not path.parent.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    elif is_own_folder and not Path.cwd().is_relative_to(path.parent.resolve()):
        _narrow(path.parent, 0o700)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    # SQLite gives the rights of the file to those it adds.
    for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        _narrow(file, 0o600)


def _narrow(path: Path, rights: int) -> None:
    # Never by opening the file: closing it again would release SQLite's locks on it
    # (sqlite.org/howtocorrupt.html, 2.2).
    with suppress(FileNotFoundError, PermissionError):
        mode = path.stat().st_mode
        # A sticky folder, such as /tmp, is for everyone.
        if mode & 0o777 & ~rights and not mode & stat.S_ISVTX:
            path.chmod(mode & rights)
