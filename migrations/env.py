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


if handed_over is not None:
    run(handed_over)
else:
    with current_app.extensions["migrate"].db.engine.connect().execution_options(writing=True) as own:
        run(own)
