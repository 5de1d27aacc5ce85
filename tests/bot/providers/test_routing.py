from collections.abc import Sequence
from typing import Any

import pytest

from bot.errors import Refused
from bot.providers.catalog import Catalog
from bot.providers.preferences import Place, Preference, Scope
from bot.providers.routing import CannotAsk, Route, Routing
from bot.storage.rules import DEFAULTS, Model, Rules
from connectors import PROVIDERS, Connectors
from connectors import Model as Listed
from connectors.database import DatabaseUnavailable
from tests.bot.providers.scripted import Cast

HERE = Place(1, 2, 3)
KEYS = {"OPENAI_API_KEY": "k", "MISTRAL_API_KEY": "k", "COHERE_API_KEY": "k"}


class Chosen:
    """The choices of /model, or a database that is away."""

    def __init__(self, choices: Sequence[Preference] | None = ()) -> None:
        self.choices = choices

    async def at(self, _: Place) -> list[Preference]:
        if self.choices is None:
            raise DatabaseUnavailable
        return list(self.choices)


def routing(
    environ: dict[str, str] = KEYS,
    chosen: Sequence[Preference] | None = (),
    default: str | None = None,
    order: Sequence[str] = (),
    failing: Sequence[str] = (),
    rules: Rules = DEFAULTS,
) -> Routing:
    hosted = {name: row for name, row in PROVIDERS.items() if not row.is_local}
    catalog = Catalog(Connectors(environ, providers=hosted))
    for name in failing:
        catalog.backends[name].breaker.is_open = True

    async def rules_of(guild_id: int | None) -> Rules:
        return rules if guild_id == HERE.guild_id else DEFAULTS

    return Routing(catalog, Chosen(chosen), default, order=order, rules=rules_of)  # type: ignore[arg-type]  # it has what is asked for


async def test_without_a_choice_everybody_may_be_asked_in_the_order_of_the_rows() -> None:
    route = await routing().route(HERE)
    assert route == Route(
        ("openai", "mistral", "cohere"), None, "the first provider that is set up"
    )
    assert (route.provider, route.chosen) == ("openai", None)


async def test_the_default_is_asked_first_and_once() -> None:
    route = await routing(default="mistral").route(HERE)
    assert route.candidates == ("mistral", "openai", "cohere")
    assert route.why == "chosen by the bot's owner"


async def test_the_operators_order_replaces_that_of_the_rows() -> None:
    route = await routing(order=["cohere", "anthropic", "openai"]).route(HERE)
    assert route.candidates == ("cohere", "openai"), "anthropic is not set up, mistral not listed"
    assert route.why == "chosen by the bot's owner"


async def test_the_default_stays_first_before_the_operators_order() -> None:
    route = await routing(default="mistral", order=["cohere", "mistral", "openai"]).route(HERE)
    assert route.candidates == ("mistral", "cohere", "openai")


async def test_an_order_of_which_nobody_is_set_up_says_so_when_asked() -> None:
    assert (await routing(order=["anthropic"]).route(HERE)).candidates == ("anthropic",)


async def test_who_keeps_failing_is_asked_last_where_nobody_chose_it() -> None:
    route = await routing(failing=["openai"]).route(HERE)
    assert route.candidates == ("mistral", "cohere", "openai")
    assert route.why == "OpenAI keeps failing at the moment"


async def test_where_all_keep_failing_all_are_asked_in_their_order() -> None:
    failing = ["openai", "mistral", "cohere"]
    route = await routing(failing=failing).route(HERE)
    assert (route.candidates, route.why) == (tuple(failing), "the first provider that is set up")


@pytest.mark.parametrize("name", ["openai", None])
async def test_who_was_chosen_is_asked_although_it_keeps_failing(name: str | None) -> None:
    chosen = [] if name else [Preference(Scope.ME, "openai", None)]
    route = await routing(chosen=chosen, failing=["openai"]).route(HERE, name)
    assert route.candidates == ("openai",)


@pytest.mark.parametrize("default", [None, "mistral"])
async def test_a_model_that_was_chosen_is_asked_of_one_provider_only(default: str | None) -> None:
    route = await routing(default=default).route(HERE, model="some-model")
    assert route.candidates == (default or "openai",)
    assert (route.model, route.is_chosen) == ("some-model", True)


@pytest.mark.parametrize("model", [None, "m"])
async def test_a_provider_named_in_the_question_is_the_only_one(model: str | None) -> None:
    route = await routing().route(HERE, "Cohere", model)
    assert route == Route(("cohere",), model, "chosen in the question", is_chosen=True)


async def test_a_choice_of_model_is_the_only_one() -> None:
    choices = [Preference(Scope.CHANNEL, "mistral", "m"), Preference(Scope.SERVER, "cohere", None)]
    route = await routing(chosen=choices).route(HERE)
    assert route == Route(("mistral",), "m", "chosen for this channel", is_chosen=True)


async def test_a_choice_of_a_provider_that_is_no_more_is_passed_over() -> None:
    choices = [Preference(Scope.ME, "clippy", None), Preference(Scope.SERVER, "cohere", None)]
    assert (await routing(chosen=choices).route(HERE)).candidates == ("cohere",)


async def test_without_a_database_nothing_is_chosen() -> None:
    assert (await routing(chosen=None).route(HERE)).provider == "openai"


async def test_where_nothing_is_set_up_there_is_nobody_to_ask() -> None:
    route = await routing({}).route(HERE)
    assert (route.candidates, route.provider) == ((), None)


async def test_no_such_provider_is_refused() -> None:
    with pytest.raises(Refused):
        await routing().route(HERE, "clippy")


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (Rules(model=Model("cohere", "m")), ("cohere", "openai", "mistral")),
        (Rules(model=Model("cohere"), fallbacks=("mistral", "anthropic")), ("cohere", "mistral")),
        (Rules(model=Model("cohere"), fallbacks=()), ("cohere",)),
        (Rules(fallbacks=("mistral", "openai")), ("openai", "mistral")),
        (Rules(fallbacks=()), ("openai",)),
        (Rules(model=Model("clippy")), ("openai", "mistral", "cohere")),
    ],
)
async def test_a_server_has_a_default_and_fallbacks_of_its_own(
    rules: Rules, expected: tuple[str, ...]
) -> None:
    route = await routing(rules=rules).route(HERE)
    assert route.candidates == expected
    assert route.models == ({"cohere": "m"} if rules.model == Model("cohere", "m") else {})
    assert (route.why == "this server's setting") == (expected[0] != "openai")
    assert route.chosen is None, "it may be replaced"


async def test_the_operators_provider_is_asked_before_a_servers_fallbacks() -> None:
    rules = Rules(fallbacks=("mistral",))
    assert (await routing(default="openai", rules=rules).route(HERE)).candidates == (
        "openai",
        "mistral",
    )


@pytest.mark.parametrize("scope", list(Scope))
async def test_what_was_chosen_with_model_comes_before_a_servers_default(scope: Scope) -> None:
    chosen = [Preference(scope, "mistral", None)]
    route = await routing(chosen=chosen, rules=Rules(model=Model("cohere"))).route(HERE)
    assert route.candidates == ("mistral",)


async def only_local(_: Place) -> bool:
    return True


def local_routing(
    usable: Sequence[str],
    chosen: Sequence[Preference] = (),
    default: str | None = None,
    order: Sequence[str] = (),
    rules: Rules = DEFAULTS,
) -> Routing:
    """Return a routing where only local models may answer; no server looks up others."""
    catalog = Catalog(Cast({name: [] for name in ("openai", "mistral", "ollama", "vllm")}))
    catalog.usable = lambda: list(usable)  # type: ignore[method-assign]

    async def rules_of(_: int | None) -> Rules:
        return rules

    found: Any = Chosen(chosen)
    return Routing(catalog, found, default, order=order, rules=rules_of, is_local_only=only_local)


ALL = ("openai", "mistral", "ollama", "vllm")


async def test_where_only_local_models_may_answer_others_are_left_out() -> None:
    route = await local_routing(ALL).route(HERE)
    assert (route.candidates, route.why) == (
        ("ollama", "vllm"),
        "only local models may answer here",
    )
    assert route.is_local_only


@pytest.mark.parametrize(
    ("settings", "candidates"),
    [
        ({"default": "vllm"}, ("vllm", "ollama")),
        ({"default": "openai", "order": ("openai", "mistral")}, ("ollama", "vllm")),
        ({"order": ("openai", "vllm")}, ("vllm",)),
        ({"rules": Rules(model=Model("openai", "m"), fallbacks=("mistral",))}, ("ollama", "vllm")),
        ({"rules": Rules(model=Model("vllm"), fallbacks=())}, ("vllm",)),
        ({"chosen": [Preference(Scope.ME, "vllm", "m")]}, ("vllm",)),
        ({"chosen": [Preference(Scope.ME, "openai", "m")]}, ("ollama", "vllm")),
    ],
)
async def test_the_rest_of_what_is_set_still_counts_there(
    settings: dict[str, Any], candidates: tuple[str, ...]
) -> None:
    assert (await local_routing(ALL, **settings).route(HERE)).candidates == candidates


async def test_a_model_of_a_local_servers_cloud_is_not_asked_there() -> None:
    rules = Rules(model=Model("ollama", "kimi-cloud"))
    chosen = [Preference(Scope.ME, "ollama", "kimi-cloud")]
    routing = local_routing(ALL, chosen, rules=rules)
    routing.catalog._models = {"ollama": [Listed("kimi-cloud", is_remote=True), Listed("gemma3")]}
    route = await routing.route(HERE)
    assert (route.candidates, route.models, route.is_chosen) == (("ollama", "vllm"), {}, False)
    with pytest.raises(CannotAsk) as raised:
        await routing.admit(HERE, "ollama", "kimi-cloud")
    assert raised.value.instead == "ollama"
    with pytest.raises(CannotAsk):
        await routing.choose(HERE, "ollama", "kimi-cloud")


async def test_what_cannot_be_asked_is_refused_with_what_can() -> None:
    for place_routing, instead in ((local_routing(ALL), "ollama"), (routing(), "openai")):
        with pytest.raises(CannotAsk) as raised:
            await place_routing.admit(HERE, "anthropic" if instead == "openai" else "openai", None)
        assert raised.value.instead == instead
    assert await local_routing(ALL).admit(HERE, None, None)
    assert not await routing().admit(HERE, "cohere", None)
    with pytest.raises(CannotAsk, match="none is running") as raised:
        await local_routing(("openai",)).admit(HERE, None, None)
    assert raised.value.instead is None
    with pytest.raises(Refused, match="There is no provider"):
        await local_routing(ALL).admit(HERE, "clippy", None)


async def test_where_only_local_models_may_answer_only_they_are_offered() -> None:
    with pytest.raises(CannotAsk) as raised:
        await local_routing(("openai", "vllm")).admit(HERE, "mistral", None)
    assert str(raised.value) == "Mistral is not set up here. Choose one of: vLLM."
    assert raised.value.operator == "Set MISTRAL_API_KEY in `.env` and restart me to use it."


async def test_who_names_another_one_there_is_refused() -> None:
    with pytest.raises(Refused, match="Only local models may answer here, and OpenAI is not one"):
        await local_routing(ALL).route(HERE, "openai")
    route = await local_routing(ALL).route(HERE, "ollama", "m")
    assert (route.candidates, route.model, route.is_chosen) == (("ollama",), "m", True)


async def test_where_no_local_model_runs_nobody_is_asked() -> None:
    route = await local_routing(("openai",)).route(HERE)
    assert (route.candidates, route.is_local_only) == ((), True)
