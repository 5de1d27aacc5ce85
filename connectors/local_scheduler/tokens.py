"""Removal of interaction tokens from the rows of jobs that have ended."""

import re
from collections.abc import Iterable

from sqlalchemy import Connection, select, update

from connectors.database.schema import jobs

# In the text, because a row that is parked may not be JSON. A quotation mark that a person wrote
# has a backslash before it.
_TOKEN = re.compile(r'((?<!\\)"token"\s*:\s*")[^"\\]+')


def forget_tokens(connection: Connection, job_ids: Iterable[str]) -> None:
    """Remove the tokens from the payloads of jobs."""
    found = select(jobs.c.id, jobs.c.payload).where(
        jobs.c.id.in_(list(job_ids)), jobs.c.payload.contains('"token"')
    )
    for job_id, payload in connection.execute(found).all():
        change = update(jobs).where(jobs.c.id == job_id)
        connection.execute(change.values(payload=_TOKEN.sub(r"\1", payload)))
