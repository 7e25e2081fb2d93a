"""count what groups pass on

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("relays", sa.Column("brings", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("relays", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_relays_actor_id"))
        batch_op.create_index(batch_op.f("ix_relays_actor_id_id"), ["actor_id", "id"], unique=False)
