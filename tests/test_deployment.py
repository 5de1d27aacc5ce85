"""The files that platforms read agree with the project, and with each other."""

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bot.process.metrics import EVENTS, GAUGES
from bot.process.signals import STOP_WITHIN_S
from connectors import PROVIDERS

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OLDEST, NEWEST = "3.11", "3.14"
KNOWN = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def read(name: str) -> str:
    return (ROOT / name).read_text()


def dockerfile() -> list[tuple[str, str]]:
    lines = read("Dockerfile").replace("\\\n", " ").splitlines()
    found = (line.partition(" ") for line in lines if line and not line.startswith("#"))
    return [(word, rest.strip()) for word, _, rest in found]


def test_the_bounds_of_python_are_the_ones_that_are_tested() -> None:
    assert PROJECT["requires-python"] == f">={OLDEST},<3.{int(NEWEST.split('.')[1]) + 1}"
    # Heroku reads the first, and pyenv, whose users may have no other.
    assert read(".python-version").strip() == OLDEST
    images = [rest.split()[0] for word, rest in dockerfile() if word == "FROM"]
    assert images == [f"python:{NEWEST}-slim"] * 2
    workflow = read(".github/workflows/ci.yml")
    assert f'python: ["{OLDEST}", "{NEWEST}"]' in workflow


def test_the_image_holds_what_runs_and_nothing_else() -> None:
    copied = {
        name
        for word, rest in dockerfile()
        if word == "COPY" and "--from" not in rest
        for name in rest.split()[:-1]
    }
    assert copied == {"requirements.txt", "pyproject.toml", "bot", "cogs", "connectors"}
    sent = re.findall(r"^!(.+)$", read(".dockerignore"), re.MULTILINE)
    assert read(".dockerignore").startswith("*\n")
    assert set(sent) == copied


def test_the_image_runs_as_a_user_of_its_own_and_stops_as_the_bot_does() -> None:
    steps = dict(dockerfile())
    assert steps["USER"] == "abi"
    assert steps["STOPSIGNAL"] == "SIGTERM"
    assert json.loads(steps["CMD"]) == ["python", "-m", "bot"]
    check = json.loads(steps["HEALTHCHECK"].partition("CMD ")[2])
    assert check == ["python", "-m", "bot.process.ask_health"]
    words = [word for word, _ in dockerfile()]
    assert words.index("USER") > max(at for at, word in enumerate(words) if word == "RUN")


def seconds(text: str) -> float:
    found = re.fullmatch(r"(\d+)s?", text)
    assert found is not None, text
    return float(found[1])


def test_every_platform_waits_until_the_bot_has_stopped() -> None:
    (compose,) = re.findall(r"stop_grace_period: (\S+)", read("compose.yaml"))
    (unit,) = re.findall(r"^TimeoutStopSec=(\S+)", read("docs/abi.service"), re.MULTILINE)
    (run,) = re.findall(r"--stop-timeout (\S+)", read("docs/hosting.md"))
    fly = tomllib.loads(read("fly.toml"))
    assert fly["kill_signal"] == "SIGTERM"
    for waits in (compose, unit, run, fly["kill_timeout"]):
        assert seconds(waits) > STOP_WITHIN_S


def test_fly_keeps_the_data_on_its_volume_and_asks_for_the_health() -> None:
    fly = tomllib.loads(read("fly.toml"))
    (mount,), check = fly["mounts"], fly["checks"]["alive"]
    assert mount["destination"] == fly["env"]["ABI_DATA_DIR"]
    assert f"fly volumes create {mount['source']} " in read("docs/hosting.md")
    assert (check["path"], str(check["port"])) == ("/healthz", fly["env"]["PORT"])
    assert fly["processes"] == {"worker": "python -m bot"}
    assert mount["processes"] == check["processes"] == ["worker"]
    assert fly["env"].keys() <= KNOWN
    assert "http_service" not in fly
    assert "services" not in fly


def test_heroku_gets_a_worker_a_database_and_known_variables() -> None:
    app: dict[str, Any] = json.loads(read("app.json"))
    processes = dict(line.split(": ", 1) for line in read("Procfile").splitlines())
    assert app["formation"].keys() == processes.keys() - {"release"}
    assert app["formation"]["worker"]["quantity"] == 1
    assert app["addons"] == [{"plan": "heroku-postgresql:essential-0"}]
    assert app["env"].keys() <= KNOWN
    assert app["env"]["DISCORD_BOT_TOKEN"].get("required", True)
    keys = {name for row in PROVIDERS.values() for name in row.key_env}
    optional = {name for name, about in app["env"].items() if not about.get("required", True)}
    assert keys & app["env"].keys() <= optional


def test_compose_reaches_the_database_that_it_starts() -> None:
    text = read("compose.yaml")
    (user, host, name) = re.findall(r"postgresql://(\w+):\$\{.*?\}@(\w+):5432/(\w+)", text)[0]
    assert f"\n  {host}:\n" in text
    assert f"POSTGRES_USER: {user}\n" in text
    assert f"POSTGRES_DB: {name}\n" in text
    passwords = re.findall(r"\$\{(\w+):\?", text)
    assert set(passwords) == {"POSTGRES_PASSWORD"}
    assert "POSTGRES_PASSWORD=" in read("docs/hosting.md")
    (folder,) = re.findall(r"ABI_DATA_DIR: (\S+)", text)
    assert f"- data:{folder}\n" in text
    assert "\t" not in text


def test_systemd_can_read_the_unit(tmp_path: Path) -> None:
    unit = read("docs/abi.service")
    settings = dict(re.findall(r"^(\w+)=(.*)$", unit, re.MULTILINE))
    assert settings["RestartPreventExitStatus"] == "2"
    assert f"ABI_DATA_DIR=/var/lib/{settings['StateDirectory']} " in settings["ExecStart"]
    for line in re.findall(r"(?:sudo|journalctl) .*", read("docs/hosting.md")):
        for path in re.findall(r"/(?:opt|etc|var/lib)/abi[\w.]*", line):
            assert path in unit or path.startswith("/etc/systemd"), line
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd is not installed here")
    (tmp_path / "abi.service").write_text(unit.replace("/opt/abi/.venv/bin/python", "/bin/true"))
    ran = subprocess.run(  # noqa: S603
        [analyze, "verify", "--man=no", str(tmp_path / "abi.service")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_workflow_runs_what_exists() -> None:
    workflow = read(".github/workflows/ci.yml")
    for script in re.findall(r"run: bash (\S+)", workflow):
        assert (ROOT / script).exists(), script
    assert "run: bash .ci/run\n" in workflow
    assert "\t" not in workflow
    indents = {len(line) - len(line.lstrip()) for line in workflow.splitlines() if line.strip()}
    assert all(indent % 2 == 0 for indent in indents)
    assert {"name", "on", "permissions", "concurrency", "jobs"} == set(
        re.findall(r"^(\w+):", workflow, re.MULTILINE)
    )


def shown(board: dict[str, Any]) -> set[str]:
    """Return the metrics that a dashboard shows."""
    text = " ".join(t["expr"] for panel in board["panels"] for t in panel["targets"])
    return set(re.findall(r"\b(?:abi|process)_\w+", text))


def exposed() -> set[str]:
    """Return every name under which a process exposes a sample of its own."""
    suffixes = {
        event: "_bucket" if buckets else "_total" for event, (*_, buckets) in EVENTS.items()
    }
    return {f"{event}{suffix}" for event, suffix in suffixes.items()} | GAUGES.keys()


def test_the_dashboard_shows_every_metric_and_no_other() -> None:
    names = shown(json.loads(read("docs/grafana.json")))
    assert {name for name in names if name.startswith("abi_")} == exposed()


def test_the_dashboard_groups_by_labels_that_exist() -> None:
    labels = {label for _, names, _ in EVENTS.values() for label in names}
    labels |= {label for _, names in GAUGES.values() for label in names} | {"le", "instance"}
    board = json.loads(read("docs/grafana.json"))
    for panel in board["panels"]:
        for target in panel["targets"]:
            grouped = re.findall(r"by \(([^)]*)\)", target["expr"])
            filtered = re.findall(r"(\w+)[!=]~?\"", target["expr"])
            named = re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])
            used = {word for group in grouped for word in group.split(", ")}
            assert used | set(filtered) | set(named) <= labels, target


def test_the_metrics_are_described_under_their_own_names() -> None:
    described = set(re.findall(r"`(abi_\w+)`", read("docs/hosting.md")))
    plain = {name.removesuffix("_bucket") for name in exposed()}
    assert described == plain
