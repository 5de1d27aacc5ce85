import gc
import sys
import weakref
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from bot.process import garbage
from bot.process.garbage import DUE, collect_in_calm, importing


class Circle:
    """Refers to itself, so that only a full collection frees it once it is old."""

    def __init__(self) -> None:
        self.itself = self


class Slept(Exception):
    """The time of the test is over."""


def old_garbage() -> weakref.ref[Circle]:
    circle = Circle()
    gc.collect(1)
    return weakref.ref(circle)


def become_due(collections: int = DUE) -> None:
    for _ in range(collections):
        gc.collect(1)


async def collect_after(*acts: Callable[[], object]) -> None:
    """Run the collector after each of the acts."""
    left = iter(acts)

    async def sleep(_: float) -> None:
        act = next(left, None)
        if act is None:
            raise Slept
        act()

    with pytest.raises(Slept):
        await collect_in_calm(sleep)


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Pass over all that is there, from now on: also a later collection would take seconds."""
    thresholds = gc.get_threshold()
    gc.collect()
    gc.freeze()
    yield
    gc.set_threshold(*thresholds)


async def test_garbage_is_freed_while_few_objects_are_alive() -> None:
    left = old_garbage()
    await collect_after(become_due)
    assert left() is None


async def test_nothing_is_looked_for_before_it_is_due() -> None:
    left = old_garbage()
    await collect_after(lambda: become_due(DUE - 2))
    assert left() is not None


async def test_nothing_is_looked_for_while_many_objects_are_alive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(garbage, "CALM", 0)
    left = old_garbage()
    await collect_after(become_due, become_due, become_due)
    assert left() is not None


async def test_so_many_are_looked_through_at_any_time_and_again_once_there_are_twice_as_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(garbage, "CALM", 0)
    monkeypatch.setattr(garbage, "MOST", 0)
    kept = [Circle() for _ in range(1_000)]
    left = [old_garbage()]
    acts = become_due, lambda: left.append(old_garbage()), become_due
    await collect_after(*acts)
    assert [found() is None for found in left] == [True, False]
    await collect_after(become_due, lambda: kept.extend(Circle() for _ in range(5_000)), become_due)
    assert [found() is None for found in left] == [True, True]


async def test_the_interpreter_is_left_what_is_young() -> None:
    await collect_after()
    assert gc.get_threshold()[2] >= 1_000


def test_what_was_imported_is_never_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    with importing():
        assert not gc.isenabled()
        monkeypatch.setitem(sys.modules, "new", ModuleType("new"))
        found = Circle()
    assert gc.isenabled()
    assert not any(alive is found for alive in gc.get_objects())


def test_without_a_new_module_the_objects_of_the_bot_before_are_still_looked_at() -> None:
    with importing():
        found = Circle()
    assert any(alive is found for alive in gc.get_objects())
