"""The moments at which a process collects garbage: objects that hold each other."""

import asyncio
import gc
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final

# A full collection stops the event loop for a microsecond or two an object, of which each answer
# being written has 250. By itself it comes when their number grows, which is in a burst of answers.
# So the interpreter is left the younger objects, a few thousand at a time.
THRESHOLDS: Final = (700, 5, 10_000)
EVERY_S: Final = 5.0
DUE: Final = 10  # collections of younger objects since the last full one
CALM: Final = 20_000  # objects: less than 40 ms
MOST: Final = 200_000  # objects: about 30 MiB


@contextmanager
def importing() -> Iterator[None]:
    """Collect nothing while modules are imported, which are never garbage."""
    known = len(sys.modules)
    gc.disable()
    try:
        yield
    finally:
        if len(sys.modules) > known:
            gc.freeze()  # else the next collection would look at all that is new in them
        gc.enable()


async def collect_in_calm(sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Collect all garbage whenever it is due and few objects are alive, or very many."""
    gc.set_threshold(*THRESHOLDS)
    kept = 0
    while True:
        await sleep(EVERY_S)
        if gc.get_count()[2] < DUE:
            continue
        count = len(gc.get_objects(generation=2))
        if count < CALM or count > max(MOST, 2 * kept):
            gc.collect()
            kept = len(gc.get_objects(generation=2))
