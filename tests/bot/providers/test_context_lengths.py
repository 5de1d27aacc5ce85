from bot.providers.catalog import Catalog
from bot.providers.context_lengths import LEAST, UNKNOWN_SERVER, ContextLengths
from connectors import PROVIDERS, ConnectorError, Connectors, Model
from tests.bot.providers.scripted import Cast, Scripted


class Local(Scripted):
    """A server that says how much a model takes, and counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__([])
        self.says: int | None = 4_096
        self.times = 0

    async def context_length(self, _: str | None = None) -> int | None:
        self.times += 1
        if self.says is None:
            raise ConnectorError("ollama")
        return self.says


class Listed(Catalog):
    def __init__(self, connectors: Connectors, *models: Model) -> None:
        super().__init__(connectors)
        self._models = {"openai": list(models)}


async def test_what_a_list_says_counts_first_by_any_name_of_the_model() -> None:
    cast = Cast({"openai": []})
    models = Model("a", context_length=1_000, aliases=("a-latest",)), Model("b")
    lengths = ContextLengths(cast, Listed(cast, *models))
    assert [await lengths.of("openai", name) for name in ("a", "a-latest", "a:fast")] == [1_000] * 3
    assert await lengths.of("openai", "b") == PROVIDERS["openai"].context_length


async def test_a_server_at_another_address_is_not_assumed_to_be_the_providers() -> None:
    connectors = Connectors({"OPENAI_API_KEY": "key", "OPENAI_BASE_URL": "http://box:1/v1"})
    assert await ContextLengths(connectors, Catalog(connectors)).of("openai", "x") == UNKNOWN_SERVER


async def test_a_server_is_asked_once_a_minute_and_may_fail() -> None:
    cast, now = Cast({"ollama": []}), 0.0
    cast.parts["ollama"] = local = Local()
    lengths = ContextLengths(cast, Catalog(cast), clock=lambda: now)
    assert [await lengths.of("ollama", "x") for _ in range(3)] == [4_096] * 3
    assert local.times == 1
    now, local.says = 61.0, None
    assert await lengths.of("ollama", "x") == 4_096
    assert local.times == 2


async def test_a_refusal_halves_what_is_assumed_for_an_hour() -> None:
    cast, now = Cast({"openai": []}), 0.0
    listed = Listed(cast, Model("a", context_length=3_000))
    lengths = ContextLengths(cast, listed, clock=lambda: now)
    for length in (1_500, LEAST, LEAST):
        await lengths.refused("openai", "a")
        assert await lengths.of("openai", "a") == length
    now = 3_600.0
    assert await lengths.of("openai", "a") == 3_000
