"""hide accounts of blocked servers

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("actors", sa.Column("host_blocked_at", sa.DateTime(timezone=True), nullable=True))
