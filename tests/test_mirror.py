"""Tests mirror the tree: each module with logic has a test file of its name, or is listed here."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.house import uncollected

ROOT = Path(__file__).parents[1]
# Modules that are tested under another name: where, and why.
ELSEWHERE = {
    # Commands, buttons and forms, which only a Discord server can press.
    "cogs/ask/commands.py": "tests/e2e/test_ask.py",
    "cogs/ask/questions.py": "tests/e2e/test_local_only.py",
    "cogs/chat/messages.py": "tests/e2e/test_chat.py",
    "cogs/chat/missed.py": "tests/e2e/test_chat.py",
    "cogs/chat/own_threads.py": "tests/e2e/test_settings.py",
    "cogs/chat/sight.py": "tests/e2e/test_chat.py",
    "cogs/rights.py": "tests/e2e/test_settings.py",
    "cogs/settings/commands.py": "tests/e2e/test_settings.py",
    "cogs/settings/gone.py": "tests/e2e/test_settings.py",
    "cogs/settings/limits.py": "tests/e2e/test_limits.py",
    "cogs/settings/panel.py": "tests/e2e/test_settings.py",
    "cogs/usage.py": "tests/e2e/test_usage.py",
    "cogs/privacy.py": "tests/e2e/test_privacy.py",
    "cogs/doctor.py": "tests/e2e/test_doctor.py",
    "cogs/help.py": "tests/e2e/test_doctor.py",
    "cogs/models.py": "tests/e2e/test_models.py",
    "cogs/personas.py": "tests/e2e/test_personas.py",
    "cogs/digests/commands.py": "tests/e2e/test_digests.py",
    "cogs/digests/setup.py": "tests/e2e/test_digests.py",
    "cogs/reminders/commands.py": "tests/e2e/test_reminders.py",
    "cogs/reminders/create.py": "tests/e2e/test_reminders.py",
    "cogs/reminders/manage.py": "tests/e2e/test_reminder_rights.py",
    "cogs/reminders/moderate.py": "tests/e2e/test_reminder_rights.py",
    "connectors/database/postgres.py": "tests/connectors/database/test_database.py",
    "connectors/local_scheduler/drafts.py": "tests/connectors/local_scheduler/test_ledger.py",
    "connectors/database/erasing.py": "tests/connectors/database/test_files.py",
    "bot/storage/holdings.py": "tests/bot/privacy/test_deletion.py",
    # Statements, which only a database can run.
    "bot/storage/usage_statements.py": "tests/bot/storage/test_usage.py",
    # Deleted, counted and listed together.
    "bot/storage/census.py": "tests/bot/privacy/test_deletion.py",
    "bot/storage/erasure_of_jobs.py": "tests/bot/storage/test_erasure.py",
    "bot/storage/listing.py": "tests/bot/privacy/test_export.py",
    "bot/storage/personal.py": "tests/bot/privacy/test_deletion.py",
    # What the gateway of a whole process is made of.
    "bot/process/shards/sharding.py": "tests/e2e/test_shards.py",
    # A process from its start to its end.
    "bot/process/scheduler.py": "tests/e2e/test_process.py",
}
# Sentences and migrations: others hold their exact text, and what they do to a database.
NOT_MIRRORED = ("texts.py", "__init__.py", "versions")
BRANCHES = (ast.If, ast.IfExp, ast.For, ast.While, ast.Try, ast.Match, ast.comprehension)


def has_logic(source: str) -> bool:
    """Return whether a function of the source takes a branch."""
    return any(
        isinstance(node, BRANCHES)
        for function in ast.walk(ast.parse(source))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    )


def path_of_test(module: Path) -> Path:
    return Path("tests") / module.with_name(f"test_{module.stem.strip('_')}.py")


def untested() -> set[str]:
    modules = [
        path.relative_to(ROOT)
        for package in ("bot", "cogs", "connectors")
        for path in (ROOT / package).rglob("*.py")
    ]
    with uncollected():
        return {
            module.as_posix()
            for module in modules
            if not any(part in NOT_MIRRORED for part in module.parts)
            and not (ROOT / path_of_test(module)).exists()
            and has_logic((ROOT / module).read_text())
        }


def test_each_module_with_logic_has_a_test_of_its_name() -> None:
    unnamed, needless = untested() - set(ELSEWHERE), set(ELSEWHERE) - untested()
    assert not unnamed, f"write their tests, or name those in ELSEWHERE: {sorted(unnamed)}"
    assert not needless, f"take out of ELSEWHERE: {sorted(needless)}"


def test_what_is_tested_elsewhere_is_tested() -> None:
    for module, test in ELSEWHERE.items():
        assert (ROOT / test).exists(), module
