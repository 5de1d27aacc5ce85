"""The shares that processes have in Discord's global limit."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "request_shares",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("share", sa.Double, nullable=False),
        sa.Column("wanted", sa.Double, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
    )
