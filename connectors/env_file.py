"""``.env`` -> variables, whichever editor and encoding it was written with."""

import codecs
import os
import re
from collections.abc import MutableMapping
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from connectors.shared import env_is_set

# PowerShell's > writes UTF-16; UTF-32 begins as UTF-16 LE does, so it comes first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# How other shells set a variable; copied into the file, it means the same there.
_OTHER_SHELLS = re.compile(
    r"^[^\S\n]*(?:\$env:|setx?[^\S\n]+(?:-\w+[^\S\n]+)*|ENV[^\S\n]+)"
    r"([A-Za-z_]\w*)(?:[^\S\n]*=[^\S\n]*|[^\S\n]+)(?=\S)",
    re.MULTILINE | re.IGNORECASE,
)
_YAML = re.compile(r"^[^\S\n]*([A-Z][A-Z0-9_]*):[^\S\n]+(?=\S)", re.MULTILINE)
_BLANK = re.compile(r"^[^\S\n]*(?:export[^\S\n]+)?\w+[^\S\n]*=[^\S\n]*$", re.MULTILINE)
_HALF_QUOTED = re.compile(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*[\"']?([^\"']*)[\"']?\s*")
# The first word of a line, or the second.
_OURS = re.compile(
    r"[^\w#]*(?:\w+[^\w#]+)?((?:ABI|DISCORD)_\w+|[A-Z_]*(?:API_KEY|TOKEN|DATABASE_URL|BASE_URL))\b"
)
_INVISIBLE = dict.fromkeys(map(ord, "\0\u200b\u2060\ufeff"))


class EnvFileError(ValueError):
    """The file cannot be read; the text says why."""


def load(
    path: Path = Path(".env"),
    environ: MutableMapping[str, str] = os.environ,
) -> None:
    """Add what the file sets to the environment; a variable that is set there already wins, a blank one does not.

    No file is no error. Raises EnvFileError for one that cannot be read, and for a line about a variable of ours that
    cannot be.
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
    for name, value in _values(path, _plain(decoded(raw))).items():
        if value is not None and not env_is_set(name, environ):
            environ[name] = value


def _plain(text: str) -> str:
    """Return the text as a shell would have it: ``NAME=value`` in each line, and none that sets nothing."""
    text = text.translate(_INVISIBLE).replace("\r\n", "\n").replace("\r", "\n")
    return _BLANK.sub("", _YAML.sub(r"\1=", _OTHER_SHELLS.sub(r"\1=", text)))


def _values(path: Path, text: str) -> dict[str, str | None]:
    bindings = list(parse_stream(StringIO(text)))
    readable = "".join(binding.original.string for binding in bindings if not binding.error)
    values = dotenv_values(stream=StringIO(readable))
    for binding in bindings:
        lines = binding.original.string.splitlines() if binding.error else []
        for number, line in enumerate(lines, binding.original.line):
            if found := _HALF_QUOTED.fullmatch(line):
                values[found[1]] = found[2].strip()
            elif ours := _OURS.match(line):
                problem = f"{path}, line {number}, cannot be read"
                raise EnvFileError(f"{problem}. Write it as {ours[1]}=…, with the value behind it.")
    return values


def decoded(raw: bytes) -> str:
    """Return the text of a file in UTF-8, UTF-16 or UTF-32, or else in Windows' cp1252; never raises."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return raw.removeprefix(mark).decode(encoding, "replace").replace("\0", "")
    if _is_utf_16(raw):
        big_first = raw[0::2].count(0) > raw[1::2].count(0)
        return raw.decode("utf-16-be" if big_first else "utf-16-le", "replace").replace("\0", "")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    return text.replace("\0", "")


def _is_utf_16(raw: bytes) -> bool:
    """Return whether what is ASCII has a zero first or last. A power cut leaves some zeros in other files too."""
    if raw.count(0) * 4 > len(raw):
        return True
    try:
        raw.decode()
    except UnicodeDecodeError:
        return b"\0" in raw
    return False


def _unmark_names(environ: MutableMapping[str, str]) -> None:
    # ``docker --env-file`` takes the byte order mark for a part of the first name.
    for name in [name for name in environ if name.startswith("\ufeff")]:
        environ.setdefault(name.removeprefix("\ufeff"), environ[name])
