"""How many statements something sends to the database, where it must not be more for more rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import event

from marketplace.core.db import db


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are sent inside."""
    seen: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)

    engine = db.engine
    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", hear)


def asked_by(client: FlaskClient, path: str) -> int:
    """How many statements a page makes that is answered with 200."""
    with counted() as seen:
        assert client.get(path).status_code == 200
    return len(seen)
