"""An event loop in virtual time, in which processes can be killed and frozen."""

from __future__ import annotations

import asyncio
import weakref
from asyncio import Handle, TimerHandle
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from typing import Any, TypeVar

from tests.simulation.clocks import Place, here
from tests.virtual_time import VirtualLoop

T = TypeVar("T")


class SimulatedLoop(VirtualLoop):
    """Runs no callback of a dead process, and keeps those of a frozen one until it wakes.

    Work that is given to threads is done at once, in the loop.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tasks: dict[Place | None, weakref.WeakSet[asyncio.Task[Any]]] = {}
        self.set_task_factory(self._make_task)  # type: ignore[arg-type]

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Handle:
        context = context or copy_context()
        return super().call_soon(_run, context.get(here), callback, args, context=context)

    def call_at(  # type: ignore[override]
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> TimerHandle:
        context = context or copy_context()
        return super().call_at(when, _run, context.get(here), callback, args, context=context)

    def _write_to_self(self) -> None:
        """Do nothing: there are no other threads that would wake it."""

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        if executor is not None:
            return super().run_in_executor(executor, func, *args)
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done

    def _make_task(
        self, loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, T], **options: Any
    ) -> asyncio.Task[T]:
        task = asyncio.Task(coro, loop=loop, **options)
        self.tasks.setdefault(here.get(), weakref.WeakSet()).add(task)
        return task


def _run(place: Place | None, callback: Callable[..., object], args: tuple[Any, ...]) -> None:
    if place is not None and place.is_dead:
        return
    if place is not None and place.parked is not None:
        place.parked.append((callback, args, copy_context()))
        return
    callback(*args)


def wake(loop: asyncio.AbstractEventLoop, place: Place) -> None:
    """Run what a frozen process was to do meanwhile, in order."""
    parked, place.parked = place.parked or [], None
    for callback, args, context in parked:
        loop.call_soon(callback, *args, context=context)
