from collections.abc import Callable
from pathlib import Path

import pytest

from bot.conversations import pdf
from tests.bot.conversations.papers import pdf_of


async def test_a_pdf_is_read_by_another_process() -> None:
    found = await pdf.read(pdf_of("First", "", "Third"), limit=1000)
    assert (found.pages, found.texts, found.problem) == (3, ["First", "", "Third"], "")


Write = Callable[[str], object]


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Return what writes a program that stands in for the one that reads PDFs."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return (tmp_path / "stand_in.py").write_text


TWO_LINES = """print('{"pages":9}', '{"text":"one"}', sep="\\n", flush=True)\n"""


async def test_a_file_that_never_ends_counts_as_far_as_it_was_read(stand_in: Write) -> None:
    stand_in(f"{TWO_LINES}import time\ntime.sleep(600)\n")
    found = await pdf.read(b"x" * 1_000_000, limit=1000, timeout_s=2.0, reader="stand_in")
    assert (found.pages, found.texts) == (9, ["one"])


async def test_a_process_that_dies_leaves_what_it_has_written(stand_in: Write) -> None:
    cut_off = """print('{"text":"tw', end="", flush=True)\nimport os\nos.abort()\n"""
    stand_in(TWO_LINES + cut_off)
    found = await pdf.read(b"x" * 1_000_000, limit=1000, reader="stand_in")
    assert (found.pages, found.texts) == (9, ["one"])


async def test_no_more_is_read_than_is_sent(stand_in: Write) -> None:
    many = """for at in range(10**9): print('{"text":"0123456789"}')\n"""
    stand_in("""print('{"pages":9}')\n""" + many)
    assert len((await pdf.read(b"", limit=95, reader="stand_in")).texts) == 10
