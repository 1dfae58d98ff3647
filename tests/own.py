"""An application with a database of its own, for what is really committed: built once in each process, its database new for each test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask

from config import Config
from marketplace import create_app
from marketplace.core.db import db
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.payments import till


class Own:
    """The application of one kind of database. ``port`` is the PostgreSQL cluster's."""

    def __init__(self, kind: str, folder: Path, port: Callable[[], int]):
        self.file, self.server = folder / "own.db", None if kind == "sqlite" else f"postgresql://postgres@127.0.0.1:{port()}"
        self.app = create_app(
            Config(
                testing=True, secret_key="for-tests-only-0123456789abcdef-ABCDEF", password_cost="low",
                database_url=f"{self.server}/own" if self.server else f"sqlite:///{self.file}",
                index_dir=folder / "index", upload_dir=folder / "uploads",
            )
        )  # fmt: skip
        self.config, self.extensions = dict(self.app.config), dict(self.app.extensions)
        self.empty = self._tables()

    def _tables(self) -> bytes:
        """A file with the tables and nothing in them; of PostgreSQL it is the database ``own_tables``."""
        self._ask("CREATE DATABASE own")
        with self.app.app_context():
            db.create_all()
            db.engine.dispose()
        self._ask("ALTER DATABASE own RENAME TO own_tables")
        return self.file.read_bytes() if self.server is None else b""

    def _ask(self, *statements: str) -> None:
        if self.server is not None:
            with psycopg.connect(f"{self.server}/postgres", autocommit=True) as admin:
                for statement in statements:
                    admin.execute(statement)

    @contextmanager
    def fresh(self, folder: Path, **settings: Any) -> Iterator[Flask]:
        """Within its context: with nothing in its database, its files in ``folder``, and nothing known of what was before."""
        self._forget(folder, settings)
        with self.app.app_context():
            try:
                yield self.app
            finally:
                db.session.remove()
                db.engine.dispose()
                OUTBOX_SEEN.clear()

    def _forget(self, folder: Path, settings: dict[str, Any]) -> None:
        """No rows, and the settings and parts with which it was built but for these."""
        if self.server is None:
            for rest in ("-wal", "-shm"):
                self.file.with_name(self.file.name + rest).unlink(missing_ok=True)
            self.file.write_bytes(self.empty)
        self._ask("DROP DATABASE IF EXISTS own WITH (FORCE)", "CREATE DATABASE own TEMPLATE own_tables")
        app = self.app
        app.config.clear()
        app.config.update(self.config)
        app.config["SETTINGS"] = replace(self.config["SETTINGS"], index_dir=folder / "index", upload_dir=folder / "uploads", **settings)
        app.extensions.clear()
        app.extensions.update(self.extensions)
        till.register(app)
