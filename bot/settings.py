"""The bot's own settings, read from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from connectors import PROVIDERS, ConnectorError, database
from connectors.http import proxies
from connectors.shared import env_value

# Slow models on slow machines write for a long time, but not for ever.
ANSWER_LIMIT_S = 3600.0
LONGEST_ANSWER_MIN = 24 * 60
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


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

    @property
    def ledger(self) -> database.Config:
        return database.Config(
            self.data_dir, self.database_url, self.is_lasting, url_env=self.database_env
        )


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings; a blank variable counts as unset. Raises SettingsError."""
    provider = _one_of("ABI_PROVIDER", tuple(PROVIDERS), environ)
    log_level = _one_of("ABI_LOG_LEVEL", LOG_LEVELS, environ)
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
        _minutes("ABI_ANSWER_MINUTES", environ) * 60.0 or ANSWER_LIMIT_S,
    )


def _one_of(name: str, allowed: tuple[str, ...], environ: Mapping[str, str]) -> str | None:
    typed = env_value(name, environ)
    found = next((value for value in allowed if value.lower() == typed.lower()), None)
    if typed and found is None:
        raise SettingsError(f"{name} is {typed!r}. Set it to one of: {', '.join(allowed)}.")
    return found


def _minutes(name: str, environ: Mapping[str, str]) -> int:
    """Return a number of minutes, 0 if the variable is not set. Raises SettingsError."""
    typed = env_value(name, environ)
    if not typed:
        return 0
    if not (typed.isascii() and typed.isdecimal() and 1 <= int(typed[:9]) <= LONGEST_ANSWER_MIN):
        allowed = f"a number of minutes from 1 to {LONGEST_ANSWER_MIN}"
        raise SettingsError(f"{name} is {typed[:40]!r}. Set it to {allowed}.")
    return int(typed)
