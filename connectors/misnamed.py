"""Variables that are set under a name the bot does not read."""

import difflib
import re
from collections.abc import Iterable, Mapping

import msgspec

from connectors.database.config import URL_ENV as DATABASE_ENV
from connectors.discord.config import TOKEN_ENV
from connectors.provider import Provider
from connectors.shared import any_env_is_set, env_is_set

# Names in other programs and guides, unless they are likely to mean something else.
_DISCORD = """
DISCORD_TOKEN DISCORD_API_TOKEN DISCORD_API_KEY DISCORD_KEY DISCORD_SECRET DISCORD_BOT
DISCORD_BOT_KEY DISCORD_BOT_SECRET DISCORD_AUTH_TOKEN DISCORD_LOGIN_TOKEN
BOT_TOKEN BOT_KEY TOKEN
"""
_DATABASE = """
POSTGRES_URL POSTGRESQL_URL POSTGRES_URI POSTGRESQL_URI PG_URL PGURL POSTGRES_DSN
DATABASE_URI DATABASE_DSN DB_URL DB_URI SQLALCHEMY_DATABASE_URI SQLALCHEMY_DATABASE_URL
"""
# Other names of a provider, before _KEY, _TOKEN and so on, or _URL for its address.
_STEMS = {
    "openai": "OPENAI OPEN_AI CHATGPT GPT",
    "anthropic": "ANTHROPIC CLAUDE CLAUDE_AI",
    "huggingface": "HUGGINGFACE HUGGING_FACE HF",
    "mistral": "MISTRAL MISTRALAI MISTRAL_AI",
    "cohere": "COHERE CO",
    "ollama": "OLLAMA",
    "lm_studio": "LM_STUDIO LMSTUDIO",
    "vllm": "VLLM",
    "mlx": "MLX",
}
_KEYS = "KEY TOKEN API_KEY API_TOKEN APIKEY SECRET SECRET_KEY ACCESS_TOKEN API"
_ADDRESSES = ("URL", "API_URL", "API_BASE", "API_BASE_URL", "ENDPOINT", "BASEURL", "ADDRESS")
_ALIKE = 0.9


class Misnamed(msgspec.Struct, frozen=True):
    """A variable that is set, and the one that is read; ``row`` is its provider, if it has one."""

    found: str
    meant: str
    row: str | None = None

    def __str__(self) -> str:
        return f"{self.found} is set, but the bot reads {self.meant}: rename or unset it."


def misnamed(environ: Mapping[str, str], rows: Mapping[str, Provider]) -> list[Misnamed]:
    """Return the variables that have a wrong name, if none with a right name is set."""
    meant: list[tuple[tuple[str, ...], Iterable[str], str | None]] = [
        (TOKEN_ENV, _DISCORD.split(), None),
        (DATABASE_ENV, _DATABASE.split(), None),
    ]
    for name, row in rows.items():
        stems = _STEMS.get(name, "").split()
        keys = [f"{stem}_{end}" for stem in stems for end in _KEYS.split()]
        meant += [(row.key_env, keys if row.needs_key else (), name)]
        meant += [(row.url_env, [f"{stem}_{end}" for stem in stems for end in _ADDRESSES], name)]
    addresses = [row.url_env for row in rows.values()]
    read = {name for names, _, _ in meant for name in names}
    others = {
        name: _squashed(name) for name in environ if name not in read and env_is_set(name, environ)
    }
    return [
        Misnamed(found, next(n for n in names if not n.startswith("ABI_")), row)
        for names, wrong, row in meant
        if names and not any_env_is_set(names, environ)
        for found in _meaning(others, names, wrong, is_key=names not in addresses)
    ]


def _meaning(
    others: Mapping[str, str], names: tuple[str, ...], wrong: Iterable[str], *, is_key: bool
) -> list[str]:
    """Return which of others, squashed by its name, are likely to mean one of names."""
    right, wrong = set(map(_squashed, names)), set(map(_squashed, wrong))
    # The names of addresses and models are left out: OLLAMA_MODELS means something else.
    may_resemble = bool(wrong) and is_key
    return [
        found
        for found, squashed in others.items()
        if squashed in wrong
        or squashed in right
        or (may_resemble and len(squashed) >= 10 and any(_are_alike(squashed, r) for r in right))
    ]


def _are_alike(one: str, other: str) -> bool:
    matcher = difflib.SequenceMatcher(None, one, other)
    # The first two are upper bounds, and much faster.
    ratios = matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio
    return all(ratio() >= _ALIKE for ratio in ratios)


def _squashed(name: str) -> str:
    return re.sub(r"[_\W]", "", name.upper().removeprefix("ABI_"))
