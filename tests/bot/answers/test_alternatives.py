"""Tests of offers below an answer: another provider where the chosen one failed, or models."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from bot.answers.alternatives import below
from bot.answers.origin import Origin
from bot.answers.record import Record
from bot.providers.catalog import Catalog
from bot.providers.failures import Failure
from bot.providers.generation import Generation
from bot.providers.outlet import Outlet
from bot.providers.preferences import Place
from bot.providers.question import Progress, Question
from bot.providers.routing import Routing
from connectors import PROVIDERS, ApiRequestFailed, Model
from tests.bot.providers.scripted import Cast

NAMES = ("openai", "mistral", "ollama")


def offered(
    chosen: str | None,
    *,
    failed: tuple[str, ...] = (),
    text: str = "",
    is_again: bool = False,
    is_local_only: bool = False,
    usable: tuple[str, ...] = NAMES,
) -> list[Any]:
    """Return the buttons and the options of selects below an answer, by their ids or values."""
    cast = Cast({name: [] for name in NAMES})
    catalog = Catalog(cast)
    catalog.usable = lambda: list(usable)  # type: ignore[method-assign]
    catalog._models = {"ollama": [Model("gemma3"), Model("kimi-cloud", is_remote=True)]}
    routing = Routing(catalog, None, None)  # type: ignore[arg-type]  # nothing is chosen
    outlet = Outlet(cast, Place(2, 5, 6))
    outlet.is_local_only = is_local_only
    question, progress = Question("why?", chosen), Progress(text, provider=chosen)
    generation = Generation(question, cast, catalog, print, outlet, progress)
    errors = [ApiRequestFailed(name, 401, "auth") for name in failed]
    generation.failures = [Failure(error, PROVIDERS[error.provider]) for error in errors]
    origin = Origin.of_message(7, application_id=1, channel_id=5, guild_id=6, user_id=2)
    record = Record(f"{7:016x}", question, replace(origin, offers_models=is_again))
    parts = [part for row in below(record, generation, routing) for part in row["components"]]
    return [
        value
        for part in parts
        for value in [o["value"] for o in part.get("options", ())] or [part["custom_id"]]
    ]


@pytest.mark.parametrize(
    ("asked", "instead"),
    [
        ({"chosen": "openai", "failed": ("openai",)}, "mistral"),
        ({"chosen": "openai", "failed": ("openai",), "is_again": True}, "mistral"),
        ({"chosen": "mistral", "failed": ("mistral",)}, "openai"),
        ({"chosen": None, "failed": ("openai", "mistral")}, "ollama"),
        ({"chosen": "openai", "failed": ("openai",), "is_local_only": True}, "ollama"),
    ],
)
def test_where_all_who_were_asked_have_failed_another_one_is_offered(
    asked: dict[str, Any], instead: str
) -> None:
    assert offered(**asked) == [f"abi:instead:{7:016x}:{instead}"]


@pytest.mark.parametrize(
    "asked",
    [
        {"chosen": None},
        {"chosen": None, "failed": NAMES},
        {"chosen": "openai"},
        {"chosen": "openai", "failed": ("openai",), "text": "Half"},
        {"chosen": "openai", "failed": ("openai",), "usable": ("openai",)},
        {"chosen": "openai", "failed": ("openai",), "is_local_only": True, "usable": ("mistral",)},
    ],
)
def test_nothing_is_offered_where_it_would_not_help(asked: dict[str, Any]) -> None:
    assert offered(**asked) == []


def test_who_asks_again_may_choose_a_model_that_may_answer_there() -> None:
    every = offered(None, text="One.", is_again=True)
    assert {"ollama:gemma3", "ollama:kimi-cloud"} < set(every)
    assert any(value.startswith("openai:") for value in every)
    assert offered(None, text="One.", is_again=True, is_local_only=True) == ["ollama:gemma3"]
