"""The usage of answers: an entry each, and their sums by day and by month."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "usage_entries",
        sa.Column("id", sa.String(64), primary_key=True),
        _key("part", sa.Integer),
        sa.Column("job_id", sa.String(32)),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("settled_at", sa.BigInteger),
        sa.Column("counted", sa.Integer, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("utc_day", sa.Integer, nullable=False),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        *_counts(),
    )
    op.create_index("usage_entries_of_person", "usage_entries", ["user_id", "created_at"])
    op.create_index("usage_entries_by_age", "usage_entries", ["created_at"])
    op.execute(
        "CREATE INDEX usage_not_counted ON usage_entries (guild_id, user_id) WHERE counted = 0"
    )
    op.create_table(
        "usage_days",
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        *_counts(),
        sa.PrimaryKeyConstraint("guild_id", "day", "user_id", "provider", "model"),
    )
    op.create_index("usage_of_person", "usage_days", ["user_id", "day"])
    op.create_table(
        "usage_totals",
        _key("guild_id"),
        _key("day", sa.Integer),
        sa.Column("provider", sa.String(32), primary_key=True),
        sa.Column("model", sa.String(200), primary_key=True),
        *_counts(),
    )
    op.create_table(
        "usage_months", _key("guild_id"), _key("month", sa.Integer), _key("user_id"), *_counts()
    )
    op.create_index("usage_months_of_person", "usage_months", ["user_id"])
    op.create_table(
        "usage_notices",
        _key("guild_id"),
        _key("user_id"),
        sa.Column("name", sa.String(32), primary_key=True),
        _key("day", sa.Integer),
    )


def _key(name: str, kind: type[Any] = sa.BigInteger) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _counts() -> list[sa.Column[Any]]:
    names = "questions input_tokens cached_tokens output_tokens cost estimated unpriced"
    return [sa.Column(name, sa.BigInteger, nullable=False) for name in names.split()]
