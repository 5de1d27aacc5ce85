"""The real MLX server behind /ask: nobody here wrote it, and it does not know us."""

import asyncio
import os
import socket
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.world import World

PYTHON = os.environ.get("MLX_PYTHON", "")
MAKE_MODEL = Path(__file__).parents[1] / "real_servers" / "make_tiny_llama.py"


def has_mlx() -> bool:
    if not PYTHON or not Path(PYTHON).exists():
        return False
    # It is not imported, which takes seconds in each process that collects the tests.
    code = "import sys; from importlib.util import find_spec; sys.exit(not find_spec('mlx_lm'))"
    return subprocess.run([PYTHON, "-c", code], capture_output=True).returncode == 0  # noqa: S603


# One server answers them all, and belongs to the loop that started it.
pytestmark = [
    pytest.mark.real_server,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        not has_mlx(),
        reason="set MLX_PYTHON to a Python that has mlx[cpu] and mlx-lm (.ci/run makes one)",
    ),
]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def mlx_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Start the server on a model of random weights."""
    folder = tmp_path_factory.mktemp("mlx")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    model = folder / "tiny"
    making = await asyncio.create_subprocess_exec(PYTHON, str(MAKE_MODEL), str(model))
    assert await making.wait() == 0
    server = await asyncio.create_subprocess_exec(
        *(PYTHON, "-m", "mlx_lm", "server", "--model", str(model), "--port", str(port)),
        env=os.environ | {"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(folder)},
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert server.stderr is not None
        async with asyncio.timeout(60):
            while b"Starting httpd" not in await server.stderr.readline():
                assert server.returncode is None, "the MLX server ended at once"
        draining = asyncio.create_task(server.stderr.read())
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        await server.wait()
    await draining


async def test_a_real_mlx_server_answers_ask(mlx_url: str) -> None:
    async with World(environ={"MLX_BASE_URL": mlx_url}, providers=["mlx"]) as world:
        asked = await world.ask("hello world, how are you today?")
        read = await world.end(asked)
    answer, _, footer = read.rpartition("\n-# ")
    assert footer.startswith("MLX · ")
    assert answer.strip()
    assert asked.messages[0].edits >= 2, "it was not seen being written"


async def test_a_model_that_mlx_cannot_load_is_said(mlx_url: str) -> None:
    async with World(environ={"MLX_BASE_URL": mlx_url}, providers=["mlx"]) as world:
        read = await world.end(await world.ask("hello", model="no/such-model"))
    assert read.startswith("⚠️ MLX does not know the model `no/such-model` (404).")
