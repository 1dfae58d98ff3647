"""Rows of an append-only table stay as they were written, whoever asks, on both databases."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from config import sqlalchemy_url
from marketplace.core import appendonly


@pytest.fixture
def engine(database):
    """A database with two tables of the same columns: one append-only, one not."""

    class Base(DeclarativeBase):
        pass

    class Plain(Base):
        __tablename__ = "appendonly_plain"
        id: Mapped[int] = mapped_column(primary_key=True)
        word: Mapped[str]

    @appendonly.append_only
    class Kept(Base):
        __tablename__ = "appendonly_kept"
        id: Mapped[int] = mapped_column(primary_key=True)
        word: Mapped[str]

    engine = create_engine(sqlalchemy_url(database))
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        for table in ("plain", "kept"):
            connection.execute(text(f"INSERT INTO appendonly_{table} (id, word) VALUES (1, 'first'), (2, 'second')"))
    yield engine
    Base.metadata.drop_all(engine)
    appendonly.TABLES.discard("appendonly_kept")
    engine.dispose()


CHANGES = ["UPDATE {} SET word = 'other' WHERE id = 1", "UPDATE {} SET word = word", "DELETE FROM {} WHERE id = 2", "DELETE FROM {}", "TRUNCATE {}"]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_an_append_only_table_is_refused_by_name_and_changes_nothing(engine, change):
    if engine.dialect.name == "sqlite" and change.startswith("TRUNCATE"):
        with pytest.raises(OperationalError, match="syntax error"), engine.begin() as connection:
            connection.execute(text(change.format("appendonly_kept")))
        return
    with engine.begin() as connection:
        connection.execute(text(change.format("appendonly_plain")))  # the statement itself is sound
    with pytest.raises(appendonly.AppendOnlyRefused, match="append-only: .* of appendonly_kept"), engine.begin() as connection:
        connection.execute(text(change.format("appendonly_kept")))
    with engine.begin() as connection:
        assert connection.execute(text("SELECT id, word FROM appendonly_kept ORDER BY id")).all() == [(1, "first"), (2, "second")]
        connection.execute(text("INSERT INTO appendonly_kept (id, word) VALUES (3, 'third')"))


def test_without_its_triggers_the_table_is_like_any_other(engine):
    """The way back of a migration, and the proof that it is the triggers that refuse."""
    with engine.begin() as connection:
        for statement in appendonly.removals("appendonly_kept", engine.dialect.name):
            connection.execute(text(statement))
        connection.execute(text("UPDATE appendonly_kept SET word = 'other'"))
        connection.execute(text("DELETE FROM appendonly_kept"))
        assert connection.execute(text("SELECT count(*) FROM appendonly_kept")).scalar() == 0
        for statement in appendonly.statements("appendonly_kept", engine.dialect.name):
            connection.execute(text(statement))
        connection.execute(text("INSERT INTO appendonly_kept (id, word) VALUES (1, 'again')"))
    with pytest.raises(appendonly.AppendOnlyRefused), engine.begin() as connection:
        connection.execute(text("DELETE FROM appendonly_kept"))
