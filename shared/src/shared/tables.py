"""The vocabulary of columns: ids, money in tiyn, trilingual names, constraint names."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, MetaData, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column

NAMING = {
    "ix": "%(table_name)s_%(column_0_name)s",
    "uq": "%(table_name)s_%(column_0_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s",
    "fk": "%(table_name)s_%(column_0_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}
"""Constraint names as PostgreSQL itself would choose them, so that hand-written SQL agrees."""

Tiyn = Annotated[int, mapped_column(BigInteger)]
"""Money: a whole number of tiyn, 1/100 tenge."""

Id = Annotated[UUID, mapped_column(primary_key=True, server_default=text("uuidv7()"))]
"""A time-ordered id made by PostgreSQL 18. Never on the ballot path: it tells the time."""

Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Day = Annotated[date, mapped_column()]
Name = Annotated[str, mapped_column(String(300))]


class Base(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """The base of a service's entities. Each service subclasses it once, for its own metadata."""

    __abstract__ = True
    metadata = MetaData(naming_convention=NAMING)


class Named(MappedAsDataclass, kw_only=True):
    """A thing with a name in Kazakh, Russian and English."""

    name_kk: Mapped[Name]
    name_ru: Mapped[Name]
    name_en: Mapped[Name]
