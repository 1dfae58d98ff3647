"""A database of a test's own, empty, and the product on it before any migration has run."""

import psycopg
import pytest

from config import Config
from marketplace import create_app
from marketplace.core.db import db


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
