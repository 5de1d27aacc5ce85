import asyncio
from collections.abc import Mapping

from msgspec.structs import replace

from bot.doctor import texts
from bot.doctor.finding import Finding
from bot.doctor.providers import providers
from bot.sandbox.model_server import ModelServer, Reply
from connectors import PROVIDERS, Connectors, Dialect, Provider
from connectors.provider import Unlisted

KEY = "sk-a-key-that-nothing-shows"


async def found(
    environ: Mapping[str, str], *rows: Provider, within_s: float = 5.0
) -> dict[str, Finding]:
    by_name = {row.name: row for row in rows}
    async with Connectors(environ, providers=by_name, retries=0) as connectors:
        return {finding.name: finding for finding in await providers(connectors, within_s)}


def openai(server: ModelServer) -> dict[str, str]:
    return {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url}


async def test_a_provider_that_answers_needs_nothing_whatever_is_not_set_up() -> None:
    rows = [PROVIDERS[name] for name in ("openai", "cohere", "mlx")]
    async with ModelServer() as server:
        answering, absent, local = (await found(openai(server), *rows)).values()
    assert (answering.to_do, answering.said[:9]) == ("", "answers (")
    assert (absent.said, absent.public) == ("not set up (COHERE_API_KEY)", "not set up")
    assert (local.said, local.public) == ("not running at http://localhost:8080", "not running")
    assert not absent.is_known
    assert not local.is_known


async def test_a_refused_key_is_told_to_the_owner_by_its_variable() -> None:
    async with ModelServer() as server:
        server.api_key = "another"
        refused, none = (await found(openai(server), PROVIDERS["openai"])).values()
    assert refused.line == "refused the key (401). Check OPENAI_API_KEY."
    assert "OPENAI_API_KEY" not in (refused.public or "")
    assert (none.name, none.line) == (texts.PROVIDERS, f"{texts.NO_PROVIDER}. {texts.MEND_ONE}")
    [none] = (await found({})).values()
    assert none.to_do == texts.SET_UP_PROVIDER
    assert KEY not in f"{refused}{none}"


async def test_a_provider_that_hangs_is_told_in_time() -> None:
    async with ModelServer() as server:
        server.models_reply = Reply(first_byte=asyncio.Event())
        hanging = await found(openai(server), PROVIDERS["openai"], within_s=0.05)
    assert hanging["OpenAI"].said == "took too long to answer."


async def test_a_chosen_model_that_is_not_listed_is_to_be_replaced_by_one_that_is() -> None:
    async with ModelServer() as server:
        environ = {"HF_API_TOKEN": KEY, "HF_BASE_URL": server.base_url, "HF_MODEL": "sandbox-smal"}
        finding = (await found(environ, PROVIDERS["huggingface"]))["Hugging Face"]
    assert finding.said == "answers, but does not list its model `sandbox-smal`"
    assert finding.to_do.startswith("Set HF_MODEL to one of its models, such as `sandbox-small`")


async def test_a_chosen_model_that_its_server_refuses_is_to_be_replaced_too() -> None:
    async with ModelServer() as server:
        environ = {"VLLM_HOST": server.base_url, "VLLM_MODEL": "sandbox-smal"}
        finding = (await found(environ, PROVIDERS["vllm"]))["vLLM"]
    assert finding.said == "does not know the model `sandbox-smal`."
    assert finding.to_do.startswith("Set VLLM_MODEL to one of its models, such as `sandbox-small`")


async def test_a_default_that_its_provider_no_longer_has_is_retired() -> None:
    async with ModelServer() as server:
        row = replace(
            PROVIDERS["openai"],
            base_url=server.base_url,
            model="sandbox-tiny",
            dialect=Dialect(unlisted=Unlisted.ABSENT),
        )
        finding = (await found({"OPENAI_API_KEY": KEY}, row))["OpenAI"]
    assert finding.said == "no longer offers `sandbox-tiny`, its default here"
    assert finding.to_do.startswith("Set OPENAI_MODEL to one of its models, such as `sandbox-")


async def test_the_successor_of_a_retired_default_is_told_with_it() -> None:
    async with ModelServer() as server:
        server.models = ["gpt-5.6-sol"]
        row = replace(PROVIDERS["openai"], base_url=server.base_url)
        finding = (await found({"OPENAI_API_KEY": KEY}, row))["OpenAI"]
    ended, successor = row.retired["gpt-4"]
    assert finding.said.endswith(f"with `{successor}` (replaces `gpt-4`, retired on {ended})")
