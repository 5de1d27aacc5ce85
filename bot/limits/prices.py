"""The prices of models, from our list and the operator's own."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from bot.storage.use import Spent

OURS: Final = Path(__file__).with_name("prices.toml")


class UnreadablePrices(ValueError):
    """A list of prices that cannot be read; the text says why."""


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Dollars for a million tokens. ``models`` are patterns such as ``gpt-4o-*``, in lower case.

    ``cached`` is for input that the provider has kept from before, the same as other input if it is
    not named. ``date`` is when the price was found in ``source``.
    """

    provider: str
    models: Sequence[str]
    input: float
    output: float
    cached: float | None = None
    date: date | None = None
    source: str = ""

    def __post_init__(self) -> None:
        costs = self.input, self.output, self.cached or 0.0
        if not all(0 <= cost < 1e6 for cost in costs):
            raise ValueError("a price is from 0 to 1000000")


class _List(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    price: Sequence[Price] = ()


class Prices:
    """Knows what models cost. Local ones cost nothing; of others, the first price that fits."""

    def __init__(self, prices: Sequence[Price], is_local: Callable[[str, str], bool]) -> None:
        self._is_local = is_local
        self._prices: dict[str, list[Price]] = {}
        for price in prices:
            self._prices.setdefault(price.provider, []).append(price)
        self._found: dict[tuple[str, str], Price | None] = {}

    def of(self, provider: str, model: str) -> Price | None:
        """Return the price of a model, or None if it is unknown."""
        if self._is_local(provider, model):
            return Price(provider, ("*",), 0.0, 0.0)
        key = provider, model.lower()
        if key not in self._found:
            known = self._prices.get(provider, ())
            self._found[key] = next((price for price in known if _fits(price, key[1])), None)
        return self._found[key]

    def cost(self, spent: Spent) -> int | None:
        """Return what tokens cost in millionths of a dollar, or None if that is unknown."""
        price = self.of(spent.provider, spent.model)
        if price is None:
            return None
        cached = price.input if price.cached is None else price.cached
        fresh = spent.input_tokens - spent.cached_tokens
        paid = fresh * price.input + spent.cached_tokens * cached
        return round(paid + spent.output_tokens * price.output)


def load(own: Path | None, is_local: Callable[[str, str], bool]) -> Prices:
    """Return our prices, and before them those of the operator's file. Raise UnreadablePrices."""
    return Prices([*(_read(own) if own else ()), *_read(OURS)], is_local)


def _read(path: Path) -> Sequence[Price]:
    try:
        found: Mapping[str, object] = tomllib.loads(path.read_text())
        return msgspec.convert(found, _List).price
    except OSError as error:
        raise UnreadablePrices(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:  # of TOML, of msgspec, and of an encoding
        raise UnreadablePrices(f"{path} cannot be read: {error}") from error


def _fits(price: Price, model: str) -> bool:
    return any(fnmatchcase(model, pattern) for pattern in price.models)
