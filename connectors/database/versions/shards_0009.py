"""The parts of the gateway with their holders, and the last time a shard identified."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "shards",
        sa.Column("total", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("since", sa.BigInteger),
        sa.Column("holder", sa.String(64)),
        sa.Column("held_until", sa.BigInteger, nullable=False),
        sa.Column("is_ready", sa.Integer, nullable=False),
        sa.Column("heir", sa.String(64)),
        sa.Column("is_heir_ready", sa.Integer, nullable=False),
        sa.Column("cut", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "gateways",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("joined_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("is_leaving", sa.Integer, nullable=False),
    )
    op.create_table(
        "identifies",
        sa.Column("bucket", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
