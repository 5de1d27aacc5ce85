from pathlib import Path

import pytest

from bot.conversations import pdf
from tests.bot.conversations.papers import pdf_of


async def test_a_pdf_is_read_by_another_process() -> None:
    found = await pdf.read(pdf_of("First", "", "Third"), limit=1000)
    assert (found.pages, found.texts, found.problem) == (3, ["First", "", "Third"], "")


async def test_what_is_no_pdf_is_damaged() -> None:
    found = await pdf.read(b"%PDF-1.7\nno", limit=1000)
    assert (found.problem, found.texts) == ("damaged", [])


class Reader:
    """A program in place of the one that reads PDFs."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        monkeypatch.setattr(pdf, "_READER", "stand_in")
        monkeypatch.setattr(pdf, "_ROOT", folder)

    def is_(self, source: str) -> None:
        (self.folder / "stand_in.py").write_text(source)


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    return Reader(tmp_path, monkeypatch)


TWO_LINES = """print('{"pages":9}', '{"text":"one"}', sep="\\n", flush=True)\n"""


async def test_a_file_that_never_ends_counts_as_far_as_it_was_read(reader: Reader) -> None:
    reader.is_(f"import time\n{TWO_LINES}open('begun', 'w').close()\ntime.sleep(600)\n")
    found = await pdf.read(b"x" * 1_000_000, limit=1000, timeout_s=2.0)
    assert (found.pages, found.texts) == (9, ["one"])
    assert (reader.folder / "begun").exists()


async def test_a_process_that_dies_leaves_what_it_has_written(reader: Reader) -> None:
    reader.is_(TWO_LINES + """print('{"text":"tw', end="", flush=True)\nimport os\nos.abort()\n""")
    found = await pdf.read(b"x" * 1_000_000, limit=1000)
    assert (found.pages, found.texts) == (9, ["one"])


async def test_no_more_is_read_than_is_sent(reader: Reader) -> None:
    many = """for at in range(10**9): print('{"text":"0123456789"}')\n"""
    reader.is_("""print('{"pages":9}')\n""" + many)
    assert len((await pdf.read(b"", limit=95)).texts) == 10


async def test_the_process_gets_no_secret(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_BOT_TOKEN", "t0ken")
    reader.is_(
        "import json, os\nprint('{\"pages\":1}')\n"
        "print(json.dumps({'text': ' '.join(os.environ)}))\n"
    )
    [names] = (await pdf.read(b"", limit=1000)).texts
    assert "DISCORD_BOT_TOKEN" not in names.split()
