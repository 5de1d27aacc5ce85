import io
from pathlib import Path

import pytest
from PIL import Image

from bot.conversations.pictures import Picture, prepare


async def test_a_picture_is_read_by_another_process() -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 6)).save(file, "GIF")
    picture = await prepare(file.getvalue())
    assert picture.url.startswith("data:image/png;base64,iVBOR")
    assert (picture.is_animated, picture.problem) == (False, "")


@pytest.mark.parametrize(
    "source",
    ["import os; os.abort()", "print('{')", "print('[]')", "import time; time.sleep(600)"],
)
async def test_whatever_becomes_of_the_process_the_picture_is_damaged(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "stand_in.py").write_text(source)
    timeout_s = 0.2 if "sleep" in source else 20.0
    found = await prepare(b"x", timeout_s=timeout_s, reader="stand_in")
    assert found == Picture(problem="damaged")
