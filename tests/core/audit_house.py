"""A database with a chain of 60 rows and its file of checkpoints, copied for each test that tampers with it."""

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import Connection, create_engine, make_url, text

from config import Config, sqlalchemy_url
from marketplace import create_app
from marketplace.accounts.models import Person
from marketplace.core import appendonly, audit, audit_checkpoints, audit_signing
from marketplace.core.audit_verifying import Report, verify
from marketplace.core.clock import now, shifted
from marketplace.core.db import db, transaction

ROWS, SIGNED, OLDER = 60, (20, 40, 55), 30
START = datetime(2026, 9, 1, 8, tzinfo=UTC)


def book(number: int) -> None:
    """One transaction of one row, with what it did in another table, five seconds after the one before.

    The clock is shifted for this thread alone: several book at the same time.
    """
    moment = START + timedelta(seconds=5 * number)
    with shifted(moment - now()), transaction():
        db.session.add(Person(name=f"Person {number}", email=f"p{number}@example.org", created_at=moment))
        audit.record("tests.book", f"thing:{number}", by=None, amount=str(number), note="纺织 é", personal={"name": f"Person {number}"})


@dataclass
class House:
    """The application on the copy that is open now, and where its checkpoints are."""

    app: Flask
    database: str
    folder: Path

    @property
    def settings(self) -> Config:
        return self.app.config["SETTINGS"]

    @property
    def file(self) -> Path:
        return audit_checkpoints.file(self.settings)

    def address(self, name: str) -> str:
        return f"sqlite:///{self.folder}/{name}.db" if self.database == "sqlite" else self.database.rsplit("/", 1)[0] + f"/{name}"

    def build(self) -> None:
        db.create_all()
        for number in range(1, ROWS + 1):
            book(number)
            if number in SIGNED:
                assert audit_signing.write().seq == number
            if number == OLDER:
                self.copy("pristine", "older")
        shutil.copytree(audit_checkpoints.folder(self.settings), self.folder / "kept")

    def admin(self, *statements: str) -> None:
        with psycopg.connect(self.database, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def open(self, name: str) -> None:
        db.session.remove()
        db.engine.dispose()
        db.engines[None] = create_engine(sqlalchemy_url(self.address(name)), pool_size=20, json_serializer=db._engine_options["json_serializer"])

    def opened(self, name: str) -> bool:
        return db.engine.url == make_url(sqlalchemy_url(self.address(name)))

    def copy(self, source: str, target: str) -> None:
        """The whole database as it is now, under another name."""
        db.session.remove()
        db.engine.dispose()
        if self.database == "sqlite":
            shutil.copy(self.folder / f"{source}.db", self.folder / f"{target}.db")
        else:
            self.admin(f"DROP DATABASE IF EXISTS {target} WITH (FORCE)", f"CREATE DATABASE {target} TEMPLATE {source}")

    def fresh(self, source: str = "pristine") -> None:
        """A new copy, opened, with the file of checkpoints as it was left."""
        if not self.opened("tampered"):
            self.open("tampered")
        self.copy(source, "tampered")
        shutil.rmtree(audit_checkpoints.folder(self.settings), ignore_errors=True)
        shutil.copytree(self.folder / "kept", audit_checkpoints.folder(self.settings))

    @contextmanager
    def insider(self):
        """A connection of somebody who may do everything in the database, with the triggers out of the way."""
        with db.engine.connect().execution_options(writing=True) as connection, connection.begin():
            for statement in appendonly.removals("audit_rows", connection.dialect.name):
                connection.execute(text(statement))
            yield connection

    def report(self, **options: Any) -> Report:
        key = audit_checkpoints.signing_key(self.settings).public_key()
        return verify(options.get("path", self.file), key, whole=options.get("whole", True))


@contextmanager
def house(kind: str, folder: Path, port: int | None):
    database = "sqlite" if kind == "sqlite" else f"postgresql://postgres@127.0.0.1:{port}/postgres"
    built = House(app=None, database=database, folder=folder)
    if kind != "sqlite":
        built.admin("DROP DATABASE IF EXISTS pristine WITH (FORCE)", "CREATE DATABASE pristine")
    built.app = create_app(
        Config(
            testing=True, secret_key="for-tests-only-0123456789abcdef-ABCDEF", database_url=built.address("pristine"),
            index_dir=folder / "index", upload_dir=folder / "uploads", password_cost="low",
        )
    )  # fmt: skip
    with built.app.app_context():
        built.build()
        yield built
        db.session.remove()
        db.engine.dispose()


def rehash(connection: Connection, first: int, last: int = ROWS) -> None:
    """Hash the rows anew from ``first`` on, as somebody would who knows how; and the head, if the last one is among them."""
    from marketplace.core.audit_chain import GENESIS, row_hash

    table = audit.ROWS
    prev = connection.execute(table.select().where(table.c.seq == first - 1)).mappings().one()["hash"] if first > 1 else GENESIS
    for row in connection.execute(table.select().where(table.c.seq >= first, table.c.seq <= last).order_by(table.c.seq)).mappings().all():
        own = row_hash(row, row["seq"], prev)
        connection.execute(table.update().where(table.c.id == row["id"]).values(prev_hash=prev, hash=own))
        prev = own
    if last == ROWS:
        connection.execute(text("UPDATE audit_head SET hash = :hash"), {"hash": prev})
