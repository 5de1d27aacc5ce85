from pathlib import Path

import pytest

from connectors.env_file import EnvFileError, decoded, load

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
