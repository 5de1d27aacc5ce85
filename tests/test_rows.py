import inspect

import pytest

from tests.rows import each


def test_every_row_is_run_and_each_that_fails_is_named() -> None:
    ran = []

    @each("left, right", [(1, 1), (1, 2), (3, 3), (5, 4)])
    def check(left: int, right: int) -> None:
        ran.append(left)
        assert left == right

    with pytest.raises(ExceptionGroup) as raised:
        check()
    assert ran == [1, 1, 3, 5]
    notes = [error.__notes__[0] for error in raised.value.exceptions]
    assert notes == ["left=1, right=2", "left=5, right=4"]


async def test_tables_multiply_and_leave_the_other_arguments_to_pytest() -> None:
    ran = []

    @each("word", ["a", "b"])
    @each("times", [1, 2])
    async def check(word: str, times: int, end: str) -> None:
        ran.append(word * times + end)

    assert list(inspect.signature(check).parameters) == ["end"]
    await check(end="!")
    assert ran == ["a!", "aa!", "b!", "bb!"]


def test_a_missing_exception_fails_its_row() -> None:
    @each("number", [0, 1])
    def check(number: int) -> None:
        with pytest.raises(ZeroDivisionError):
            _ = 1 / number

    with pytest.raises(BaseExceptionGroup) as raised:
        check()
    assert [error.__notes__[0] for error in raised.value.exceptions] == ["number=1"]
