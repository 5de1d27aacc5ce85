import tomllib
from pathlib import Path

import pytest

from bot.process.version import VERSION, read

PROJECT = Path(__file__).parents[3] / "pyproject.toml"


def test_the_version_is_the_projects() -> None:
    assert tomllib.loads(PROJECT.read_text())["project"]["version"] == VERSION


@pytest.mark.parametrize("text", [None, "no = toml = file", "[project]\nname = 'abi'\n"])
def test_a_project_without_a_version_is_unknown(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "pyproject.toml").write_text(text)
    assert read(tmp_path / "pyproject.toml") == "unknown"
