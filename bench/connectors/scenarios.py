"""Measurements of one client, in CPU time of this process, which other load disturbs least."""

import asyncio
import gc
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from bench.connectors import wire
from bench.connectors.clients import Client, Entry

Figures = dict[str, float]
REQUESTS: Final = 200
STREAMS: Final = 100
PACED_PIECES: Final = 600
BURST_PIECES: Final = 2000
BURSTS: Final = 4
AT_ONCE: Final = 1000
AT_ONCE_PIECES: Final = 100
REQUESTS_AT_ONCE: Final = 64
ROUNDS_AT_ONCE: Final = 10


@dataclass(frozen=True, slots=True)
class Bench:
    """One client against one server."""

    entry: Entry
    api: str
    base: str

    @asynccontextmanager
    async def client(
        self, pieces: int, delay_us: int, events_per_write: int, limit: int = 10
    ) -> AsyncIterator[Client]:
        """Open a client whose streams have so many pieces."""
        base = f"{self.base}/n{pieces}-d{delay_us}-c{events_per_write}"
        client = self.entry.connect(self.api, base, limit)
        try:
            yield client
        finally:
            await client.aclose()


class Stopwatch:
    """CPU and wall time since it was made."""

    def __init__(self) -> None:
        gc.collect()
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    @property
    def cpu_s(self) -> float:
        return time.process_time() - self._cpu

    @property
    def wall_s(self) -> float:
        return time.perf_counter() - self._wall


async def measure_json(bench: Bench) -> Figures:
    """One request after the other on a warm connection."""
    async with bench.client(1, 0, 1) as client:
        for _ in range(20):
            await ask(client)
        watch = Stopwatch()
        for _ in range(REQUESTS):
            await ask(client)
        return {
            "cpu_us": watch.cpu_s / REQUESTS * 1e6,
            "wall_us": watch.wall_s / REQUESTS * 1e6,
        }


async def measure_first(bench: Bench) -> Figures:
    """The time to the first text, and the CPU of a whole stream of two pieces: its fixed cost."""
    async with bench.client(2, 0, 0) as client:
        for _ in range(10):
            await read(client, 2)
        firsts, watch = [], Stopwatch()
        for _ in range(STREAMS):
            begun = time.perf_counter()
            firsts.append((await read(client, 2))[0] - begun)
        return {"cpu_us": watch.cpu_s / STREAMS * 1e6, "first_us": percentile(firsts, 0.5) * 1e6}


async def measure_paced(bench: Bench) -> Figures:
    """One event per read, 1 ms apart, as in live use: waking up for the socket costs most of it."""
    async with bench.client(200, 0, 1) as warm:
        await read(warm, 200)
    async with bench.client(PACED_PIECES, 1000, 1) as client:
        watch = Stopwatch()
        await read(client, PACED_PIECES)
        return {"cpu_us": watch.cpu_s / PACED_PIECES * 1e6}


async def measure_burst(bench: Bench) -> Figures:
    """Many events per read: the client's own work."""
    async with bench.client(BURST_PIECES, 0, 16) as client:
        await read(client, BURST_PIECES)
        watch = Stopwatch()
        for _ in range(BURSTS):
            await read(client, BURST_PIECES)
        return {"cpu_us": watch.cpu_s / BURSTS / BURST_PIECES * 1e6}


async def measure_conc1000(bench: Bench) -> Figures:
    """A thousand streams at once of 100 pieces 20 ms apart; 2.1 s of wall time would be ideal."""
    async with bench.client(2, 0, 0) as warm:
        await read(warm, 2)
    async with bench.client(AT_ONCE_PIECES, 20_000, 1, limit=AT_ONCE) as client:
        watch = Stopwatch()
        ended = await asyncio.gather(
            *(read(client, AT_ONCE_PIECES) for _ in range(AT_ONCE)), return_exceptions=True
        )
        figures = {"cpu_s": watch.cpu_s, "wall_s": watch.wall_s, "peak_mib": peak_mib()}
    whole = [times for times in ended if not isinstance(times, BaseException)]
    gaps = [b - a for times in whole for a, b in itertools.pairwise(times)]
    gap_ms = percentile(gaps, 0.99) * 1000 if gaps else 0.0
    return figures | {"failed": len(ended) - len(whole), "gap_p99_ms": gap_ms}


async def measure_c64(bench: Bench) -> Figures:
    """Requests with 64 always under way."""

    async def several(client: Client, requests: int) -> None:
        for _ in range(requests):
            await ask(client)

    async with bench.client(1, 0, 1, limit=REQUESTS_AT_ONCE) as client:
        await asyncio.gather(*(several(client, 2) for _ in range(REQUESTS_AT_ONCE)))
        watch = Stopwatch()
        await asyncio.gather(*(several(client, ROUNDS_AT_ONCE) for _ in range(REQUESTS_AT_ONCE)))
        return {"cpu_us": watch.cpu_s / REQUESTS_AT_ONCE / ROUNDS_AT_ONCE * 1e6}


async def ask(client: Client) -> None:
    """Ask once. Raises unless the whole answer came."""
    text = await client.complete(wire.MESSAGES)
    if text != wire.ANSWER:
        raise ValueError(f"{len(text)} characters came instead of {len(wire.ANSWER)}")


async def read(client: Client, pieces: int) -> list[float]:
    """Read a stream to its end and return the moment of each text.

    Raises unless all of the text came.
    """
    moments: list[float] = []
    length = 0
    async for text in client.stream(wire.MESSAGES):
        if text:
            moments.append(time.perf_counter())
            length += len(text)
    expected = len(wire.text_of(pieces))
    if length != expected:
        raise ValueError(f"{length} characters came instead of {expected}")
    return moments


def percentile(values: Sequence[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def peak_mib() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


SCENARIOS: Final[Mapping[str, Callable[[Bench], Awaitable[Figures]]]] = MappingProxyType(
    {
        "json": measure_json,
        "first": measure_first,
        "paced": measure_paced,
        "burst": measure_burst,
        "c64": measure_c64,
        "conc1000": measure_conc1000,
    }
)
