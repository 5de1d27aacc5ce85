"""Adopt the tables of preferences and time zones, which had no version until now."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    # Released versions made these tables when they were first used.
    found = sa.inspect(op.get_bind())
    if not found.has_table("choices"):
        op.create_table(
            "choices",
            sa.Column("scope", sa.String(8), primary_key=True),
            sa.Column("place_id", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("provider", sa.String(32), nullable=False),
            sa.Column("model", sa.String(200)),
        )
    if not found.has_table("zones"):
        op.create_table(
            "zones",
            sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("zone", sa.String(64), nullable=False),
        )
