"""Drafts of several jobs, stored in one statement."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from connectors.database.prepared import Cursor, run_by_driver
from connectors.local_scheduler.job import Fence

# A job whose claim is lost is left as it is. Not as JSON, as where claims are renewed: drafts are
# long, and would be encoded and read once more.
_SAVE: Final = (
    "WITH drafts (id, attempts, draft) AS (VALUES {rows}) "
    "UPDATE jobs SET draft = drafts.draft FROM drafts WHERE jobs.id = drafts.id "
    "AND jobs.lease_by = {mark} AND jobs.attempts = drafts.attempts "
    "RETURNING jobs.id, jobs.attempts"
)
_ROW: Final = "(CAST({mark} AS TEXT), CAST({mark} AS INTEGER), CAST({mark} AS TEXT))"


def save_drafts(connection: Connection, worker: str, drafts: Sequence[tuple[Fence, str]]) -> Cursor:
    """Store the drafts of jobs that a process holds, and find the id and attempts of those."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    rows = ", ".join([_ROW.format(mark=mark)] * len(drafts))
    values = [part for fence, text in drafts for part in (fence.job_id, fence.attempts, text)]
    return run_by_driver(connection, _SAVE.format(rows=rows, mark=mark), (*values, worker))
