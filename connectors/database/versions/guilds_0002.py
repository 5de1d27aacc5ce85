"""An index for the jobs of a server, which autocomplete asks for at each key press."""

from alembic import op
from sqlalchemy import text

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    where = text("guild_id IS NOT NULL")
    op.create_index(
        "jobs_of_guild",
        "jobs",
        ["guild_id", "kind"],
        sqlite_where=where,
        postgresql_where=where,
    )
