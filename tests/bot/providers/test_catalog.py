from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from bot.errors import Refused
from bot.providers.catalog import Catalog
from bot.sandbox.model_server import ModelServer, Reply
from connectors import PROVIDERS, Connectors
from connectors.http.transport import Transport
from tests.e2e.world import no_wait


class Shop:
    """An OpenAI with a key, and an MLX that may or may not run at its default address."""

    def __init__(self, openai: ModelServer, mlx: ModelServer) -> None:
        self.openai, self.mlx = openai, mlx
        providers = {
            "openai": PROVIDERS["openai"],
            "mistral": PROVIDERS["mistral"],
            "mlx": replace(PROVIDERS["mlx"], base_url=mlx.base_url),
        }
        self.connectors = Connectors(
            {"OPENAI_API_KEY": "key", "OPENAI_BASE_URL": openai.base_url, "OPENAI_MODEL": "best"},
            providers=providers,
            transport=Transport(sleep=no_wait),
        )
        self.catalog = Catalog(self.connectors)

    async def filled(self) -> Catalog:
        for name in ("openai", "mlx"):
            await self.catalog.refresh(name)
        return self.catalog


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with ModelServer() as openai, ModelServer() as mlx:
        openai.models[:] = ["gpt-6-luna", "gpt-6.1-sol", "o3"]
        mlx.models[:] = ["mlx-community/Qwen3-4B-4bit"]
        shop = Shop(openai, mlx)
        yield shop
        await shop.connectors.aclose()


async def test_a_local_server_counts_as_soon_as_its_default_address_answers(shop: Shop) -> None:
    assert shop.catalog.usable() == ["openai"]
    await shop.catalog.look_for_local()
    assert shop.catalog.usable() == ["openai", "mlx"]


async def test_a_local_server_that_went_away_no_longer_counts(shop: Shop) -> None:
    await shop.catalog.look_for_local()
    await shop.mlx.aclose()
    await shop.catalog.look_for_local()
    assert shop.catalog.usable() == ["openai"]


async def test_somebody_else_at_the_default_address_is_no_model_server(shop: Shop) -> None:
    shop.mlx.models_reply = Reply(body=b"<h1>Jenkins</h1>", headers={"content-type": "text/html"})
    await shop.catalog.look_for_local()
    assert shop.catalog.usable() == ["openai"]


async def test_a_configured_provider_stays_usable_when_its_list_cannot_be_had(shop: Shop) -> None:
    shop.openai.models_reply = Reply(status=500)
    await shop.catalog.refresh("openai")
    assert shop.catalog.usable() == ["openai"]
    assert [found.model for found in shop.catalog.search("")] == ["best"]


async def test_an_old_list_is_kept_when_a_new_one_cannot_be_had(shop: Shop) -> None:
    await shop.catalog.refresh("openai")
    shop.openai.models_reply = Reply(status=500)
    await shop.catalog.refresh("openai")
    assert "o3" in [found.model for found in shop.catalog.search("")]


async def test_the_default_model_stands_first(shop: Shop) -> None:
    catalog = await shop.filled()
    assert [found.model for found in catalog.search("", "openai")] == [
        "best",
        "gpt-6-luna",
        "gpt-6.1-sol",
        "o3",
    ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("gpt", ["gpt-6-luna", "gpt-6.1-sol"]),
        ("SOL", ["gpt-6.1-sol"]),
        ("o3", ["o3"]),
        ("qwen 4bit", ["mlx-community/Qwen3-4B-4bit"]),
        ("mlx", ["mlx-community/Qwen3-4B-4bit"]),
        ("clippy", []),
    ],
)
async def test_search_finds_what_was_typed(shop: Shop, typed: str, expected: list[str]) -> None:
    catalog = await shop.filled()
    assert [found.model for found in catalog.search(typed)] == expected


@pytest.mark.parametrize(
    ("provider", "model", "expected"),
    [
        (None, None, (None, None)),
        ("OpenAI", None, ("openai", None)),
        (" mlx ", " ", ("mlx", None)),
        (None, "openai:o3", ("openai", "o3")),
        (None, "o3", ("openai", "o3")),
        (None, "mlx-community/Qwen3-4B-4bit", ("mlx", "mlx-community/Qwen3-4B-4bit")),
        (None, "llama3.2:1b", (None, "llama3.2:1b")),
        ("mlx", "o3", ("mlx", "o3")),
        ("mlx", "openai:o3", ("mlx", "openai:o3")),
        ("mistral", "anything", ("mistral", "anything")),
        (None, "O3", ("openai", "o3")),
        (None, "OpenAI: GPT-6-Luna", ("openai", "gpt-6-luna")),
        (None, "openai:", (None, "openai:")),
        (None, "mistral:7b", ("openai", "mistral:7b")),
        ("mistral", "mistral:7b", ("mistral", "7b")),
    ],
)
async def test_what_was_chosen_is_understood(
    shop: Shop,
    provider: str | None,
    model: str | None,
    expected: tuple[str | None, str | None],
) -> None:
    shop.openai.models.append("mistral:7b")
    catalog = await shop.filled()
    assert catalog.resolve(provider, model) == expected


async def test_an_unknown_provider_is_refused(shop: Shop) -> None:
    with pytest.raises(Refused, match=r"There is no provider `cli'ppy`\. Choose one of: OpenAI\."):
        shop.catalog.resolve("cli`ppy", None)


async def test_the_nearest_names_are_offered(shop: Shop) -> None:
    catalog = await shop.filled()
    assert catalog.nearest("openai", "gpt-6-lunar", 1) == ["gpt-6-luna"]


@pytest.mark.parametrize("provider", ["openai", None])
@pytest.mark.parametrize("model", ["text-embedding-3-small", "Whisper-1"])
async def test_a_model_for_another_use_is_not_chosen(
    shop: Shop, provider: str | None, model: str
) -> None:
    shop.openai.models += ["text-embedding-3-small", "whisper-1"]
    catalog = await shop.filled()
    with pytest.raises(Refused, match=f"^`{model}` is not a chat model. Did you mean `"):
        await catalog.choose(provider, model)


async def test_a_choice_of_nothing_is_asked_for(shop: Shop) -> None:
    with pytest.raises(Refused, match=r"^This names no model"):
        await (await shop.filled()).choose(None, " ")


async def test_the_nearest_name_is_found_in_any_case(shop: Shop) -> None:
    with pytest.raises(Refused, match="Did you mean `gpt-6-luna`"):
        await (await shop.filled()).choose(None, "GPT-6-LUNE")


async def test_a_model_sees_unless_its_provider_says_no(shop: Shop) -> None:
    body = b"""{"data": [
        {"id": "blind", "capabilities": {"vision": false}, "aliases": ["best"]},
        {"id": "seeing", "capabilities": {"vision": true}},
        {"id": "silent"}
    ]}"""
    shop.openai.models_reply = Reply(body=body)
    catalog = await shop.filled()
    for model, sees in {"blind": False, "BLIND": False, "seeing": True, "silent": True}.items():
        assert catalog.sees_images("openai", model) is sees
    assert catalog.sees_images("openai", None) is False  # its default model is "best"
    assert catalog.sees_images("openai", "unlisted")
    assert catalog.sees_images("mistral", None)
