from datetime import date
from pathlib import Path

import pytest

from bot.limits.prices import OURS, UnreadablePrices, load
from bot.storage.use import Spent
from connectors import PROVIDERS
from tests.rows import each

MILLION = 1_000_000


def is_local(provider: str, _: str) -> bool:
    return PROVIDERS[provider].is_local


@each(
    "provider, model, dollars",
    [
        ("openai", "gpt-4o-mini", 0.75),
        ("openai", "gpt-4o-mini-2024-07-18", 0.75),
        ("openai", "gpt-4o", 12.5),
        ("openai", "GPT-4o", 12.5),
        ("openai", "gpt-5.6-sol", 24.0),
        ("openai", "gpt-6.2-sol", 12.0),
        ("openai", "o3-mini", 5.5),
        ("openai", "o3", 10.0),
        ("anthropic", "claude-sonnet-5-5", 12.0),
        ("anthropic", "claude-haiku-5-5", 0.6),
        ("anthropic", "claude-opus-4-5-20251101", 30.0),
        ("mistral", "mistral-small-latest", 0.75),
        ("anthropic", "claude-opus-4-20250514", 90.0),
        ("ollama", "whatever", 0.0),
        ("vllm", "gpt-4o", 0.0),
    ],
)
def test_models_have_their_prices(provider: str, model: str, dollars: float) -> None:
    cost = load(None, is_local).cost(Spent(provider, model, MILLION, 0, MILLION))
    assert cost == round(dollars * MILLION)


@pytest.mark.parametrize("model", ["gpt-9", "gpt-4o-audio-preview", "gpt-4-32k", ""])
def test_what_no_pattern_fits_has_no_price(model: str) -> None:
    assert load(None, is_local).cost(Spent("openai", model, 1, 0, 1)) is None


def test_cached_input_costs_less_where_that_is_known() -> None:
    prices = load(None, is_local)
    assert prices.cost(Spent("openai", "gpt-4o", MILLION, MILLION, 0)) == 1_250_000
    assert prices.cost(Spent("openai", "gpt-4", MILLION, MILLION, 0)) == 30_000_000


def test_every_price_says_when_and_where_it_was_found() -> None:
    every = [price for known in load(None, is_local)._prices.values() for price in known]
    assert every
    for price in every:
        assert price.provider in PROVIDERS
        assert price.date is not None
        assert price.date >= date(2026, 1, 1)
        assert price.source.startswith("https://")
        assert all(pattern == pattern.lower() for pattern in price.models)


def test_the_operators_own_prices_come_first(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        '[[price]]\nprovider = "openai"\nmodels = ["gpt-4o*"]\ninput = 1.0\noutput = 0.0\n'
    )
    prices = load(own, is_local)
    assert prices.cost(Spent("openai", "gpt-4o-mini", MILLION, MILLION, 5)) == 1_000_000
    assert prices.cost(Spent("openai", "o3", MILLION)) == 2_000_000


@pytest.mark.parametrize(
    "text",
    [
        "price = 1",
        "[[price]]\nmodels = []",
        '[[price]]\nprovider = "openai"\nmodels = ["x"]\ninput = -1.0\noutput = 1.0',
        '[[price]]\nprovider = "openai"\nmodels = ["x"]\ninput = nan\noutput = 1.0',
        '[[price]]\nprovider = "openai"\nmodels = ["x"]\ninput = 1.0\noutput = 1.0\ninptu = 1.0',
        "[[",
    ],
)
def test_a_list_that_cannot_be_read_says_why(text: str, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(text)
    with pytest.raises(UnreadablePrices, match=r"own\.toml"):
        load(own, is_local)
    with pytest.raises(UnreadablePrices, match="No such file"):
        load(tmp_path / "none.toml", is_local)
    assert OURS.exists()
