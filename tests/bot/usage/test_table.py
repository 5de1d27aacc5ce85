import csv
from datetime import date

from bot.storage.usage_report import Amount, Line
from bot.usage import table, texts
from tests.rows import each

DAY = date(2026, 11, 26)
USED = Amount(1, 20, 5, 30, 1, 0, 1)


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(data.decode("utf-8-sig").splitlines()))


def test_a_spreadsheet_reads_what_was_used() -> None:
    lines = [Line(DAY, 123456789012345678, "openai", "gpt", USED), Line(DAY, None, "x", "y", USED)]
    data = table.file(table.SERVER, lines, {"openai": "OpenAI"})
    assert data.startswith(b"\xef\xbb\xbf"), "Excel reads UTF-8 only with this mark"
    head, first, second = read(data)
    assert head == ["day", "person", "provider", "model", *texts.COLUMNS]
    assert first[:4] == ["2026-11-26", "<@123456789012345678>", "OpenAI", "gpt"]
    assert first[4:] == ["1", "20", "5", "30", "0.000001", "0", "1"]
    assert second[1:3] == [texts.DELETED, "x"]


def test_months_and_own_figures_have_their_columns() -> None:
    (_, month) = read(table.file(table.MONTHS, [Line(DAY, 7, "", "", USED)], {}))
    assert month[:2] == ["2026-11", "<@7>"]
    (_, own) = read(table.file(table.OWN, [Line(DAY, 7, "a", "b", USED)], {}))
    assert own[:4] == ["2026-11-26", "a", "b", "1"]


def test_without_lines_there_is_no_file() -> None:
    assert table.file(table.OWN, [], {}) == b""


@each(
    "name, shown",
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'=1"),
        ("\r\n=1", "'=1"),
        ("\u200b=1", "'=1"),
        ("＝1", "'＝1"),  # noqa: RUF001 - Excel takes it for the other
        ("gpt;=1", "gpt;'=1"),
        ("gpt\t=1", "gpt =1"),
        ('"=1', "\"'=1"),
        ("meta/llama-3.1:8b@q4", "meta/llama-3.1:8b@q4"),
    ],
)
def test_no_name_is_a_formula(name: str, shown: str) -> None:
    assert table.harmless(name) == shown
