import subprocess
import sys
from pathlib import Path

from bot.app import COGS

ROOT = Path(__file__).parents[2]
# Each costs a tenth of a second or more, and none is needed to log in.
HEAVY = {"httpx", "sqlalchemy", "psycopg", "apscheduler", "alembic", "prometheus_client"}


def test_nothing_heavy_is_loaded_before_the_bot_is_logged_in() -> None:
    modules = ", ".join(("bot.process.run", *COGS))
    code = f"import sys, {modules}; print(*sorted({HEAVY!r} & set(sys.modules)))"
    ran = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == []
