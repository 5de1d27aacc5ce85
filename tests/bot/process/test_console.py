import io
import sys

import pytest

from bot.process.console import banner, is_coloured, write


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "coloured"),
    [({}, True), ({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_a_terminal_is_coloured_unless_somebody_objects(
    environ: dict[str, str], *, coloured: bool
) -> None:
    assert is_coloured(Terminal(), environ) is coloured
    assert not is_coloured(io.StringIO(), environ)


def test_an_old_console_of_windows_is_not_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert not is_coloured(Terminal(), {})
    assert is_coloured(Terminal(), {"WT_SESSION": "1"})


def test_the_address_stands_last_and_alone() -> None:
    facts = [("Database", "SQLite"), ("OpenAI", "answers")]
    assert banner("Abi", facts, "Invite it:", "https://a", coloured=False) == (
        "\nAbi\n  Database  SQLite\n  OpenAI    answers\n\nInvite it:\nhttps://a\n\n"
    )
    coloured = banner("Abi", facts, "Invite it:", "https://a", coloured=True)
    assert coloured.endswith("\n\x1b[36mhttps://a\x1b[0m\n\n")


def test_what_a_stream_cannot_encode_is_replaced() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="cp1252", newline="")
    write(stream, "Zoë ⏰\n")
    assert raw.getvalue() == "Zoë ?\n".encode("cp1252")
