import io
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from bot.conversations.parsers import parsing, write_lines

Write = Callable[[str], object]
ENVIRONMENT = "import json, os; print(json.dumps(sorted(os.environ)))"
LIMITS = """
import resource
from bot.conversations.parsers import serve
import msgspec
class Said(msgspec.Struct):
    said: list[int]
def parse(data):
    yield Said([len(data), *resource.getrlimit(resource.RLIMIT_AS)])
serve(parse)
"""


class Value(msgspec.Struct):
    text: str


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Return what writes the source of the module ``stand_in``."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return (tmp_path / "stand_in.py").write_text


async def test_the_process_knows_no_secret(program: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_BOT_TOKEN", "t0ken")
    program(ENVIRONMENT)
    async with parsing("stand_in", b"") as output:
        names = msgspec.json.decode(await output.readline())
    assert "DISCORD_BOT_TOKEN" not in names
    assert "PATH" in names


async def test_it_reads_the_file_within_limits(program: Write) -> None:
    program(LIMITS)
    async with parsing("stand_in", b"x" * 1_000_000) as output:
        said = msgspec.json.decode(await output.readline())
    assert said == {"said": [1_000_000, 1 << 30, 1 << 30]}


async def test_it_is_ended_even_if_it_neither_reads_nor_writes(program: Write) -> None:
    program("import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(600)")
    async with parsing("stand_in", b"x" * 1_000_000) as output:
        pid = int(await output.readline())
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_each_value_is_written_before_the_next_is_made() -> None:
    out, seen = io.BytesIO(), []

    def values() -> object:
        yield Value("one")
        seen.append(out.getvalue())
        yield Value("two\n")

    write_lines(values(), out)  # type: ignore[arg-type]
    assert seen == [b'{"text":"one"}\n']
    assert out.getvalue() == b'{"text":"one"}\n{"text":"two\\n"}\n'
