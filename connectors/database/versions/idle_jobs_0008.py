"""Indexes of what runs and of what waits no longer: nothing need read every job."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute(
        "CREATE INDEX jobs_idle ON jobs (state, visible_at)"
        " WHERE state IN ('settled', 'parked', 'paused')"
    )
    op.execute("CREATE INDEX jobs_parked ON jobs (kind, reason) WHERE state = 'parked'")
    op.execute("CREATE INDEX jobs_running ON jobs (lease_by) WHERE state = 'running'")
