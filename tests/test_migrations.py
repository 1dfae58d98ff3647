"""Migrations build exactly the models, from empty and back, on both databases."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import flask_migrate
import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Column, Enum, MetaData, Table, create_engine, insert, inspect, select
from sqlalchemy.engine import make_url

from config import Config, sqlalchemy_url
from marketplace import create_app
from marketplace.core.appendonly import TABLES
from marketplace.core.audit import AuditHead, AuditRow
from marketplace.core.audit_chain import GENESIS, row_hash
from marketplace.core.db import db
from marketplace.core.migrate import FOLDER

FILES = sorted((FOLDER / "versions").glob("*.py"))


@pytest.fixture
def empty(database, tmp_path):
    """The address of a database of this test's own, with nothing in it."""
    if database.startswith("sqlite"):
        yield f"sqlite:///{tmp_path}/migrated.db"
        return
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS migrated WITH (FORCE)")
        connection.execute("CREATE DATABASE migrated")
    yield database.rsplit("/", 1)[0] + "/migrated"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP DATABASE migrated WITH (FORCE)")


@pytest.fixture
def product(empty, tmp_path):
    settings = Config(
        testing=True, secret_key="x" * 40, database_url=empty, index_dir=tmp_path / "index", upload_dir=tmp_path / "uploads"
    )
    app = create_app(settings)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def differences() -> list[object]:
    """What autogenerate would still change: tables, columns, types, indexes, foreign keys, unique constraints."""
    with db.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), db.metadata))


def checks_of_models() -> dict[str, dict[str, set[str]]]:
    """{table: {check: the members of the enum that it repeats}}; autogenerate does not look at checks."""
    return {
        table.name: {
            str(one.name): set(getattr(_enum_of(table, one), "enums", ()))
            for one in table.constraints
            if isinstance(one, CheckConstraint)
        }
        for table in db.metadata.tables.values()
    }


def _enum_of(table, check) -> Enum | None:
    for column in table.columns:
        if isinstance(column.type, Enum) and f"ck_{table.name}_{column.type.name}" == str(check.name):
            return column.type
    return None


def checks_of_database() -> dict[str, dict[str, str]]:
    """{table: {check: its SQL}}"""
    inspector = inspect(db.engine)
    return {
        name: {str(one["name"]): one["sqltext"] for one in inspector.get_check_constraints(name)}
        for name in inspector.get_table_names()
        if name != "alembic_version"
    }


def triggers() -> dict[str, str]:
    """{table.trigger: its SQL, with that of its function}; autogenerate does not look at triggers."""
    if db.engine.dialect.name == "sqlite":
        query = "SELECT tbl_name || '.' || name, sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT t.tgrelid::regclass::text || '.' || t.tgname, pg_get_triggerdef(t.oid) || ' ' || f.prosrc "
            "FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid WHERE NOT t.tgisinternal"
        )
    with db.engine.connect() as connection:
        return dict(connection.exec_driver_sql(query).all())


def triggers_of_models() -> dict[str, str]:
    """The same of an empty database that `create_all` built; what was there is gone afterwards."""
    with db.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.exec_driver_sql("DROP TABLE alembic_version")
    db.drop_all()
    db.create_all()
    return triggers()


def assert_equal_to_models() -> None:
    assert differences() == []
    wanted, built = checks_of_models(), checks_of_database()
    assert {table: set(names) for table, names in built.items()} == {table: set(names) for table, names in wanted.items()}
    for table, names in wanted.items():
        for name, members in names.items():
            if members:
                assert set(re.findall(r"'([^']*)'", built[table][name])) == members, f"{table}.{name}"


def test_up_down_up_builds_exactly_the_models(product):
    flask_migrate.upgrade()
    assert_equal_to_models()
    flask_migrate.downgrade(revision="base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    flask_migrate.upgrade()
    assert_equal_to_models()


def test_the_migrations_make_the_triggers_of_the_models(product):
    flask_migrate.upgrade()
    migrated = triggers()
    assert {name.split(".")[0] for name in migrated} == TABLES >= {"audit_rows"}
    with db.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.exec_driver_sql("DROP TRIGGER audit_rows_no_delete" + ("" if db.engine.dialect.name == "sqlite" else " ON audit_rows"))
    fewer = triggers()
    wanted = triggers_of_models()
    assert migrated == wanted
    assert fewer != wanted, "a missing trigger must be seen"


def test_audit_rows_that_exist_are_chained_and_come_back_as_they_were(product):
    """Rows written before there was a chain are numbered by moment and id, and keep every column, there and back."""
    flask_migrate.upgrade(revision="0001")
    start = datetime(2026, 9, 1, 8, tzinfo=UTC)
    old = [
        {
            "id": UUID(int=2000 - n), "at": start + timedelta(microseconds=n // 2), "action": f"things.{n}", "subject": f"thing:{n}",
            "fair_id": UUID(int=7) if n % 2 else None, "person_id": UUID(int=n), "organization_id": None, "before_hash": None,
            "after_hash": "ab" * 32, "facts": {"n": n, "b": [n, None, "纺织 é \u2028 \"x\"\n"], "a": 1.5}, "request_id": None,
        }
        for n in range(1, 1206)
    ]  # fmt: skip
    before = Table("audit_rows", MetaData(), *(Column(c.name, c.type) for c in AuditRow.__table__.columns if c.name not in {"seq", "prev_hash", "hash"}))
    with db.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.execute(insert(before), old)

    def rows():
        with db.engine.connect() as connection:
            return [dict(row) for row in connection.execute(select(before).order_by(before.c.at, before.c.id)).mappings()]

    written = rows()
    flask_migrate.upgrade(revision="0002")
    assert rows() == written == sorted(old, key=lambda row: (row["at"], row["id"]))
    with db.engine.connect() as connection:
        chained = connection.execute(select(AuditRow.__table__).order_by(AuditRow.seq)).mappings().all()
        head = connection.execute(select(AuditHead.seq, AuditHead.hash)).one()
    prev = GENESIS
    for seq, (row, kept) in enumerate(zip(chained, written, strict=True), 1):
        assert (row["id"], row["seq"], row["prev_hash"], row["hash"]) == (kept["id"], seq, prev, row_hash(row, seq, prev))
        prev = row["hash"]
    assert tuple(head) == (1205, prev)
    flask_migrate.downgrade(revision="0001")
    assert rows() == written
    flask_migrate.upgrade(revision="0002")
    with db.engine.connect() as connection:
        assert connection.execute(select(AuditRow.__table__).order_by(AuditRow.seq)).mappings().all() == chained


def test_a_check_that_the_migrations_forgot_is_seen(product):
    """The comparison itself: on tables built from the models, one check less must not go unnoticed."""
    db.create_all()
    assert_equal_to_models()
    dropped = next(table for table, names in checks_of_models().items() if names)
    recreated = db.metadata.tables[dropped].to_metadata(type(db.metadata)())
    recreated.constraints = {one for one in recreated.constraints if not isinstance(one, CheckConstraint)}
    engine = create_engine(sqlalchemy_url(make_url(db.engine.url).render_as_string(hide_password=False)))
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE {dropped}" + ("" if engine.dialect.name == "sqlite" else " CASCADE"))
        columns = ", ".join(f"{column.name} {column.type.compile(engine.dialect)}" for column in recreated.columns)
        connection.exec_driver_sql(f"CREATE TABLE {dropped} ({columns})")
    engine.dispose()
    assert checks_of_database()[dropped] == {}
    with pytest.raises(AssertionError):
        assert_equal_to_models()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_migration_has_a_number_a_name_and_a_way_back_and_does_not_import_the_product(path: Path):
    assert re.fullmatch(r"\d{4}_[a-z0-9_]+", path.stem)
    text = path.read_text()
    assert "marketplace" not in text, "the product moves on; a migration must not move with it"
    assert not re.search(r"def downgrade\(\)[^\n]*\n\s+pass", text)
    assert path.stem.startswith(re.search(r"^revision = '(\d{4})'", text, re.M)[1])


def test_the_migrations_are_one_line_from_the_first_to_the_last():
    scripts = ScriptDirectory(str(FOLDER))
    numbers = [one.revision for one in scripts.walk_revisions()][::-1]
    assert numbers == [f"{n:04d}" for n in range(1, len(FILES) + 1)]
    assert len(scripts.get_heads()) == 1
