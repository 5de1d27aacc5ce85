from typing import Any, cast

import pytest

from bot.answers.counting import note_end, outcome_of
from bot.providers.catalog import Catalog
from bot.providers.generation import Generation
from bot.providers.outlet import Outlet
from bot.providers.preferences import Place
from bot.providers.question import Question
from connectors.recorder import Event
from tests.bot.providers.scripted import Cast
from tests.recorded import Recorded


def ended(cast_: Cast, reason: str | None, model: str | None = None) -> Generation:
    out = Outlet(cast_, Place(2, 5, 6))
    generation = Generation(Question("why?"), cast_, Catalog(cast_), lambda: None, out)
    generation.provider, generation.model = "openai", model
    generation.finish_reason = cast(Any, reason)
    return generation


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        ("stop", "answered"),
        ("length", "length"),
        ("content_filter", "content_filter"),
        (None, "failed"),
    ],
)
def test_the_outcome_is_one_word(reason: str | None, outcome: str) -> None:
    assert outcome_of(ended(Cast({"openai": []}), reason)) == outcome


def test_a_refusal_is_no_answer() -> None:
    generation = ended(Cast({"openai": []}), "stop")
    generation.is_refusal = True
    assert outcome_of(generation) == "refused"


def test_only_models_that_are_listed_or_a_default_are_named() -> None:
    cast_ = Cast({"openai": []})
    cast_.recorder = recorder = Recorded()
    catalog, default = Catalog(cast_), cast_.model_of("openai")
    for model in (default, None, "my secret words"):
        note_end(catalog, ended(cast_, "stop", model), 7, "", 1.5)
    note_end(catalog, ended(cast_, "stop", default), 7, "stopped", None)
    named, took = (Event.QUESTION, "openai", default), (Event.ANSWER_S, 1.5, "openai")
    assert recorder.events == [
        *((*named, "answered"), took),
        *((*named, "answered"), took),
        *((Event.QUESTION, "openai", "other", "answered"), took),
        (*named, "stopped"),
    ]


def test_a_question_that_nobody_was_asked_is_counted() -> None:
    cast_ = Cast({"openai": []})
    cast_.recorder = recorder = Recorded()
    generation = ended(cast_, None)
    generation.provider = None
    note_end(Catalog(cast_), generation, 7, "", 0.1)
    assert recorder.events[0] == (Event.QUESTION, "none", "other", "failed")


def test_the_model_that_finished_an_answer_is_remembered() -> None:
    cast_ = Cast({"openai": []})
    catalog, default = Catalog(cast_), cast_.model_of("openai")
    note_end(catalog, ended(cast_, None, default), 7, "", None)
    assert catalog._recent == {}
    note_end(catalog, ended(cast_, "stop", default), 7, "", None)
    assert [listed.model for listed in catalog._recent[7]] == [default]
