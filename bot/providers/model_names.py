"""Names of models: how they are shown, matched and compared; pure."""

import difflib
from collections.abc import Iterable, Sequence

from bot.providers.texts import OWN_MODEL
from bot.text.formatting import inline_code
from connectors import Model
from connectors.wires.chat_models import is_same_model


def quoted(name: str | None) -> str:
    """Return a model's name as inline code, or words for an unknown one."""
    return inline_code(name or "") or OWN_MODEL


def nearest_names(model: str, names: Iterable[str], count: int) -> list[str]:
    """Return the names most similar to model, apart from itself; the first ones if none is."""
    others = [name for name in dict.fromkeys(names) if not is_same_model(name, model)]
    by_plain = {name.casefold(): name for name in others}
    near = difflib.get_close_matches(model.casefold(), by_plain, count, cutoff=0.3)
    return [by_plain[name] for name in near] or others[:count]


def rank_of(words: Sequence[str], provider: str, model: str) -> int | None:
    """Return how well a model matches the words, 0 the best; None if a word is missing."""
    name = model.lower()
    full = f"{provider} {name}"
    if not all(word in full for word in words):
        return None
    typed = " ".join(words)
    if name == typed:
        return 0
    if name.startswith(typed):
        return 1
    return 2 if any(part.startswith(typed) for part in name.replace("/", "-").split("-")) else 3


def is_called(listed: Model, name: str) -> bool:
    """Return whether a name means a listed model; a suffix may select who runs it."""
    is_alias = name in listed.aliases or name.rpartition(":")[0] == listed.id
    return is_alias or is_same_model(listed.id, name)
