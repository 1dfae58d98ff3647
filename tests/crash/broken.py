"""The application with one of its protections taken out, for the negative controls: TEST_BROKEN=key, lock or version."""

import importlib
import os

from sqlalchemy import event
from sqlalchemy.sql import Select

from marketplace.core import db as database
from marketplace.core import web
from marketplace.core.idempotency import Claim

if os.environ["TEST_BROKEN"] == "version":
    web.check_version = lambda _version, _expected: None  # before the routes take it

app = importlib.import_module("wsgi").app

if os.environ["TEST_BROKEN"] == "key":
    Claim.take = lambda self: None
    Claim.store = lambda self, response: None
elif os.environ["TEST_BROKEN"] == "lock":
    Select.with_for_update = lambda self, **_: self
    event.remove(database.Engine, "begin", database._begin)

    @event.listens_for(database.Engine, "begin")
    def begin_without_the_write_lock(connection):
        """A transaction that reads before it writes, as any does that does not take the write lock at once."""
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
            connection.exec_driver_sql("SELECT COUNT(*) FROM people")
