"""Measures of the source: layers, circles, lengths, late imports.

``python -m tests.house`` prints them.
"""

from __future__ import annotations

import ast
import gc
import statistics
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "cogs", "connectors")

Graph = Mapping[str, set[str]]


@dataclass(frozen=True, slots=True)
class Import:
    """An import statement; a late one stands in a function."""

    node: ast.Import | ast.ImportFrom
    is_type_only: bool
    is_late: bool


class House:
    """The modules of the project below a folder, by their dotted names."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self.paths = {
            module_name(path.relative_to(root)): path
            for package in PACKAGES
            for path in sorted((root / package).rglob("*.py"))
        }

    @cached_property
    def trees(self) -> dict[str, ast.Module]:
        with uncollected():
            return {name: tree_of(path) for name, path in self.paths.items()}

    @cached_property
    def _imports(self) -> dict[str, list[Import]]:
        return {name: list(imports_of(tree)) for name, tree in self.trees.items()}

    def graph(self, *, with_type_only: bool) -> Graph:
        """Return what each module imports of the project, late imports included."""
        return {
            name: {
                target
                for found in imports
                if with_type_only or not found.is_type_only
                for target in self._targets(found.node)
            }
            - {name}
            for name, imports in self._imports.items()
        }

    def circle(self) -> list[str]:
        """Return the modules of an import circle, type-only imports included, or nothing."""
        try:
            TopologicalSorter(self.graph(with_type_only=True)).prepare()
        except CycleError as error:
            circle: list[str] = error.args[1]
            return circle
        return []

    def layers(self) -> dict[str, int]:
        """Return each module's layer, one above the highest that it imports for more than types."""
        graph = self.graph(with_type_only=False)
        layers: dict[str, int] = {}
        for name in TopologicalSorter(graph).static_order():
            layers[name] = 1 + max((layers[target] for target in graph[name]), default=0)
        return layers

    def tower(self) -> list[str]:
        """Return a module of the highest layer, and below it one of each layer that it rests on."""
        graph, layers = self.graph(with_type_only=False), self.layers()
        tower = [max(layers, key=layers.__getitem__)]
        while graph[tower[-1]]:
            tower.append(max(graph[tower[-1]], key=layers.__getitem__))
        return tower

    def late_imports(self) -> dict[str, list[str]]:
        """Return the statements that import in a function, by module."""
        late = {
            name: [ast.unparse(found.node) for found in imports if found.is_late]
            for name, imports in self._imports.items()
        }
        return {name: statements for name, statements in late.items() if statements}

    def function_lengths(self) -> list[int]:
        """Return the lines of each function, the shortest first."""
        return sorted(
            (node.end_lineno or node.lineno) - node.lineno + 1
            for tree in self.trees.values()
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        )

    def file_lengths(self) -> dict[str, int]:
        """Return the lines of each file."""
        return {name: len(path.read_text().splitlines()) for name, path in self.paths.items()}

    def loose_files(self) -> list[str]:
        """Return the files that stand directly in bot/."""
        return sorted(path.name for path in self.paths.values() if path.parent == self.root / "bot")

    def _targets(self, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
        """Yield the modules of the project that a statement imports."""
        for alias in node.names:
            if isinstance(node, ast.Import):
                name = alias.name
            else:
                name = self._defining(node.module or "", alias.name)
            if name in self.paths:
                yield name

    def _defining(self, module: str, name: str) -> str:
        """Return the module that defines a name, where a package only passes it on."""
        if f"{module}.{name}" in self.paths:
            return f"{module}.{name}"
        for found in self._imports.get(module, []):
            node = found.node
            if isinstance(node, ast.ImportFrom) and any(
                name == (alias.asname or alias.name) for alias in node.names
            ):
                is_package = self.paths[module].name == "__init__.py"
                return self._defining(node.module or "", name) if is_package else module
        return module


@cache
def tree_of(path: Path) -> ast.Module:
    """Return the syntax tree of a file, which all tests of the source share."""
    return ast.parse(path.read_text())


def module_name(path: Path) -> str:
    """Return the dotted name of a file."""
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def imports_of(
    tree: ast.AST, *, is_type_only: bool = False, is_late: bool = False
) -> Iterator[Import]:
    """Yield the import statements of a module."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield Import(node, is_type_only, is_late)
        elif isinstance(node, ast.If) and is_for_types(node.test):
            typed, other = ast.Module(node.body, []), ast.Module(node.orelse, [])
            yield from imports_of(typed, is_type_only=True, is_late=is_late)
            yield from imports_of(other, is_type_only=is_type_only, is_late=is_late)
        elif not isinstance(node, ast.expr):  # no expression holds a statement
            is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            yield from imports_of(node, is_type_only=is_type_only, is_late=is_late or is_function)


def is_for_types(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


@contextmanager
def uncollected() -> Iterator[None]:
    """Collect no garbage while trees are read: looking through them takes longer than reading."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def percentile(ordered: list[int], share: float) -> int:
    """Return the value below which that share of the others lies."""
    return ordered[int(len(ordered) * share)]


def report(house: House) -> Iterator[str]:
    """Yield the measures, one a line."""
    yield f"files directly in bot/: {len(house.loose_files())}"
    yield f"circle: {' > '.join(house.circle()) or 'none'}"
    yield f"layers: {max(house.layers().values())} ({' > '.join(house.tower())})"
    functions = house.function_lengths()
    median, p95 = statistics.median(functions), percentile(functions, 0.95)
    yield f"functions: {len(functions)}, median {median:g} lines, 95 % at most {p95}"
    for name, lines in house.file_lengths().items():
        if lines > 300:
            yield f"long file: {name}, {lines} lines"
    for name, statements in house.late_imports().items():
        yield f"late imports: {name}: {'; '.join(statements)}"


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in report(House()))
