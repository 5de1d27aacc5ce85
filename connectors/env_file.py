"""The variables in a .env file, whichever editor and encoding it was written with."""

import codecs
import os
import re
import tempfile
from collections.abc import Mapping, MutableMapping
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from connectors.shared import env_is_set

# PowerShell's > writes UTF-16. UTF-32 comes before UTF-16 LE, as it begins with the same bytes.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE_MARKS = tuple(mark for mark, encoding in _MARKS if encoding != "utf-8")
# The syntax of other shells, often copied into the file.
_OTHER_SHELLS = re.compile(
    r"^[^\S\n]*(?:\$env:|setx?[^\S\n]+(?:-\w+[^\S\n]+)*|ENV[^\S\n]+)"
    r"([A-Za-z_]\w*)(?:[^\S\n]*=[^\S\n]*|[^\S\n]+)(?=\S)",
    re.MULTILINE | re.IGNORECASE,
)
_YAML = re.compile(r"^[^\S\n]*([A-Z][A-Z0-9_]*):[^\S\n]+(?=\S)", re.MULTILINE)
_BLANK = re.compile(r"^[^\S\n]*(?:export[^\S\n]+)?\w+[^\S\n]*=[^\S\n]*$", re.MULTILINE)
_HALF_QUOTED = re.compile(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*[\"']?([^\"']*)[\"']?\s*")
# As the first or the second word of a line.
_OURS = re.compile(
    r"[^\w#]*(?:\w+[^\w#]+)?((?:ABI|DISCORD)_\w+|[A-Z_]*(?:API_KEY|TOKEN|DATABASE_URL|BASE_URL))\b"
)
_INVISIBLE = dict.fromkeys(map(ord, "\0\u200b\u2060\ufeff"))


class EnvFileError(ValueError):
    """The file cannot be read; the message says why."""


def load(path: Path = Path(".env"), environ: MutableMapping[str, str] = os.environ) -> None:
    """Add the variables of the file to the environment, unless they are set there and not blank.

    A missing file is no error. Raises EnvFileError for one that cannot be read, and for a line
    about a variable of ours that cannot be parsed.
    """
    _unmark_names(environ)
    if path.is_dir():  # Docker creates a folder for a file to mount that does not exist
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


def save(values: Mapping[str, str], path: Path = Path(".env")) -> None:
    """Set variables in the file, which only its owner may read from then on; keep all else in it.

    A blank variable is filled in where it stands, others are added at the end. Raise EnvFileError
    if the file cannot be written, or could not hold a value.
    """
    try:
        raw = path.read_bytes() if path.exists() else b""
        is_wide = raw.startswith(_WIDE_MARKS) or _is_utf_16(raw)
        # Else whatever the bytes are, each stays as it is.
        text, encoding = (decoded(raw), "utf-8") if is_wide else (raw.decode("latin-1"), "latin-1")
        for name, value in values.items():
            text = _with(text, f"{name}={_quoted(name, value)}", name)
        written = _values(path, _plain(text))
        if any(written.get(name) != value for name, value in values.items()):
            raise EnvFileError(
                f"{path} cannot be read as variables. Set {', '.join(values)} there."
            )
        _replace(path.resolve(), text.encode(encoding))
    except OSError as error:
        raise EnvFileError(f"{path} cannot be written: {error.strerror}.") from error


def _with(text: str, line: str, name: str) -> str:
    """Return a text with a line, in place of a blank one of its variable if there is one."""
    blank = re.compile(rf"^[ \t]*{name}[ \t]*=[ \t]*(?=\r?$)", re.MULTILINE)
    if blank.search(text):
        return blank.sub(lambda _: line, text, count=1)
    end = "\r\n" if "\r\n" in text else "\n"
    is_open = text and not text.endswith(("\r", "\n"))
    return f"{text}{end if is_open else ''}{line}{end}"


def _quoted(name: str, value: str) -> str:
    if re.fullmatch(r"[\w.:/@+=-]+", value, re.ASCII):
        return value
    is_plain = value.isascii() and value.isprintable()
    if not is_plain or any(part in value for part in ("'", "\\", "${")):
        raise EnvFileError(f"{name} holds a character that cannot be stored in .env.")
    return f"'{value}'"


def _replace(path: Path, raw: bytes) -> None:
    """Write a file anew, for its owner only; where it cannot be replaced, in its place."""
    try:
        descriptor, new = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # mode 0600
        with os.fdopen(descriptor, "wb") as file:
            file.write(raw)
        try:
            Path(new).replace(path)
        except OSError:
            Path(new).unlink()
            raise
    except OSError:  # a file that is mounted, or in a folder that may not be written
        path.write_bytes(raw)
        path.chmod(0o600)


def _plain(text: str) -> str:
    """Return the text with ``NAME=value`` in each line, without blank variables."""
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
                raise EnvFileError(f"{problem}. Write it as {ours[1]}=value.")
    return values


def decoded(raw: bytes) -> str:
    """Return the text of a file in UTF-8, UTF-16, UTF-32, or else cp1252; never raises."""
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
    """Return whether ASCII characters come with a zero byte; a power cut leaves some too."""
    if raw.count(0) * 4 > len(raw):
        return True
    try:
        raw.decode()
    except UnicodeDecodeError:
        return b"\0" in raw
    return False


def _unmark_names(environ: MutableMapping[str, str]) -> None:
    # ``docker --env-file`` takes the byte order mark for part of the first name.
    for name in [name for name in environ if name.startswith("\ufeff")]:
        environ.setdefault(name.removeprefix("\ufeff"), environ[name])
