"""The turns of conversations, their summaries, and personas."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    _create_turns()
    op.create_table(
        "turn_messages",
        sa.Column("message_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("turn_id", sa.BigInteger, nullable=False),
    )
    op.create_index("messages_of_turn", "turn_messages", ["turn_id"])
    op.create_table(
        "summaries",
        sa.Column("turn_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("root_id", sa.BigInteger, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_index("summaries_of_root", "summaries", ["root_id"])
    op.create_table(
        "personas",
        sa.Column("scope", sa.String(16), primary_key=True),
        sa.Column("place_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("prompt", sa.Text, nullable=False),
    )
    op.create_index("personas_of_guild", "personas", ["guild_id"])


def _create_turns() -> None:
    op.create_table(
        "turns",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("parent_id", sa.BigInteger, nullable=False),
        sa.Column("root_id", sa.BigInteger, nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("author_id", sa.BigInteger, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("extras", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("provider", sa.String(32)),
        sa.Column("model", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("deleted_at", sa.BigInteger),
    )
    op.create_index("turns_of_channel", "turns", ["channel_id", "id"])
    op.create_index("turns_of_parent", "turns", ["parent_id"])
    op.create_index("turns_by_age", "turns", ["created_at"])
