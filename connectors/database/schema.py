"""Every table, as the newest migration leaves it."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

metadata = MetaData()

# The ledger. Times are in microseconds since 1970. visible_at is when a job may be claimed, or when
# the lease that lease_by holds on a running one ends. Payload and draft are JSON objects.
jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("owner_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger),
    Column("zone", String(64)),
    Column("rule", Text),
    Column("wall_time", String(32)),
    Column("next_run", BigInteger, nullable=False),
    Column("visible_at", BigInteger, nullable=False),
    Column("lease_by", String(64)),
    Column("attempts", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("crashes", Integer, nullable=False),
    Column("first_claimed_at", BigInteger),
    Column("state", String(8), nullable=False),
    Column("reason", Text),
    Column("payload", Text, nullable=False),
    Column("draft", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
)
Index("jobs_of_owner", jobs.c.owner_id, jobs.c.next_run)
# In SQL, because ``Index(postgresql_where=…)`` loads PostgreSQL's dialect on SQLite too: 3 MiB.
PARTIAL_INDEXES: Final = (
    "CREATE INDEX jobs_waiting ON jobs (kind, visible_at) WHERE state IN ('active', 'running')",
    "CREATE INDEX jobs_of_guild ON jobs (guild_id, kind) WHERE guild_id IS NOT NULL",
    "CREATE INDEX jobs_idle ON jobs (state, visible_at)"
    " WHERE state IN ('settled', 'parked', 'paused')",
    "CREATE INDEX jobs_parked ON jobs (kind, reason) WHERE state = 'parked'",
    "CREATE INDEX jobs_running ON jobs (lease_by) WHERE state = 'running'",
    "CREATE INDEX usage_not_counted ON usage_entries (guild_id, user_id) WHERE counted = 0",
)

# What was chosen with /model. scope is "me", "channel" or "server"; user_id is 0 except for "me".
choices = Table(
    "choices",
    metadata,
    Column("scope", String(8), primary_key=True),
    Column("place_id", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("provider", String(32), nullable=False),
    Column("model", String(200)),
)

# The time zone of each person, by its IANA name.
zones = Table(
    "zones",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("zone", String(64), nullable=False),
)

# One question and its answer in a conversation. id is that of the question's message or interaction
# on Discord, so turns are in order; parent_id is 0 for the first one, which is the root of all that
# follow. extras is JSON: what the question came with. A deleted turn keeps its place and no text.
turns = Table(
    "turns",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("parent_id", BigInteger, nullable=False),
    Column("root_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger, nullable=False),
    Column("author_id", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("extras", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("provider", String(32)),
    Column("model", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
)
Index("turns_of_channel", turns.c.channel_id, turns.c.id)
Index("turns_of_parent", turns.c.parent_id)
Index("turns_of_guild", turns.c.guild_id, turns.c.created_at)
Index("turns_by_age", turns.c.created_at)
Index("turns_of_author", turns.c.author_id, turns.c.id)

# The messages that show an answer, and threads that go on from it.
turn_messages = Table(
    "turn_messages",
    metadata,
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("turn_id", BigInteger, nullable=False),
)
Index("messages_of_turn", turn_messages.c.turn_id)

# What was said up to a turn and including it, in short.
summaries = Table(
    "summaries",
    metadata,
    Column("turn_id", BigInteger, primary_key=True, autoincrement=False),
    Column("root_id", BigInteger, nullable=False),
    Column("summary", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
Index("summaries_of_root", summaries.c.root_id)

# A system prompt with a name. scope is "server", "channel" or "conversation" (threads and DMs).
personas = Table(
    "personas",
    metadata,
    Column("scope", String(16), primary_key=True),
    Column("place_id", BigInteger, primary_key=True, autoincrement=False),
    Column("guild_id", BigInteger),
    Column("name", String(64), nullable=False),
    Column("prompt", Text, nullable=False),
)
Index("personas_of_guild", personas.c.guild_id)

# A rule that a server has set for itself, with its last change. value, and previous before it, are
# JSON; without one the default holds. change_id is that of the interaction that made the change,
# and undone that of the change it undid.
server_rules = Table(
    "server_rules",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(32), primary_key=True),
    Column("value", Text),
    Column("previous", Text),
    Column("changed_by", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("change_id", BigInteger, nullable=False),
    Column("undone", BigInteger),
)

_USED: Final = (
    *("questions", "input_tokens", "cached_tokens", "output_tokens"),
    *("cost", "estimated", "unpriced"),
)
# What each answer has used; guild_id is 0 in direct messages, user_id where the bot asked by itself
# or the person is forgotten. id names the answer and its revision, job_id its row in the ledger;
# part counts the models that have written it. Until settled_at is set, it is an estimate that is
# reserved, of no day. day is yyyymmdd on the clock of the server. cost is in millionths of a
# dollar; estimated and unpriced count questions. counted: 1 once the tables below include it.
usage_entries = Table(
    "usage_entries",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("job_id", String(32)),
    Column("guild_id", BigInteger, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
    Column("counted", Integer, nullable=False),
    Column("day", Integer, nullable=False),
    Column("utc_day", Integer, nullable=False),
    Column("provider", String(32), nullable=False),
    Column("model", String(200), nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in _USED),
)
Index("usage_entries_of_person", usage_entries.c.user_id, usage_entries.c.created_at)
Index("usage_entries_by_age", usage_entries.c.created_at)

# Their sums by day: of each person in each server; of each server; and of all servers as guild_id
# -1, by days in UTC.
usage_days = Table(
    "usage_days",
    metadata,
    Column("guild_id", BigInteger, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("day", Integer, nullable=False),
    Column("provider", String(32), nullable=False),
    Column("model", String(200), nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in _USED),
    # What a server used on a few days stands together.
    PrimaryKeyConstraint("guild_id", "day", "user_id", "provider", "model"),
)
Index("usage_of_person", usage_days.c.user_id, usage_days.c.day)
usage_totals = Table(
    "usage_totals",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("provider", String(32), primary_key=True),
    Column("model", String(200), primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in _USED),
)
# And by month, yyyymm: of each person in each server.
usage_months = Table(
    "usage_months",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("month", Integer, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    *(Column(name, BigInteger, nullable=False) for name in _USED),
)
Index("usage_months_of_person", usage_months.c.user_id)

# Who was told that a limit is nearly reached, once in its period. scope is as in a limit's name.
usage_notices = Table(
    "usage_notices",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(32), primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
)

# What people want to be left out of: "history", conversations that are remembered, or "digests".
opt_outs = Table(
    "opt_outs",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(16), primary_key=True),
)

# The people and servers that had everything deleted: of what they said up to ``until``, an id of
# Discord's, nothing is stored any more, however late an answer to it ends.
erasures = Table(
    "erasures",
    metadata,
    Column("subject_id", BigInteger, primary_key=True, autoincrement=False),
    Column("until", BigInteger, nullable=False),
    Column("erased_at", BigInteger, nullable=False),
)

# The parts of the gateway. total is how many there are in all; while Discord asks for more, there
# are rows of both, and those of the new one have no since yet: the id of Discord from which they
# hold. holder is the process that answers, until held_until unless it renews that; heir is one
# that connects to take over, and whoever holds it answers what is newer than cut.
shards = Table(
    "shards",
    metadata,
    Column("total", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("since", BigInteger),
    Column("holder", String(64)),
    Column("held_until", BigInteger, nullable=False),
    Column("is_ready", Integer, nullable=False),
    Column("heir", String(64)),
    Column("is_heir_ready", Integer, nullable=False),
    Column("cut", BigInteger, nullable=False),
)

# The processes that share the gateway.
gateways = Table(
    "gateways",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("joined_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("is_leaving", Integer, nullable=False),
)

# When a shard identified last, by what Discord counts together.
identifies = Table(
    "identifies",
    metadata,
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
)

# What each process may send to Discord in a second, and what it would like to.
request_shares = Table(
    "request_shares",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("share", Double, nullable=False),
    Column("wanted", Double, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
)

# What processes tell each other now; it is of no use in a copy.
PASSING: Final = (shards, gateways, identifies, request_shares)

# Alembic's: the newest migration of this database. The name is from when jobs was the only table.
version = Table(
    "jobs_version",
    metadata,
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="jobs_version_pkc"),
)
