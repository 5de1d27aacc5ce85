from connectors.http.reply import cause_of, without_frames


def caught(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:
        return caught


def test_an_error_that_is_a_cause_of_itself_is_walked_through_once() -> None:
    first, second = caught(OSError("first")), caught(ValueError("second"))
    first.__cause__, second.__context__ = second, first
    assert without_frames(first) is first
    assert (first.__traceback__, second.__traceback__) == (None, None)
    assert cause_of(first) is first
