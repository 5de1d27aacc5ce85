from connectors.wires.wordings import PASSING, REASON_OF_TEXT, Words


def test_a_pattern_is_found_in_any_case_and_in_any_line() -> None:
    words = Words(r"^no more|too much")
    assert words.search("Why?\nNO MORE credits")
    assert not words.search("there is no more")


def test_a_pattern_is_compiled_once_and_not_before_it_is_searched() -> None:
    words = Words("(")
    assert "_compiled" not in vars(words)
    words = Words("a")
    words.search("a")
    assert vars(words)["_compiled"] is words._compiled


def test_every_pattern_can_be_compiled() -> None:
    for _, words in (*REASON_OF_TEXT, *PASSING):
        assert words.search("") is None
