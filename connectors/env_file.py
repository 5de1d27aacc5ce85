"""`.env` -> variables, whichever editor and encoding it was written with."""

import codecs
import os
from collections.abc import MutableMapping
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values

from connectors.shared import env_is_set

# PowerShell's > writes UTF-16; UTF-32 begins as UTF-16 LE does, so it comes first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class EnvFileError(ValueError):
    """The file cannot be read; the text says why."""


def load(
    path: Path = Path(".env"),
    environ: MutableMapping[str, str] = os.environ,
) -> None:
    """Add what the file sets to the environment; a variable that is set there already wins, a blank one does not.

    No file is no error. Raises EnvFileError for one that cannot be read.
    """
    _unmark_names(environ)
    if path.is_dir():  # Docker makes a folder of what it is to mount and cannot find
        return
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise EnvFileError(f"{path} cannot be read: {error.strerror}.") from error
    for name, value in dotenv_values(stream=StringIO(decoded(raw))).items():
        if value is not None and not env_is_set(name, environ):
            environ[name] = value


def decoded(raw: bytes) -> str:
    """Return the text of a file in UTF-8, UTF-16 or UTF-32, or else in Windows' cp1252; never raises."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return raw.removeprefix(mark).decode(encoding, "replace").replace("\0", "")
    if b"\0" in raw:  # UTF-16 without a mark: what is ASCII in it has a zero first or last
        big_first = raw[0::2].count(0) > raw[1::2].count(0)
        return raw.decode("utf-16-be" if big_first else "utf-16-le", "replace").replace("\0", "")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _unmark_names(environ: MutableMapping[str, str]) -> None:
    # `docker --env-file` takes the byte order mark for a part of the first name.
    for name in [name for name in environ if name.startswith("\ufeff")]:
        environ.setdefault(name.removeprefix("\ufeff"), environ[name])
