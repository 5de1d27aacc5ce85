"""Benchmark of the connectors beside lower bounds, peers and goals, in interleaved rounds.

python -m bench.connectors                        three rounds of everything
python -m bench.connectors --scenarios json,burst --rounds 5
python -m bench.connectors --peers FOLDER         peers from environments FOLDER/openai, ...
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.connectors.certificate import Certificate, make_certificate
from bench.connectors.clients import CLIENTS
from bench.connectors.goals import GOALS, Goal, Run, report, runs_of
from bench.connectors.scenarios import Figures

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 300
NO_OPENSSL = "there is no openssl command to make a certificate with"


class Table:
    """The measurements so far, and the reason why the rest is missing."""

    def __init__(self) -> None:
        self.measured: dict[Run, list[Figures]] = {}
        self.missing: dict[Run, str] = {}

    def add(self, run: Run, line: Mapping[str, object]) -> None:
        figures = line.get("figures")
        if isinstance(figures, dict):
            self.measured.setdefault(run, []).append(figures)
            return
        verb = "skipped" if "skipped" in line else "failed"
        self.missing[run] = f"{verb}: {line[verb]}"
        _say(f"{run.client}, {run.scenario} ({run.api}) {self.missing[run]}")


@contextmanager
def upstream(certificate: Certificate | None = None) -> Iterator[str]:
    """Run the stub server; give its base address."""
    files = [] if certificate is None else [certificate.certificate, certificate.key]
    command = [sys.executable, "-m", "bench.connectors.upstream", *map(str, files)]
    # S603: every command here is this interpreter, or a peer's, on a module of ours.
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603
        try:
            assert server.stdout is not None
            _pin(server.pid, core=1)
            scheme = "http" if certificate is None else "https"
            yield f"{scheme}://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.terminate()


def measure(run: Run, base: str, python: str, authority: Path | None) -> Mapping[str, object]:
    """Return the line of one child process."""
    command = [python, "-m", "bench.connectors.child", *run[:3], base]
    with subprocess.Popen(  # noqa: S603
        command,
        cwd=ROOT,
        env=_environ(authority),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        _pin(child.pid, core=0)
        try:
            out, err = child.communicate(timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            child.kill()
            return {"failed": f"not done after {TIMEOUT_S} s"}
    lines = [line for line in out.splitlines() if line.startswith("{")]
    if not lines:
        return {"failed": (err.strip().splitlines() or ["it said nothing"])[-1]}
    line: Mapping[str, object] = json.loads(lines[-1])
    return line


def interleaved(goals: Sequence[Goal], rounds: int, peers: Path | None) -> Table:
    """Measure round by round, so that what else the machine does falls on all clients alike."""
    table = Table()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bases: dict[bool, str] = {False: stack.enter_context(upstream())}
        certificate = make_certificate(folder) if any(goal.is_tls for goal in goals) else None
        if certificate is not None:
            bases[True] = stack.enter_context(upstream(certificate))
        for number in range(rounds):
            for run in runs_of(goals):
                if run in table.missing:
                    continue
                if run.is_tls not in bases:
                    table.add(run, {"skipped": NO_OPENSSL})
                    continue
                _say(f"round {number + 1} of {rounds}: {run.scenario} ({run.api}), {run.client}")
                authority = certificate.authority if certificate and run.is_tls else None
                python = _python(run.client, peers)
                table.add(run, measure(run, bases[run.is_tls], python, authority))
    return table


def _python(client: str, peers: Path | None) -> str:
    """Return the interpreter of a peer's own environment where there is one, else this one."""
    packages = CLIENTS[client].packages
    own = peers / packages[0] / "bin" / "python" if peers and packages else None
    return str(own) if own and own.exists() else sys.executable


def _environ(authority: Path | None) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and name != "PYTHONDONTWRITEBYTECODE"
    }
    kept |= {"PYTHONHASHSEED": "0", "PYTHONWARNINGS": "ignore"}
    kept |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR"}
    return kept | ({"SSL_CERT_FILE": str(authority)} if authority else {})


def _pin(pid: int, *, core: int) -> None:
    """Give server and client a core each, where there are two."""
    if hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(pid, {sorted(os.sched_getaffinity(0))[core]})


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Benchmark the connectors beside lower bounds and peers."
    )
    parser.add_argument("--rounds", type=int, default=3, help="how many; medians are shown")
    parser.add_argument(
        "--scenarios", help="comma-separated, of: " + ",".join({g.scenario: 0 for g in GOALS})
    )
    parser.add_argument("--peers", type=Path, help="a folder with a virtual environment per peer")
    asked = parser.parse_args()
    chosen = asked.scenarios.split(",") if asked.scenarios else {goal.scenario for goal in GOALS}
    goals = [goal for goal in GOALS if goal.scenario in chosen]
    table = interleaved(goals, asked.rounds, asked.peers)
    return 0 if report(goals, table.measured, table.missing, sys.stdout.write) else 1


if __name__ == "__main__":
    sys.exit(main())
