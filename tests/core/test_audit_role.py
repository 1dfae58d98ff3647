"""On PostgreSQL the application works as a role that may not change what is only ever added to, even without triggers."""

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError

from config import Config, sqlalchemy_url
from marketplace import create_app
from marketplace.core import appendonly, audit_signing
from marketplace.core.db import db
from tests.conftest import DATABASES
from tests.contracts.factories_contracts import make_contract, make_desk


@pytest.fixture
def owner(request):
    """The address of a database of this test's own, as its owner."""
    port = request.getfixturevalue("postgresql_port")
    with psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS roles WITH (FORCE)")
        connection.execute("DROP ROLE IF EXISTS marketplace_app")
        connection.execute("CREATE DATABASE roles")
        connection.execute("CREATE ROLE marketplace_app LOGIN")
    yield f"postgresql://postgres@127.0.0.1:{port}/roles"
    with psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE roles WITH (FORCE)")
        connection.execute("DROP ROLE marketplace_app")


def settings(url, folder):
    return Config(testing=True, secret_key="x" * 40, database_url=url, index_dir=folder / "index", upload_dir=folder / "uploads", password_cost="low")


@pytest.mark.skipif("postgresql" not in DATABASES, reason="roles are PostgreSQL's: set TEST_DATABASES=postgresql")
def test_the_granted_role_runs_the_application_and_cannot_change_the_books(owner, tmp_path):
    maker = create_app(settings(owner, tmp_path))
    with maker.app_context():
        db.create_all()
        db.engine.dispose()
    printed = maker.test_cli_runner().invoke(args=["audit", "grants", "marketplace_app"]).output
    engine = create_engine(sqlalchemy_url(owner))
    with engine.begin() as connection:
        for statement in printed.split(";\n"):
            if statement:
                connection.execute(text(statement))
        for table in appendonly.TABLES:  # so that it is the role that is tried
            for statement in appendonly.removals(table, "postgresql"):
                connection.execute(text(statement))
    engine.dispose()
    app = create_app(settings(owner.replace("postgres@", "marketplace_app@"), tmp_path))
    with app.app_context():
        desk = make_desk(app, slug="granted")
        make_contract(desk, total_amount="123.45", technology_amount=None)
        assert desk.headline().base_total_minor == 12345
        assert audit_signing.write() is not None
        runner = app.test_cli_runner()
        assert runner.invoke(args=["accounts", "erase", desk.verifier.email, "--yes"]).exit_code == 0
        assert runner.invoke(args=["audit", "verify"]).exit_code == 0
        for table in sorted(appendonly.TABLES):
            column = next(iter(db.metadata.tables[table].columns)).name
            for change in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = {column}", f"TRUNCATE {table} CASCADE"):
                with pytest.raises(ProgrammingError, match="permission denied"):
                    db.session.execute(text(change))
                db.session.rollback()
        db.session.remove()
        db.engine.dispose()


def test_the_name_of_a_role_is_checked(app):
    assert app.test_cli_runner().invoke(args=["audit", "grants", "x; DROP TABLE people"]).exit_code == 1
    assert "REVOKE UPDATE, DELETE, TRUNCATE ON audit_rows FROM market" in app.test_cli_runner().invoke(args=["audit", "grants", "market"]).output
