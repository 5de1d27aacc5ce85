"""``python -m connectors [--json]``: the state of every connector."""

import asyncio
import sys
from collections.abc import Sequence

import msgspec

from connectors import env_file
from connectors.registry import Connectors
from connectors.survey import Found, survey

MODELS_SHOWN = 3
HEAD = ("Connector", "Set up", "Answers", "Default model", "Models")
USAGE = "Usage: python -m connectors [--json]\n"
HELP = f"""{USAGE}
Checks which providers are set up, which ones answer, how fast, and with which models,
then Discord and the scheduler's database. Keys are never shown.

  --json   Print the result as JSON.
  --help   Show this help.

Variables are read from the environment and from .env; see .env.example for all of them.
"""
HELP_WORDS = frozenset({"-h", "--help", "help"})


def main(arguments: Sequence[str]) -> int:
    """Print the state of every connector and return the exit code.

    2 stands for an unknown argument or a .env that cannot be read.
    """
    if HELP_WORDS.intersection(arguments):
        sys.stdout.write(HELP)
        return 0
    if set(arguments) - {"--json"}:
        sys.stderr.write(USAGE)
        return 2
    try:
        env_file.load()
    except env_file.EnvFileError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    found = asyncio.run(survey(Connectors()))
    sys.stdout.write(as_json(found) if arguments else table(found))
    return 0


def table(found: Sequence[Found]) -> str:
    rows = [HEAD, *map(_cells, found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows)
    return "".join(line.rstrip() + "\n" for line in lines)


def as_json(found: Sequence[Found]) -> str:
    return msgspec.json.format(msgspec.json.encode([_fields(one) for one in found])).decode() + "\n"


def _fields(found: Found) -> dict[str, object]:
    error = found.error and {"reason": found.error.reason, "summary": found.error.summary}
    return {
        "name": found.name,
        "label": found.label,
        "is_configured": found.is_configured,
        "variable": found.variable,
        "answers": found.answers,
        "latency_ms": None if found.latency_s is None else round(found.latency_s * 1000),
        "error": error,
        "where": found.where,
        "model": found.model,
        "models": found.models,
    }


def _cells(found: Found) -> tuple[str, str, str, str, str]:
    set_up = "yes" if found.is_configured else f"no ({found.variable})"
    return found.label, set_up, _answers(found), _model(found), _models(found)


def _answers(found: Found) -> str:
    if found.error is not None:
        return f"no: {found.error.summary}"
    if found.answers is None:
        return "not asked"
    took = "" if found.latency_s is None else f", {found.latency_s * 1000:.0f} ms"
    return f"yes{took}" + (f" ({found.where})" if found.where else "")


def _model(found: Found) -> str:
    return (found.model or "the server's own") if found.has_models else ""


def _models(found: Found) -> str:
    more = len(found.models) - MODELS_SHOWN
    return ", ".join(found.models[:MODELS_SHOWN]) + (f" and {more} more" if more > 0 else "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
