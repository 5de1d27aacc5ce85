from bot.providers.written import Written


def test_what_a_provider_takes_back_becomes_reasoning_and_what_was_before_stays() -> None:
    written = Written("One, ", "")
    written.begin(is_same=False)
    assert [written.add(text) for text in (" ", "hm", "!")] == [False, True, False]
    written.retract()
    assert (written.text, written.reasoning, written.length) == ("One, ", " hm!", 5)
    assert written.add("two.")


def test_where_nothing_is_visible_the_next_one_starts_over() -> None:
    written = Written(" ", "hm")
    written.begin(is_same=True)
    assert (written.text, written.reasoning, written.own) == ("", "", 0)
