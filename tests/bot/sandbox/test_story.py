from bot.sandbox.story import PEOPLE, PLANNING


def test_the_story_is_told_in_order_by_its_people() -> None:
    minutes = [line.minutes_ago for line in PLANNING]
    assert minutes == sorted(minutes, reverse=True)
    assert {line.name for line in PLANNING} == set(PEOPLE)


def test_an_answer_comes_after_what_it_answers() -> None:
    replies = [(at, line) for at, line in enumerate(PLANNING) if line.answers is not None]
    assert replies
    for at, line in replies:
        assert line.answers is not None
        assert line.answers < at
        assert PLANNING[line.answers].name != line.name
