"""Many sockets that are ready in the same moment."""

from __future__ import annotations

import asyncio
import selectors
import socket
from contextlib import ExitStack
from itertools import pairwise

from bot.process.event_loop import AT_ONCE, FewAtOnce, new_event_loop

MANY = 3 * AT_ONCE


def ready_sockets(stack: ExitStack, count: int) -> list[socket.socket]:
    """Return sockets that have something to read."""
    sockets = []
    for _ in range(count):
        ours, theirs = map(stack.enter_context, socket.socketpair())
        theirs.send(b"text")
        sockets.append(ours)
    return sockets


def test_other_work_goes_on_between_sockets_that_are_ready_together() -> None:
    read_before: list[int] = []

    async def read_all(sockets: list[socket.socket]) -> None:
        loop, count = asyncio.get_running_loop(), 0

        def read(ours: socket.socket) -> None:
            nonlocal count
            loop.remove_reader(ours)
            count += 1

        for ours in sockets:
            loop.add_reader(ours, read, ours)
        while count < len(sockets):
            read_before.append(count)
            await asyncio.sleep(0)

    with ExitStack() as stack, asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(read_all(ready_sockets(stack, MANY)))
    steps = [after - before for before, after in pairwise(read_before)]
    assert max(steps) == AT_ONCE


def test_a_socket_that_was_closed_meanwhile_is_not_read() -> None:
    with ExitStack() as stack, FewAtOnce() as selector:
        for ours in ready_sockets(stack, AT_ONCE + 2):
            selector.register(ours, selectors.EVENT_READ)
        first = {key.fd for key, _ in selector.select(0)}
        closed, other = [key for fd, key in selector.get_map().items() if fd not in first]
        selector.unregister(closed.fileobj)
        assert [key for key, _ in selector.select(0)] == [other]
