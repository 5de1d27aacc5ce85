"""One scenario of one client in a process of its own, printed as a line of JSON.

So neither memory nor imports mix.

python -m bench.connectors.child CLIENT SCENARIO API BASE
"""

import asyncio
import json
import os
import sys
import time
from typing import Final

from bench.connectors.clients import CLIENTS, Entry
from bench.connectors.scenarios import SCENARIOS, Bench, Figures

HEAVY: Final = ("httpx", "aiohttp", "sqlalchemy", "apscheduler", "discord")


def figures(entry: Entry, scenario: str, api: str, base: str) -> Figures:
    begun = time.process_time()
    entry.load()
    if scenario == "import":
        cpu_ms = (time.process_time() - begun) * 1000
        return {"cpu_ms": cpu_ms, "heavy": sum(name in sys.modules for name in HEAVY)}
    return asyncio.run(_measured(Bench(entry, api, base), scenario))


async def _measured(bench: Bench, scenario: str) -> Figures:
    return await SCENARIOS[scenario](bench)


def main(client: str, scenario: str, api: str, base: str) -> None:
    try:
        line: dict[str, object] = {"figures": figures(CLIENTS[client], scenario, api, base)}
    except ModuleNotFoundError as error:
        line = {"skipped": f"the package {error.name} is not installed"}
    except Exception as error:  # whatever a peer raises is a line of the report
        line = {"failed": f"{type(error).__name__}: {error}"[:300]}
    print(json.dumps(line), flush=True)
    # Some peers leave threads behind, which are no part of the figures.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
