"""Commands for the database: ``migrate``, ``backup`` and ``restore``, each ending in a sentence."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from bot.process import texts
from bot.settings import Settings
from bot.text.formatting import counted
from connectors import database
from connectors.database import copies
from connectors.local_scheduler.living import is_in_use

# A database that was made just now may still be starting.
AWAY_S, AGAIN_S = 30.0, 1.0


def migrate(
    settings: Settings,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Create the tables or bring them up to date; waits half a minute for a server."""
    if not settings.is_lasting:
        return _done(texts.NOTHING_TO_MIGRATE.format(loss=settings.loss))
    if problem := database.unusable(settings.ledger):
        return _refused(problem)
    until = clock() + AWAY_S
    while True:
        try:
            before, now = copies.prepare(settings.ledger)
        except database.NewerDatabase as error:
            return _refused(error.trouble.sentence)
        except database.DatabaseUnavailable as error:
            if clock() >= until:
                return _refused(texts.STILL_AWAY.format(summary=error.summary))
            sleep(AGAIN_S)
        else:
            return _done(texts.migrated(before, now))


def backup(settings: Settings, target: str | None) -> int:
    """Write a backup to a file, by default to a new one in the folder of the bot's files."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    path = Path(target) if target else settings.data_dir / "backups" / f"abi-{stamp}.db"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        rows = copies.back_up(settings.ledger, path)
    except copies.CopyRefused as error:
        return _refused(str(error))
    except database.DatabaseUnavailable as error:
        return _refused(texts.UNAVAILABLE.format(summary=error.summary))
    except OSError as error:
        return _refused(texts.CANNOT_WRITE.format(path=path, why=error.strerror))
    return _done(texts.BACKED_UP.format(rows=counted(rows, "row"), path=path))


def restore(settings: Settings, source: str) -> int:
    """Replace what the database holds by a backup, unless the bot runs."""
    config = settings.ledger
    try:
        old = copies.restore(config, Path(source), is_in_use=lambda: is_in_use(config))
    except database.NewerDatabase:
        return _refused(texts.NEWER_BACKUP.format(path=source))
    except copies.CopyRefused as error:
        return _refused(str(error))
    except database.DatabaseUnavailable as error:
        return _refused(texts.UNAVAILABLE.format(summary=error.summary))
    except OSError as error:
        return _refused(texts.CANNOT_WRITE.format(path=config.data_dir, why=error.strerror))
    return _done(texts.RESTORED.format(path=source) + (texts.OLD.format(path=old) if old else ""))


def _done(sentence: str) -> int:
    sys.stdout.write(f"{sentence}\n")
    return 0


def _refused(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 2
