from pathlib import Path

import pytest

from connectors.env_file import EnvFileError, decoded, load, save

TEXT = "# Schlüssel\r\nDISCORD_BOT_TOKEN=x\r\nNAME='Zoë'\r\n"
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_file_is_read_in_every_encoding_an_editor_writes(tmp_path: Path, encoding: str) -> None:
    (tmp_path / ".env").write_bytes(TEXT.encode(encoding))
    environ: dict[str, str] = {}
    load(tmp_path / ".env", environ)
    assert environ == {"DISCORD_BOT_TOKEN": "x", "NAME": "Zoë"}


def test_utf_16_with_the_mark_of_a_big_endian_machine_is_read() -> None:
    assert decoded(b"\xfe\xff" + TEXT.encode("utf-16-be")) == TEXT


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"\0", b"A=\x81\x00", b"\xff\xfe\x00"])
def test_no_bytes_are_too_odd_to_be_read(raw: bytes) -> None:
    assert "\0" not in decoded(raw)


def test_the_real_environment_wins_unless_it_is_blank(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ONE=file\nTWO=file\nTHREE=file\n")
    environ = {"ONE": "real", "TWO": " ", "THREE": '""'}
    load(tmp_path / ".env", environ)
    assert environ == {"ONE": "real", "TWO": "file", "THREE": "file"}


def test_a_mark_before_a_name_is_dropped(tmp_path: Path) -> None:
    environ = {"\ufeffDISCORD_BOT_TOKEN": "x"}
    load(tmp_path / ".env", environ)
    assert environ["DISCORD_BOT_TOKEN"] == "x"


def test_no_file_and_a_folder_of_its_name_are_fine(tmp_path: Path) -> None:
    environ: dict[str, str] = {}
    load(tmp_path / ".env", environ)
    (tmp_path / ".env").mkdir()
    load(tmp_path / ".env", environ)
    assert environ == {}


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / ".env").symlink_to(tmp_path / ".env")
    with pytest.raises(EnvFileError, match=r"\.env cannot be read: Too many levels"):
        load(tmp_path / ".env", {})


@pytest.mark.parametrize(
    "line",
    [
        "export DISCORD_BOT_TOKEN=x",
        "set DISCORD_BOT_TOKEN=x",
        "SET DISCORD_BOT_TOKEN=x",
        "setx DISCORD_BOT_TOKEN x",
        "set -gx DISCORD_BOT_TOKEN x",
        "$env:DISCORD_BOT_TOKEN = 'x'",
        '$Env:DISCORD_BOT_TOKEN="x"',
        "ENV DISCORD_BOT_TOKEN=x",
        "DISCORD_BOT_TOKEN: x",
        "  DISCORD_BOT_TOKEN: 'x'",
        'DISCORD_BOT_TOKEN="x',
        "DISCORD_BOT_TOKEN='x",
        "\u200bDISCORD_BOT_TOKEN=x",
        "# a second mark, of two files put together\n\ufeffDISCORD_BOT_TOKEN=x",
        "DISCORD_BOT_TOKEN=x\rLAST=y",
        "DISCORD_BOT_TOKEN=x\nDISCORD_BOT_TOKEN=",
        "DISCORD_BOT_TOKEN=\nDISCORD_BOT_TOKEN=x",
        "no line of ours\nDISCORD_BOT_TOKEN=x",
        "```\nDISCORD_BOT_TOKEN=x\n```",
    ],
)
def test_what_another_shell_or_an_editors_accident_sets_is_read(tmp_path: Path, line: str) -> None:
    (tmp_path / ".env").write_text(f"{line}\nOTHER=1\n", newline="")
    environ: dict[str, str] = {}
    load(tmp_path / ".env", environ)
    assert environ["DISCORD_BOT_TOKEN"] == "x"
    assert environ["OTHER"] == "1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A=1\nDISCORD_BOT_TOKEN secret", "line 2, cannot be read. Write it as DISCORD_BOT_TOKEN="),
        ("\n\nmy OPENAI_API_KEY secret", "line 3, cannot be read. Write it as OPENAI_API_KEY="),
        ("ABI_DATABASE_URL -> secret", "line 1, cannot be read. Write it as ABI_DATABASE_URL="),
    ],
)
def test_a_line_of_ours_that_cannot_be_read_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / ".env").write_text(text)
    with pytest.raises(EnvFileError) as raised:
        load(tmp_path / ".env", {})
    assert said in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("zeros", [1, 20, 60])
def test_zeros_that_a_power_cut_left_do_not_make_another_encoding(zeros: int) -> None:
    text = TEXT * 10
    assert decoded(text.encode() + bytes(zeros)) == text


def test_utf_16_without_a_mark_and_with_few_latin_letters_is_read() -> None:
    text = "# " + "令牌放在这里" * 50 + "\nDISCORD_BOT_TOKEN=x\n"
    assert decoded(text.encode("utf-16-le")) == text
    assert decoded(text.encode("utf-16-be")) == text


def test_nothing_is_printed_about_lines_that_are_no_variables(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / ".env").write_text("my secret notes are here\nA=1\n")
    load(tmp_path / ".env", {})
    assert caplog.text == ""


def saved(path: Path, values: dict[str, str]) -> dict[str, str]:
    """Save variables, and return what is read afterwards."""
    save(values, path)
    environ: dict[str, str] = {}
    load(path, environ)
    return environ


def test_a_new_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    assert saved(path, {"DISCORD_BOT_TOKEN": "a.b-c_d"}) == {"DISCORD_BOT_TOKEN": "a.b-c_d"}
    assert path.read_text() == "DISCORD_BOT_TOKEN=a.b-c_d\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_blank_variable_is_filled_in_and_every_other_byte_stays(tmp_path: Path, end: str) -> None:
    path = tmp_path / ".env"
    path.touch(0o644)
    before = (
        f"# Schl\u00fcssel{end}DISCORD_BOT_TOKEN = {end}A=1 # one{end}# DISCORD_BOT_TOKEN={end}B='2"
    )
    path.write_bytes(f"{before}'{end}".encode("cp1252"))
    values = {"DISCORD_BOT_TOKEN": "x", "OPENAI_API_KEY": "sk-1"}
    assert saved(path, values) == {"A": "1", "B": "2", **values}
    filled = f"{before}'{end}".replace("DISCORD_BOT_TOKEN = ", "DISCORD_BOT_TOKEN=x")
    assert path.read_bytes() == f"{filled}OPENAI_API_KEY=sk-1{end}".encode("cp1252")
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_file_of_every_encoding_keeps_what_is_in_it(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / ".env"
    path.write_bytes(TEXT.rstrip().encode(encoding))
    assert saved(path, {"OPENAI_API_KEY": "k"}) == {
        "DISCORD_BOT_TOKEN": "x",
        "NAME": "Zoë",
        "OPENAI_API_KEY": "k",
    }


@pytest.mark.parametrize("value", ["a#b", "a b", '"a"', "a$b", "a`b", "x=y:/+@"])
def test_a_value_is_quoted_so_that_it_is_read_again(tmp_path: Path, value: str) -> None:
    assert saved(tmp_path / ".env", {"OPENAI_API_KEY": value}) == {"OPENAI_API_KEY": value}


@pytest.mark.parametrize("value", ["it's", "${HOME}", "a\nDISCORD_BOT_TOKEN=b", "ключ"])
def test_a_value_that_could_not_be_read_again_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(EnvFileError, match="OPENAI_API_KEY holds a character"):
        save({"OPENAI_API_KEY": value}, tmp_path / ".env")
    assert not (tmp_path / ".env").exists()


def test_a_link_stays_one_and_a_file_that_cannot_be_replaced_is_written_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, link = tmp_path / "real", tmp_path / ".env"
    real.write_text("A=1\n")
    link.symlink_to(real)
    assert saved(link, {"B": "2"}) == {"A": "1", "B": "2"}
    assert link.is_symlink()

    def mounted(*_: object) -> None:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(Path, "replace", mounted)
    real.chmod(0o644)
    assert saved(real, {"C": "3"}) == {"A": "1", "B": "2", "C": "3"}
    assert real.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == [".env", "real"]


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(EnvFileError, match=r"folder cannot be written: "):
        save({"A": "1"}, tmp_path / "folder")
