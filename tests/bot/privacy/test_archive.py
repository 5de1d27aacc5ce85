import io
import json
import zipfile
from typing import Any

from bot.privacy.archive import parts_of

TURN = {"id": "1", "created_at": "2026-01-01T00:00:00+00:00", "channel_id": "5", "prompt": "why?"}
ABOUT = {"user": "7"}


def turns(count: int, length: int) -> dict[str, list[dict[str, Any]]]:
    # Nothing that a zip archive could make much smaller.
    return {
        "conversations": [
            {
                **TURN,
                "id": f"{n}",
                "answer": "".join(chr(0x4E00 + n * i % 9000) for i in range(length)),
            }
            for n in range(1, count + 1)
        ]
    }


def test_a_small_export_is_two_files_to_be_opened_at_once() -> None:
    rows = {"conversations": [{**TURN, "answer": "so", "model": "small"}], "models": []}
    ((data, text),) = parts_of(rows, ABOUT)
    assert (data.name, text.name) == ("abi-data.json", "abi-data.md")
    assert json.loads(data.data)["conversations"][0]["answer"] == "so"
    assert "**You:** why?\n\n**Answer** (small): so\n" in text.data.decode()


def test_a_larger_one_is_an_archive_and_a_larger_one_several_that_lose_nothing() -> None:
    rows = turns(8, 2_000)
    (only,) = parts_of(rows, ABOUT, limit=80_000)
    assert [file.name for file in only] == ["abi-data.zip"]
    parts = parts_of(rows, ABOUT, limit=30_000)
    assert [file.name for (file,) in parts] == [
        f"abi-data-{n}.zip" for n in range(1, len(parts) + 1)
    ]
    assert len(parts) > 1
    assert all(len(file.data) <= 30_000 for (file,) in parts)
    found = []
    for (file,) in parts:
        with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
            assert sorted(archive.namelist()) == ["abi-data.json", "abi-data.md"]
            found += json.loads(archive.read("abi-data.json"))["conversations"]
    assert found == rows["conversations"]


def test_an_entry_that_is_too_large_by_itself_is_not_cut() -> None:
    assert len(parts_of(turns(1, 2_000), ABOUT, limit=1_000)) == 1
