import os
import tempfile
from pathlib import Path

import pytest

from bot.sandbox.folder import temporary_folder


def test_a_folder_goes_with_what_sandboxes_that_were_killed_have_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    last_pid = int(Path("/proc/sys/kernel/pid_max").read_text())
    kept = {f"abi-sandbox-{os.getppid()}-x", f"abi-sandbox-{'9' * 30}-x", "abi-sandbox-x", "other"}
    for name in {*kept, f"abi-sandbox-{last_pid}-x"}:
        (tmp_path / name).mkdir()
        (tmp_path / name / "abi.db").touch()
    with temporary_folder() as folder:
        (folder / "abi.db").touch()
        assert {path.name for path in tmp_path.iterdir()} == {*kept, folder.name}
        assert folder.name.startswith(f"abi-sandbox-{os.getpid()}-")
    assert {path.name for path in tmp_path.iterdir()} == kept
