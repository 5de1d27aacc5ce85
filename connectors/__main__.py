"""`python -m connectors`: which providers are set up, which answer, how fast, and with which models."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from connectors.check import Checked, check
from connectors.registry import Connectors

WAIT_S = 5.0
MODELS_SHOWN = 3
HEAD = ("provider", "set up", "answers", "default model", "models")


async def survey(connectors: Connectors) -> list[Checked]:
    """Check every provider at once."""
    names = list(connectors.providers)
    try:
        checks = (check(connectors, name, within_s=WAIT_S, lists_models=True) for name in names)
        return list(await asyncio.gather(*checks))
    finally:
        await connectors.aclose()


def table(found: Sequence[Checked]) -> str:
    """Return the results in columns; nothing of it shows a key."""
    rows = [HEAD, *map(_cells, found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows)
    return "".join(line.rstrip() + "\n" for line in lines)


def _cells(checked: Checked) -> tuple[str, str, str, str, str]:
    row = checked.row
    names = (row.key_env if row.needs_key else row.url_env)[1:2]
    set_up = "yes" if checked.is_configured else f"no ({', '.join(names)})"
    answers = "not asked"
    if checked.latency_s is not None:
        answers = f"yes, {checked.latency_s * 1000:.0f} ms"
    elif checked.error is not None:
        answers = f"no: {checked.error.summary}"
    more = len(checked.models) - MODELS_SHOWN
    models = ", ".join(checked.models[:MODELS_SHOWN]) + (f" and {more} more" if more > 0 else "")
    return row.label, set_up, answers, checked.model or "its own", models


def main() -> int:
    """Print the table of the environment's providers."""
    sys.stdout.write(table(asyncio.run(survey(Connectors()))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
