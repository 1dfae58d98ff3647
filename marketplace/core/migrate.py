"""`flask db upgrade|downgrade|…`: Alembic through Flask-Migrate, with numbered revisions."""

from pathlib import Path

from flask import Flask
from flask_migrate import Migrate

from marketplace.core.db import db

FOLDER = Path(__file__).parents[2] / "migrations"


def register(app: Flask) -> None:
    Migrate(app, db, directory=str(FOLDER), render_as_batch=True, compare_type=True)
