"""hide accounts of servers blocked before

Revision: 0006, after 0005, which had the place for it and marked nobody
"""

from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

actors = sa.table(
    "actors",
    sa.column("id", sa.BigInteger),
    sa.column("uri", sa.Text),
    sa.column("host", sa.Text),
    sa.column("host_blocked_at", sa.DateTime(timezone=True)),
)
host_blocks = sa.table("host_blocks", sa.column("host", sa.Text), sa.column("created_at", sa.DateTime(timezone=True)))


def upgrade() -> None:
    connection = op.get_bind()
    for host, since in connection.execute(sa.select(host_blocks)).all():
        unmarked = actors.c.host.is_not(None), actors.c.host_blocked_at.is_(None)
        named = actors.c.host.contains(host, autoescape=True) | actors.c.uri.contains(host, autoescape=True)
        rows = connection.execute(sa.select(actors.c.id, actors.c.uri, actors.c.host).where(*unmarked, named)).all()
        hidden = [{"row": row_id} for row_id, uri, at in rows if host in {*names(urlsplit(uri).netloc), *names(at)}]
        if hidden:
            mark = sa.update(actors).where(actors.c.id == sa.bindparam("row")).values(host_blocked_at=since)
            connection.execute(mark, hidden)


def names(host: str) -> set[str]:
    """By which a host may be blocked: itself, without its port, and each domain that it is part of."""
    labels = (host if host.endswith("]") else host.rsplit(":", 1)[0]).split(".")
    return {host, *(".".join(labels[start:]) for start in range(len(labels)))}
