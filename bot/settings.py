"""The bot's own settings, read from the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.storage.limits import NO_LIMITS, UNLIMITED, AtLimit, Limits, OperatorLimits
from connectors import PROVIDERS, ConnectorError, database
from connectors.database.address import File
from connectors.discord import GLOBAL_PER_S
from connectors.http import proxies
from connectors.shared import env_value, first_env_set

# Slow models on slow machines write for a long time, but not for ever.
ANSWER_LIMIT_S = 3600.0
HISTORY_DAYS, LONGEST_HISTORY_DAYS = 30, 3650
LONGEST_ANSWER_MIN = 24 * 60
MOST_PARALLEL = 1000
PORT_ENV, LAST_PORT = ("ABI_PORT", "PORT"), 65_535
MOST_SHARDS = 16_384
MOST_PER_S = 10_000
_SHARD = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")
_SHARDS_EXPECTED = (
    "Set it to the numbers of this process's shards and how many there are in all processes, such "
    "as 0-3/16 or 0,5/16, and ABI_SHARD_COUNT to the same number or not at all."
)
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_FORMATS = ("text", "json")


class SettingsError(ValueError):
    """A variable has a value the bot cannot use; the text says which, and what is allowed."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The operator's settings, without keys: each connector reads its own."""

    provider: str | None = None
    data_dir: Path = Path("data")
    log_level: str = "INFO"
    database_url: str | None = None
    is_lasting: bool = True  # False where a restart deletes what the bot keeps
    loss: str | None = None  # why that is so, and what to do
    database_env: str = "DATABASE_URL"  # the variable to name when its address is wrong
    answer_limit_s: float = ANSWER_LIMIT_S
    providers: tuple[str, ...] = ()  # asked in this order; empty: in the order of the rows
    history_days: int = HISTORY_DAYS  # how long conversations are remembered
    port: int | None = None  # where health and metrics are served, if anywhere
    log_format: str | None = None  # None: text in a terminal, else JSON
    prices: Path | None = None  # the operator's own list of prices
    shard_count: int | None = None  # None: as many as Discord recommends
    shards: tuple[int, ...] = ()  # those of this process, if they are set by hand
    limits: OperatorLimits = UNLIMITED
    global_rate: int = GLOBAL_PER_S  # requests a second that Discord allows, in all processes

    @property
    def shares_database(self) -> bool:
        """True on a server, which other processes of the bot may use, too."""
        return not isinstance(self.ledger.address, File)

    @property
    def ledger(self) -> database.Config:
        return database.Config(
            self.data_dir, self.database_url, self.is_lasting, url_env=self.database_env
        )


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings; a blank variable counts as unset. Raises SettingsError."""
    provider = _one_of("ABI_PROVIDER", tuple(PROVIDERS), environ)
    log_level = _one_of("ABI_LOG_LEVEL", LOG_LEVELS, environ)
    _check_parallel(environ)
    shards, shard_count = _shards(environ)
    try:
        proxies.from_env(environ)
        kept = database.load_from_env(environ)
    except ConnectorError as error:
        raise SettingsError(f"{error.summary}.") from None
    return Settings(
        provider,
        kept.data_dir,
        log_level or "INFO",
        kept.database_url,
        kept.is_lasting,
        kept.loss,
        kept.url_env,
        _number("ABI_ANSWER_MINUTES", environ, LONGEST_ANSWER_MIN, "a number of minutes") * 60.0
        or ANSWER_LIMIT_S,
        _some_of("ABI_PROVIDERS", tuple(PROVIDERS), environ),
        _number("ABI_HISTORY_DAYS", environ, LONGEST_HISTORY_DAYS, "a number of days")
        or HISTORY_DAYS,
        _number(first_env_set(PORT_ENV, environ) or PORT_ENV[-1], environ, LAST_PORT, "a port")
        or None,
        _one_of("ABI_LOG_FORMAT", LOG_FORMATS, environ),
        _prices(environ),
        shard_count,
        shards,
        OperatorLimits(
            _limits("ABI_LIMITS", environ),
            _limits("ABI_USER_LIMITS", environ),
            AtLimit(_one_of("ABI_AT_LIMIT", tuple(AtLimit), environ) or AtLimit.NOBODY),
        ),
        _number("ABI_GLOBAL_RATE", environ, MOST_PER_S, "a number of requests a second")
        or GLOBAL_PER_S,
    )


def _prices(environ: Mapping[str, str]) -> Path | None:
    """Return where the operator's prices are. Raise SettingsError if they cannot be read."""
    typed = env_value("ABI_PRICES", environ)
    if not typed:
        return None
    from bot.limits.prices import UnreadablePrices
    from bot.limits.prices import load as load_prices

    try:
        load_prices(Path(typed), lambda *_: False)
    except UnreadablePrices as error:
        raise SettingsError(f"ABI_PRICES: {error}.") from error
    return Path(typed)


def _shards(environ: Mapping[str, str]) -> tuple[tuple[int, ...], int | None]:
    """Return the numbers of ABI_SHARDS, such as 0-3/16, and how many there are in all."""
    count = _number("ABI_SHARD_COUNT", environ, MOST_SHARDS, "a number of shards") or None
    typed = env_value("ABI_SHARDS", environ)
    if not typed:
        return (), count
    parts, _, of = typed.replace(" ", "").partition("/")
    found = [_SHARD.fullmatch(part) for part in parts.split(",")]
    total = int(of) if of.isascii() and of.isdecimal() and len(of) <= len(str(MOST_SHARDS)) else 0
    ranges = [range(int(f[1]), int(f[2] or f[1]) + 1) for f in found if f is not None]
    numbers = {number for each in ranges for number in each[:MOST_SHARDS]}
    is_read = len(ranges) == len(found) and all(ranges) and 0 < total <= MOST_SHARDS
    if not is_read or max(numbers) >= total or (count or total) != total:
        raise SettingsError(f"ABI_SHARDS is {typed[:40]!r}. {_SHARDS_EXPECTED}")
    return tuple(sorted(numbers)), total


def _limits(name: str, environ: Mapping[str, str]) -> Limits:
    typed = env_value(name, environ)
    if not typed:
        return NO_LIMITS
    from bot.errors import Refused
    from bot.limits.grammar import read

    try:
        return read(typed)
    except Refused as error:
        raise SettingsError(f"{name} is {typed[:100]!r}. {error}") from error


def _one_of(name: str, allowed: tuple[str, ...], environ: Mapping[str, str]) -> str | None:
    typed = env_value(name, environ)
    found = next((value for value in allowed if value.lower() == typed.lower()), None)
    if typed and found is None:
        raise SettingsError(f"{name} is {typed!r}. Set it to one of: {', '.join(allowed)}.")
    return found


def _some_of(name: str, allowed: tuple[str, ...], environ: Mapping[str, str]) -> tuple[str, ...]:
    typed = filter(None, map(str.strip, env_value(name, environ).split(",")))
    found = {word: next((a for a in allowed if a == word.lower()), None) for word in typed}
    for word, value in found.items():
        if value is None:
            expected = f"one or more of these, separated by commas: {', '.join(allowed)}"
            raise SettingsError(f"{name} contains {word!r}. Set it to {expected}.")
    return tuple(dict.fromkeys(filter(None, found.values())))


def _check_parallel(environ: Mapping[str, str]) -> None:
    """Raise SettingsError unless each number of requests is one, and of a provider."""
    allowed = [f"ABI_{name.upper()}_PARALLEL" for name in ("hf", *PROVIDERS)]
    for name in environ:
        if name.startswith("ABI_") and name.endswith("_PARALLEL"):
            number = _number(name, environ, MOST_PARALLEL, "a number of requests")
            if number and name not in allowed:
                expected = ", ".join(allowed[1:])
                raise SettingsError(f"{name} is of no provider. Set one of these: {expected}.")


def _number(name: str, environ: Mapping[str, str], most: int, what: str) -> int:
    """Return a number from 1 to ``most``, or 0 if the variable is not set."""
    typed = env_value(name, environ)
    if not typed:
        return 0
    if not (typed.isascii() and typed.isdecimal() and 1 <= int(typed[:9]) <= most):
        raise SettingsError(f"{name} is {typed[:40]!r}. Set it to {what} from 1 to {most}.")
    return int(typed)
