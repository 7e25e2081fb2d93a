"""find posts by their words, and keep what moderators note of reports and blocked servers

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ADDED = "INSERT INTO search_index (rowid, words) VALUES (new.id, new.words);"
REMOVED = "INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', old.id, old.words);"
INDEX_ON_SQLITE = (
    """CREATE VIRTUAL TABLE search_index
    USING fts5(words, content='search_entries', content_rowid='id', tokenize='ascii', detail='none')""",
    f"CREATE TRIGGER search_entries_added AFTER INSERT ON search_entries BEGIN {ADDED} END",
    f"CREATE TRIGGER search_entries_removed AFTER DELETE ON search_entries BEGIN {REMOVED} END",
    f"CREATE TRIGGER search_entries_changed AFTER UPDATE ON search_entries BEGIN {REMOVED} {ADDED} END",
)
INDEX_ON_POSTGRESQL = (
    "CREATE INDEX search_index ON search_entries USING gin (array_to_tsvector(string_to_array(words, ' ')))"
)


def upgrade() -> None:
    op.create_table(
        "search_entries",
        sa.Column("id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["posts.id"], name=op.f("fk_search_entries_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_entries")),
    )
    op.create_table(
        "search_waiting",
        sa.Column("id", ROW_ID, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["id"], ["posts.id"], name=op.f("fk_search_waiting_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_waiting")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for statement in INDEX_ON_SQLITE:
            op.execute(statement)
    else:
        op.execute(INDEX_ON_POSTGRESQL)
    op.add_column("host_blocks", sa.Column("private_comment", sa.Text(), nullable=True))
    op.add_column("host_blocks", sa.Column("public_comment", sa.Text(), nullable=True))
    _reports()


def _reports() -> None:
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.add_column(sa.Column("category", sa.Text(), server_default="other", nullable=False))
        batch_op.add_column(sa.Column("rules", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("forwarded", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("assigned_id", ROW_ID, nullable=True))
        batch_op.add_column(sa.Column("closed_by_id", ROW_ID, nullable=True))
        batch_op.add_column(sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
        for name in ("assigned_id", "closed_by_id"):
            batch_op.create_index(batch_op.f(f"ix_reports_{name}"), [name], unique=False)
            batch_op.create_foreign_key(batch_op.f(f"fk_reports_{name}"), "actors", [name], ["id"], ondelete="SET NULL")
