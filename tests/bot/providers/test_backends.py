"""A provider that keeps failing is asked after the others, until a health check passes."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.providers.backends import Backends
from bot.providers.breaker import FAILURES
from bot.providers.failures import Failure
from connectors import PROVIDERS, ApiRequestFailed, Connectors, Model
from tests.bot.providers.scripted import Scripted
from tests.virtual_time import run

DOWN = ApiRequestFailed("openai", reason="unavailable")


class Probed(Scripted):
    """A connector whose probes pass or fail in this order; the last goes on."""

    def __init__(self, passes: Sequence[bool]) -> None:
        super().__init__([])
        self._passes = list(passes)
        self.probed_at: list[float] = []

    async def probe(self) -> list[Model]:
        self.probed_at.append(asyncio.get_running_loop().time())
        if self._passes.pop(0) if len(self._passes) > 1 else self._passes[0]:
            return []
        raise DOWN


class Pool(Connectors):
    def __init__(self, *passes: bool) -> None:
        keys = {"OPENAI_API_KEY": "k", "MISTRAL_API_KEY": "k"}
        super().__init__(keys, providers={name: PROVIDERS[name] for name in ("openai", "mistral")})
        self.openai = Probed(passes)

    def get(self, _: str) -> Scripted:
        return self.openai


def fail(backends: Backends, times: int = FAILURES) -> None:
    for _ in range(times):
        backends.note_failure(Failure(DOWN, PROVIDERS["openai"]), is_default_model=True)


def test_who_keeps_failing_goes_behind_until_a_check_passes() -> None:
    async def main() -> None:
        pool = Pool(False, False, True)
        backends = Backends(pool)
        fail(backends)
        assert backends.in_order(["openai", "mistral"]) == ("mistral", "openai")
        await asyncio.sleep(34.0)
        assert backends.is_failing("openai")
        await asyncio.sleep(2.0)
        assert pool.openai.probed_at == [5.0, 15.0, 35.0]
        assert backends.in_order(["openai", "mistral"]) == ("openai", "mistral")
        await asyncio.sleep(1e6)
        assert len(pool.openai.probed_at) == 3
        fail(backends, 1)
        assert backends.is_failing("openai")
        await backends.aclose()

    run(main())


def test_an_answer_ends_the_checks() -> None:
    async def main() -> None:
        pool = Pool(False)
        backends = Backends(pool)
        fail(backends)
        backends.note_success("openai")
        await asyncio.sleep(1e6)
        assert not backends.is_failing("openai")
        assert pool.openai.probed_at == []
        await backends.aclose()

    run(main())


def test_the_next_check_is_known_as_soon_as_others_are_asked_first() -> None:
    async def main() -> None:
        backends = Backends(Pool(False))
        fail(backends)
        assert backends["openai"].next_check_at > 0
        await backends.aclose()

    run(main())


async def test_where_all_fail_the_order_stays() -> None:
    backends = Backends(Pool(False))
    fail(backends)
    assert backends.in_order(["openai"]) == ("openai",)
    await backends.aclose()


@pytest.mark.parametrize(
    ("name", "size"), [("ollama", 1), ("lm_studio", 1), ("mlx", 1), ("vllm", 8), ("openai", 32)]
)
def test_a_provider_takes_as_many_as_its_row_or_the_operator_says(name: str, size: int) -> None:
    assert Backends(Connectors({}))[name].line.size == size
    set_up = Connectors({PROVIDERS[name].parallel_env[0]: "5"})
    assert Backends(set_up)[name].line.size == 5
