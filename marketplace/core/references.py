"""Readable references such as A-2020-000123: for reading and search, unique per kind and year, gaps allowed."""

from sqlalchemy import PrimaryKeyConstraint, String
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.clock import now
from marketplace.core.db import Model, db, is_postgresql

DIGITS = {"A": 6, "N": 6, "D": 4, "C": 4, "R": 4}


class ReferenceCounter(Model):
    """The last number given of a kind in a year."""

    __tablename__ = "reference_counters"
    __table_args__ = (PrimaryKeyConstraint("kind", "year"),)

    kind: Mapped[str] = mapped_column(String(4))
    year: Mapped[int]
    last: Mapped[int]


def next_numbers(kind: str, count: int = 1, *, year: int = 0) -> range:
    """The next ``count`` numbers of a kind; whoever takes some keeps the others waiting until the transaction ends.

    So numbers appear in the order of commits. Year 0 is for kinds that are counted through all years.
    """
    insert = postgresql_insert if is_postgresql() else sqlite_insert
    first = insert(ReferenceCounter).values(kind=kind, year=year, last=count)
    statement = first.on_conflict_do_update(
        index_elements=["kind", "year"], set_={"last": ReferenceCounter.last + count}
    ).returning(ReferenceCounter.last)
    last = db.session.execute(statement).scalar_one()
    return range(last - count + 1, last + 1)


def next_references(kind: str, count: int = 1, *, year: int | None = None) -> list[str]:
    """The next ``count`` references of a kind ('A', 'N', 'D', 'C', 'R'), in this UTC year unless another is given."""
    year = year or now().year
    width = DIGITS[kind]
    return [f"{kind}-{year}-{number:0{width}d}" for number in next_numbers(kind, count, year=year)]


def next_reference(kind: str, *, year: int | None = None) -> str:
    return next_references(kind, year=year)[0]
