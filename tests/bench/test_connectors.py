"""The harness measures whole answers, of clients that exist, beside the right goals."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bench.connectors import scenarios
from bench.connectors.certificate import make_certificate
from bench.connectors.clients import CLIENTS, PEERS
from bench.connectors.goals import GOALS, Goal, Run, report, runs_of
from bench.connectors.upstream import Connection
from connectors import PROVIDERS

FAST = Goal("request", "json", "cpu_us", 0.5, "raw_httpx")
SMALL = Goal("import", "import", "cpu_ms", 60)


async def start(tls: ssl.SSLContext | None = None) -> tuple[asyncio.Server, int]:
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection({}), "127.0.0.1", 0, ssl=tls
    )
    port: int = server.sockets[0].getsockname()[1]
    return server, port


@pytest.fixture
async def base() -> AsyncIterator[str]:
    server, port = await start()
    async with server:
        yield f"http://127.0.0.1:{port}"


def clients_here() -> list[tuple[str, str]]:
    pairs = [(entry.name, api) for entry in CLIENTS.values() for api in entry.apis]
    return [(n, a) for n, a in pairs if n not in PEERS and (n != "ours" or a in PROVIDERS)]


@pytest.mark.parametrize(("name", "api"), clients_here())
@pytest.mark.parametrize("steer", [(30, 0, 0), (30, 0, 4), (5, 1000, 1)])
async def test_a_client_collects_the_whole_answer(
    base: str, name: str, api: str, steer: tuple[int, int, int]
) -> None:
    async with scenarios.Bench(CLIENTS[name], api, base).client(*steer) as client:
        await scenarios.ask(client)
        assert await scenarios.read(client, steer[0])


async def test_an_answer_that_is_not_whole_is_an_error(base: str) -> None:
    async with scenarios.Bench(CLIENTS["raw_socket"], "openai", base).client(9, 0, 0) as client:
        with pytest.raises(ValueError, match="characters came instead of"):
            await scenarios.read(client, 10)


async def test_the_certificate_is_trusted_by_its_authority_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path)
    if certificate is None:
        pytest.skip("there is no openssl command")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate.certificate, certificate.key)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    server, port = await start(tls)
    async with server:
        bench = scenarios.Bench(CLIENTS["raw_socket"], "openai", f"https://127.0.0.1:{port}")
        async with bench.client(1, 0, 0) as client:
            await scenarios.ask(client)


def test_each_run_that_a_goal_needs_is_made_once() -> None:
    runs = runs_of(GOALS)
    assert len(runs) == len(set(runs))
    for goal in GOALS:
        assert goal.run("ours") in runs
        assert goal.versus is None or goal.run(goal.versus) in runs
        assert goal.versus is None or goal.api in CLIENTS[goal.versus].apis


@pytest.mark.parametrize(("ours", "is_met"), [(40.0, True), (60.0, False)])
def test_a_goal_is_a_ratio_of_medians(ours: float, is_met: bool) -> None:
    written: list[str] = []
    measured = {
        Run("ours", "json"): [{"cpu_us": 1.0}, {"cpu_us": ours}, {"cpu_us": 900.0}],
        Run("raw_httpx", "json"): [{"cpu_us": 100.0}],
    }
    assert report([FAST], measured, {}, written.append) is is_met
    assert ("MISSED" in written[-1]) is not is_met
    assert f"| {ours / 100:.3g} |" in written[-1]


def test_a_peer_that_is_not_installed_is_said_and_no_miss() -> None:
    written: list[str] = []
    measured = {SMALL.run("ours"): [{"cpu_ms": 30.0}], FAST.run("ours"): [{"cpu_us": 1.0}]}
    missing = {Run("raw_httpx", "json"): "skipped: the package httpx is not installed"}
    assert report([SMALL, FAST], measured, missing, written.append)
    assert "the package httpx is not installed" in written[-1]


@pytest.mark.parametrize(("client", "is_met"), [("ours", False), ("raw_httpx", True)])
def test_that_ours_failed_is_a_miss_and_that_another_did_is_not(client: str, is_met: bool) -> None:
    missing = {Run(client, "json"): "failed: ValueError: 3 characters came"}
    measured = {run: [{"cpu_us": 1.0}] for run in runs_of([FAST]) if run.client != client}
    assert report([FAST], measured, missing, len) is is_met
