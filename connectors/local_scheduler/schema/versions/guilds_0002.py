"""A server's jobs are asked for with every key that somebody types, so they have an index."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_index("jobs_of_guild", "jobs", ["guild_id", "kind"])
