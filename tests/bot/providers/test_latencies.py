from bot.providers.latencies import SHOWN, Latencies, bar


def told(*seconds: float) -> str:
    latencies = Latencies()
    for second in seconds:
        latencies.add(second)
    return latencies.text()


def test_each_answer_is_one_block_as_high_as_it_took() -> None:
    assert told(0.1, 1.0, 2.0) == "▁▅█ 0.1 s to 2.0 s"
    assert told(1.0, 40.0, 20.0) == "▁█▅ 1.0 s to 40 s"


def test_quick_answers_look_quick() -> None:
    assert bar([0.2, 0.2]) == "▁▁"


def test_of_one_answer_there_is_no_range() -> None:
    assert told(0.42) == "▂ 0.4 s"


def test_without_answers_nothing_is_told() -> None:
    assert told() == ""


def test_only_the_last_are_kept() -> None:
    assert told(*[9.0] * 30, *[0.0] * SHOWN) == "▁" * SHOWN + " 0.0 s"
