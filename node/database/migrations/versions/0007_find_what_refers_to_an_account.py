"""find what refers to an account

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    locked = sa.text("locked_by_id IS NOT NULL")
    op.create_index("ix_deliveries_sender_id", "deliveries", ["sender_id"])
    op.create_index("ix_posts_locked_by_id", "posts", ["locked_by_id"], sqlite_where=locked, postgresql_where=locked)
    op.create_index("ix_reports_group_id", "reports", ["group_id"])
    op.create_index("ix_reports_reporter_id", "reports", ["reporter_id"])
