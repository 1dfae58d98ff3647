"""Migrations build exactly the models, from empty and back, in one line, on both databases."""

import re
from pathlib import Path

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, create_engine, inspect
from sqlalchemy.engine import make_url

from config import sqlalchemy_url
from marketplace.core.appendonly import TABLES
from marketplace.core.db import db
from marketplace.core.migrate import FOLDER
from tests.migrations.comparing import assert_equal_to_models, checks_of_database, checks_of_models, triggers, triggers_of_models

FILES = sorted((FOLDER / "versions").glob("*.py"))


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
