import asyncio
from pathlib import Path

import pytest

from bot.sandbox import spawned
from bot.sandbox.spawned import Spawned, why_ended


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spawned, "MODULE", "tests.bot.sandbox.small_child")


async def started() -> Spawned:
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    child = await Spawned.start(Path("x"), {"LABEL": "Mistral"}, 7.5, ready.set_result)
    assert await ready == "Mistral 7.5"
    return child


async def test_the_last_words_of_a_process_say_why_it_ended(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    child = await started()
    child.tell(1.0)
    assert await child.wait() == "ValueError: no soup"
    assert b"ValueError: no soup" in capfdbinary.readouterr().err
    child.tell(2.0)
    child.kill()


@pytest.mark.parametrize(
    "line",
    [
        "ValueError",
        "2026-11-26 05:37:35,941 ERROR   bot.process.logs: ValueError",
        '{"level": "ERROR", "message": "Stopped", "exception": "Traceback\\n  x\\nValueError"}',
        '{"level": "ERROR", "message": "ValueError"}',
    ],
)
def test_of_a_line_of_the_log_only_what_it_says_is_told(line: str) -> None:
    assert why_ended(1, line) == "ValueError"


def test_what_was_said_before_a_signal_is_not_why_it_came() -> None:
    assert why_ended(-11, "The provider is slow.") == "ended by SIGSEGV"
    assert why_ended(-99, "") == "ended by signal 99"
    assert why_ended(0, "All is well.") == "exit code 0"


async def test_a_process_without_last_words_is_described_by_its_end() -> None:
    silent, killed = await started(), await started()
    silent.tell(2.0)
    killed.kill()
    assert await silent.wait() == "exit code 3"
    assert await killed.wait() == "ended by SIGKILL"
