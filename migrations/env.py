"""Runs the migrations on the application's own engine, or on a connection that a test hands over."""

from alembic import context
from flask import current_app

from marketplace.core.db import Moment, db

handed_over = context.config.attributes.get("connection")


def render_item(kind, item, _autogen_context):
    """Write our own type as what it is in the database: a migration never imports the product, which moves on."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    return False


def run(connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=True,
        transaction_per_migration=False,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()
        if connection.dialect.name == "sqlite" and (lost := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(5)):
            raise RuntimeError(f"rows would refer to nothing after this migration: {lost}")


def run_on_its_own() -> None:
    """SQLite changes a table by making it anew, which foreign keys would forbid; they can be put aside outside a transaction only."""
    with current_app.extensions["migrate"].db.engine.connect().execution_options(writing=True) as own:
        sqlite = own.connection.driver_connection if own.dialect.name == "sqlite" else None
        if sqlite is not None:
            sqlite.execute("PRAGMA foreign_keys = OFF")
        try:
            run(own)
        finally:
            if sqlite is not None:
                sqlite.execute("PRAGMA foreign_keys = ON")


if handed_over is not None:
    run(handed_over)
else:
    run_on_its_own()
