"""The column types that both databases share, and the names of constraints."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from sqlalchemy import BigInteger, DateTime, Dialect, ForeignKey, Integer, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator

BigId = BigInteger().with_variant(Integer, "sqlite")
"""On SQLite an INTEGER PRIMARY KEY is the row's own address; BIGINT would cost a second index."""


class Moment(TypeDecorator[datetime]):
    """An aware time in UTC. SQLite keeps it as text that sorts."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        at = value.astimezone(UTC)
        return at.replace(tzinfo=None) if dialect.name == "sqlite" else at

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and dialect.name == "sqlite" else value


class Json(TypeDecorator[Any]):
    """A small list or mapping as text: never JSONB, which loses the order of keys that contentMap needs."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002  # SQLAlchemy's signature
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002  # as above
        return None if value is None else orjson.loads(value)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy reads it from the class
        int: Integer,
        str: Text,
        datetime: Moment,
        dict[str, Any]: Json,
        list[Any]: Json,
        Mapping[str, str]: Json,
    }


RowId = Annotated[int, mapped_column(BigId, primary_key=True, autoincrement=False)]
ActorRef = Annotated[int, mapped_column(BigId, ForeignKey("actors.id", ondelete="CASCADE"))]
PostRef = Annotated[int, mapped_column(BigId, ForeignKey("posts.id", ondelete="CASCADE"))]
