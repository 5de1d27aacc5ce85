from pathlib import Path

import pytest

from bot.process.restarts import Restarts, own_file


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_first_start_waits_for_nothing(tmp_path: Path, clock: Clock) -> None:
    assert Restarts(tmp_path / "new" / "starts.json", clock=clock).wait_s() == 0


def test_each_failed_start_doubles_the_wait_up_to_a_quarter_of_an_hour(
    tmp_path: Path, clock: Clock
) -> None:
    waits = []
    for _ in range(12):
        Restarts(tmp_path / "starts.json", clock=clock).begin()
        waits.append(Restarts(tmp_path / "starts.json", clock=clock).wait_s())
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900, 900]


def test_time_that_has_passed_counts(tmp_path: Path, clock: Clock) -> None:
    starts = Restarts(tmp_path / "starts.json", clock=clock)
    starts.begin()
    clock.now += 3
    assert starts.wait_s() == 2
    clock.now += 3
    assert starts.wait_s() == 0


def test_a_start_that_lasted_is_forgotten(tmp_path: Path, clock: Clock) -> None:
    starts = Restarts(tmp_path / "starts.json", clock=clock)
    starts.begin()
    starts.lasted()
    assert starts.wait_s() == 0


def test_a_clock_set_back_waits_no_longer_than_the_wait(tmp_path: Path, clock: Clock) -> None:
    starts = Restarts(tmp_path / "starts.json", clock=clock)
    starts.begin()
    clock.now -= 1_000_000
    assert starts.wait_s() == 5


@pytest.mark.parametrize("content", [b"", b"[]", b'{"failed": "many"}', b"\xff"])
def test_an_unreadable_file_is_as_good_as_none(
    tmp_path: Path, clock: Clock, content: bytes
) -> None:
    (tmp_path / "starts.json").write_bytes(content)
    starts = Restarts(tmp_path / "starts.json", clock=clock)
    assert starts.wait_s() == 0
    starts.begin()
    assert starts.wait_s() == 5


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "file").write_text("not a folder")
    starts = Restarts(tmp_path / "file" / "starts.json", clock=clock)
    starts.begin()
    assert starts.wait_s() == 0


def test_only_starts_with_the_same_token_count(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "starts.json"
    for _ in range(3):
        Restarts(path, login="refused", clock=clock).begin()
    assert Restarts(path, login="refused", clock=clock).wait_s() == 20
    assert Restarts(path, login="corrected", clock=clock).wait_s() == 0
    assert "refused" not in path.read_text()


def test_processes_that_share_a_folder_count_their_own_starts(tmp_path: Path, clock: Clock) -> None:
    with own_file(tmp_path) as first:
        Restarts(first, clock=clock).begin()
        with own_file(tmp_path) as second:
            assert Restarts(second, clock=clock).wait_s() == 0
    with own_file(tmp_path) as again:
        assert again == first == tmp_path / "starts.json"
        assert Restarts(again, clock=clock).wait_s() > 0
