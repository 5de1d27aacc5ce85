"""Fuzz one wire's decoders with atheris (libFuzzer), from the shapes in tests/wire on.

    python -m venv /tmp/fuzz && /tmp/fuzz/bin/pip install atheris msgspec
    /tmp/fuzz/bin/python -m bench.fuzz anthropic -max_total_time=600

The wires: openai, anthropic, ollama, huggingface, cohere. What follows the name goes to libFuzzer.
An input is a failure when a decoder raises anything but a ConnectorError, when the same bytes in
other reads say something else, or when memory passes the limit (-rss_limit_mb).
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["connectors"]):
    from bench.fuzz.wires import DECODERS, READERS, said
    from connectors import ConnectorError

WIRE = Path(__file__).parents[2] / "tests" / "wire"


def check(wire: str, data: bytes) -> None:
    """Read the data in every way; its first byte says into what reads it is cut."""
    size, body = data[0] + 1 if data else 1, data[1:]
    assert said(wire, list(pieces(body, size))) == said(wire, [body])
    for read in READERS[wire].values():
        with suppress(ConnectorError):
            read(body)


def pieces(body: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def write_seeds(wire: str, folder: Path) -> None:
    for case in json.loads((WIRE / "index.json").read_text())["cases"]:
        name = case["response"].get("body_file")
        if case["provider"] == wire and name:
            (folder / name).write_bytes(b"\x06" + (WIRE / name).read_bytes()[:4_000])


def main(wire: str, options: list[str]) -> None:
    if wire not in DECODERS:
        sys.exit(f"no such wire: {wire}; one of {', '.join(DECODERS)}")
    with tempfile.TemporaryDirectory() as folder:
        write_seeds(wire, Path(folder))
        atheris.Setup([sys.argv[0], *options, folder], lambda data: check(wire, data))
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "", sys.argv[2:])
