"""The application with one of its protections taken out, for the negative controls: TEST_BROKEN=key, lock or version."""

import importlib
import os

from sqlalchemy import event
from sqlalchemy.sql import Select

BROKEN = os.environ["TEST_BROKEN"]
if BROKEN == "lock":
    Select.with_for_update = lambda self, **_: self  # before the product prepares its statements
if BROKEN == "version":
    importlib.import_module("marketplace.core.web").check_version = lambda _version, _expected: None  # before the routes take it

app = importlib.import_module("wsgi").app
database = importlib.import_module("marketplace.core.db")

if BROKEN == "key":
    claim = importlib.import_module("marketplace.core.idempotency").Claim
    claim.take = lambda self: None
    claim.store = lambda self, response: None
elif BROKEN == "lock":
    event.remove(database.Engine, "begin", database._begin)

    @event.listens_for(database.Engine, "begin")
    def begin_without_the_write_lock(connection):
        """A transaction that reads before it writes, as any does that does not take the write lock at once."""
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
            connection.exec_driver_sql("SELECT COUNT(*) FROM people")
