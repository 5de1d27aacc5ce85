"""One test for all rows of a table."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

NOTE = 200  # characters of a value
Test = Callable[..., Any]


def each(names: str, rows: Iterable[Any]) -> Callable[[Test], Test]:
    """Parametrize one test, which runs every row and names those that fail.

    For long tables of quick checks: a test costs milliseconds in each process that only lists it.
    The rows share their fixtures.
    """
    fields = [name.strip() for name in names.split(",")]
    table = [dict(zip(fields, row if len(fields) > 1 else [row], strict=True)) for row in rows]

    def decorate(test: Test) -> Test:
        run = _for_each_awaited if inspect.iscoroutinefunction(test) else _for_each
        return _shown_as(test, run(test, table), without=fields)

    return decorate


def _for_each(test: Test, table: list[dict[str, Any]]) -> Test:
    def run(**given: Any) -> None:
        with _failures() as failures:
            for row in table:
                with failures(row):
                    test(**given, **row)

    return run


def _for_each_awaited(test: Test, table: list[dict[str, Any]]) -> Test:
    async def run(**given: Any) -> None:
        with _failures() as failures:
            for row in table:
                with failures(row):
                    await test(**given, **row)

    return run


@contextmanager
def _failures() -> Iterator[Callable[[dict[str, Any]], Any]]:
    """Give what keeps the error of a row, and raise all of them in the end."""
    errors: list[BaseException] = []

    @contextmanager
    def kept(row: dict[str, Any]) -> Iterator[None]:
        try:
            yield
        except (Exception, pytest.fail.Exception) as error:
            error.add_note(", ".join(f"{name}={value!r}"[:NOTE] for name, value in row.items()))
            errors.append(error)

    yield kept
    if errors:
        raise BaseExceptionGroup("rows that fail", errors)


def _shown_as(test: Test, run: Test, *, without: list[str]) -> Test:
    """Show pytest the name and the marks of a test, and what it takes besides its rows."""
    signature = inspect.signature(test)
    left = [p for name, p in signature.parameters.items() if name not in without]
    assert len(left) == len(signature.parameters) - len(without)
    for attribute in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(run, attribute, getattr(test, attribute))
    run.__dict__.update(test.__dict__, __signature__=signature.replace(parameters=left))
    return run
