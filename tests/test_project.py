import ast
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.house import PACKAGES, tree_of, uncollected

ROOT = Path(__file__).parents[1]
LOCKS = ["requirements.txt", "requirements-dev.txt"]


def normalized(requirement: str) -> str:
    name = re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock: str) -> dict[str, list[str]]:
    """Return the hashes of each requirement, by its name."""
    hashes: dict[str, list[str]] = {}
    for line in (ROOT / lock).read_text().splitlines():
        if re.match(r"[A-Za-z0-9]", line):
            hashes[normalized(line)] = []
        hashes[next(reversed(hashes))] += re.findall(r"--hash=sha256:([0-9a-f]{64})\b", line)
    return hashes


class Source(NamedTuple):
    """The facts about one file; its tree is too large to keep for every test, too."""

    path: Path
    imports: set[str]
    quoted: list[str]
    docstrings: list[str]


def sources() -> Iterator[Source]:
    paths = [
        path
        for folder in ("bot", "cogs", "connectors", "tests", "bench")
        for path in (ROOT / folder).rglob("*.py")
    ]
    return map(source, sorted(paths))


def source(path: Path) -> Source:
    is_kept = path.relative_to(ROOT).parts[0] in PACKAGES
    nodes = list(outside_expressions(tree_of(path) if is_kept else ast.parse(path.read_text())))
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return Source(
        path,
        {name for node in nodes for name in imported(node)},
        [ast.unparse(a) for node in nodes if is_quoted(a := annotation(node)) and a],
        [ast.get_docstring(node) or "" for node in nodes if isinstance(node, documented)],
    )


def outside_expressions(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements and the arguments of a module: nine nodes of ten are expressions."""
    yield tree
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.expr):
            yield from outside_expressions(node)


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def annotation(node: ast.AST) -> ast.expr | None:
    if isinstance(node, ast.arg | ast.AnnAssign):
        return node.annotation
    return node.returns if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else None


def is_quoted(annotation: ast.AST | None) -> bool:
    if annotation is None or (
        isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value).endswith("Literal")
    ):
        return False
    if isinstance(annotation, ast.Constant):
        return isinstance(annotation.value, str)
    return any(map(is_quoted, ast.iter_child_nodes(annotation)))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_with_hashes(lock: str) -> None:
    without = [name for name, hashes in locked(lock).items() if not hashes]
    unpinned = re.findall(r"^[A-Za-z0-9][^=\n]*$", (ROOT / lock).read_text(), re.MULTILINE)
    assert without == []
    assert unpinned == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert not re.search(r"^\s*-(i|f|-index|-extra-index|-find-links|-trusted)", text, re.MULTILINE)


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime = {normalized(asked) for asked in project["project"]["dependencies"]}
    dev = {normalized(asked) for asked in project["dependency-groups"]["dev"]}
    assert runtime <= locked("requirements.txt").keys()
    assert runtime | dev <= locked("requirements-dev.txt").keys()


def test_each_source_is_written_in_the_style_of_the_house() -> None:
    # One test, since reading every source takes seconds.
    assert is_quoted(ast.parse('list["Bot"]'))
    assert not is_quoted(ast.parse('Literal["a"] | None'))
    postponed, only_types = "__future__.annotations", "typing.TYPE_CHECKING"
    marked = re.compile(r"(?<!`)`(?!`)[^`\n]+`(?!`)")
    count = 0
    with uncollected():
        written = list(sources())
    for source in written:
        assert source.quoted == [], f"{source.path}: annotations are not quoted"
        for_types = only_types in source.imports
        count += for_types
        assert not for_types or postponed in source.imports, f"{source.path} evaluates annotations"
        for docstring in source.docstrings:
            assert marked.findall(docstring) == [], f"{source.path}: two backticks mark code"
    assert count > 0


def test_nothing_that_runs_pickles_by_the_hand_of_a_library() -> None:
    # APScheduler's own stores pickle whole jobs, and so does a column of SQLAlchemy.
    words = re.compile(r"\b(pickle|PickleType|SQLAlchemyJobStore|RedisJobStore|MongoDBJobStore)\b")
    found = {
        str(path.relative_to(ROOT)): words.findall(path.read_text())
        for folder in ("bot", "cogs", "connectors")
        for path in sorted((ROOT / folder).rglob("*.py"))
    }
    assert {path: names for path, names in found.items() if names} == {}


def test_the_commands_of_the_documents_are_targets() -> None:
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    asked = {
        target
        for document in documents
        for target in re.findall(r"(?:^|`|\$ )make ([a-z]+)", document.read_text(), re.MULTILINE)
    }
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"run", "sandbox", "test", "format", "bench", "lock", "help"} <= targets
    assert asked <= targets


def test_the_procfile_migrates_and_runs_one_worker() -> None:
    expected = "release: python -m bot migrate\nworker: python -m bot\n"
    assert (ROOT / "Procfile").read_text() == expected


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["backup"], "-m|bot|backup|"),
        (["backup", "FILE=my copy.db"], "-m|bot|backup|my copy.db|"),
        (["restore", "FILE=my copy.db"], "-m|bot|restore|my copy.db|"),
        (["restore"], "-m|bot|restore|"),
    ],
)
def test_make_passes_the_file_of_a_backup_on(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is missing: install it to test the Makefile")
    (tmp_path / "Makefile").symlink_to(ROOT / "Makefile")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for name in ("requirements.txt", ".venv/.python", ".venv/.run"):
        (tmp_path / name).touch()
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\n[ "$1" = -c ] || printf "%s|" "$@"\n')
    python.chmod(0o755)
    ran = subprocess.run(  # noqa: S603  (the project's own Makefile)
        [make, "--no-print-directory", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stdout, ran.stderr, ran.returncode) == (said, "", 0)


@pytest.mark.parametrize(
    ("python3", "sentence"),
    [
        (None, "Abi needs Python 3.11 to 3.14, and found none: install it"),
        ("echo 3.10.13; false", "Abi needs Python 3.11 to 3.14, and found none: install it"),
        (
            'case "$2" in *platform*) echo 3.10.13;; *) false;; esac',
            "Abi needs Python 3.11 to 3.14, and found 3.10.13: install it",
        ),
        (
            'case "$2" in *platform*) echo 3.12.3;; *ensurepip*) false;; esac',
            "python3 cannot make virtual environments: install its venv package",
        ),
    ],
)
def test_make_says_in_one_line_which_python_is_missing(
    tmp_path: Path, python3: str | None, sentence: str
) -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is missing: install it to test the Makefile")
    (tmp_path / "Makefile").symlink_to(ROOT / "Makefile")
    commands = tmp_path / "bin"
    commands.mkdir()
    if python3 is not None:
        (commands / "python3").write_text(f"#!/bin/sh\n{python3}\n")
        (commands / "python3").chmod(0o755)
    ran = subprocess.run(  # noqa: S603  (the project's own Makefile)
        [make, "run"],
        cwd=tmp_path,
        env={"PATH": str(commands)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert sentence in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
