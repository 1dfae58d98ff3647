"""A key makes a repeated request harmless: key, fingerprint and answer are stored in the transaction of the effect.

The key space is (organisation, person): nobody gets another's answer. A key is never seen "in progress": the row appears
with its effect, or not at all; of two at once the second waits for the first and gets its answer.
"""

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from flask import Response, request
from sqlalchemy import JSON, LargeBinary, PrimaryKeyConstraint, String, delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.clock import now
from marketplace.core.db import Model, db, is_postgresql
from marketplace.core.errors import KeyRequired, KeyReused

if TYPE_CHECKING:
    from marketplace.core.access import Actor

KEPT = timedelta(days=8)
STRANGERS = "-:-"
HEADERS = ("Location", "ETag", "Content-Type")


class IdempotencyKey(Model):
    """One answered request."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (PrimaryKeyConstraint("space", "key"),)

    space: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(255))
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    headers: Mapped[dict[str, str] | None] = mapped_column(JSON)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(index=True)


class Claim:
    """One request's claim on its key, inside the open transaction."""

    def __init__(self, space: str, key: str, fingerprint: str):
        self.space, self.key, self.fingerprint = space, key, fingerprint

    def take(self) -> Response | None:
        """None when the work is ours to do; else the stored answer. Raises KeyReused when the request differs."""
        insert = postgresql_insert if is_postgresql() else sqlite_insert
        values = {"space": self.space, "key": self.key, "fingerprint": self.fingerprint, "created_at": now()}
        made = insert(IdempotencyKey).values(**values).on_conflict_do_nothing().returning(IdempotencyKey.key)
        if db.session.scalar(made) is not None:
            return None
        row = db.session.scalars(
            select(IdempotencyKey).where(IdempotencyKey.space == self.space, IdempotencyKey.key == self.key)
        ).one()
        if row.fingerprint != self.fingerprint:
            raise KeyReused()
        response = Response(row.body or b"", status=row.status, headers=row.headers or {})
        response.headers["Idempotent-Replayed"] = "true"
        return response

    def store(self, response: Response) -> None:
        row = db.session.get(IdempotencyKey, (self.space, self.key))
        if row is None:
            raise RuntimeError("the key was not taken")
        row.status = response.status_code
        row.headers = {name: response.headers[name] for name in HEADERS if name in response.headers}
        row.body = response.get_data()


def incoming(actor: "Actor | None", *, required: bool) -> Claim | None:
    """The claim that this request makes: header ``Idempotency-Key`` on API paths, hidden field ``once`` of a page's form.

    Raises KeyRequired when it is required and missing, or not 1–255 visible ASCII characters.
    """
    from_page = not request.path.startswith("/api/")
    key = request.form.get("once") if from_page else request.headers.get("Idempotency-Key")
    if key is None:
        if required and not from_page:
            raise KeyRequired()
        return None
    if not (1 <= len(key) <= 255 and key.isascii() and key.isprintable() and not key.isspace()):
        raise KeyRequired()
    space = f"{actor.organization_id or '-'}:{actor.person_id}" if actor else STRANGERS
    return Claim(space, key, _fingerprint(from_page=from_page))


def _fingerprint(*, from_page: bool) -> str:
    """Method, address and content; of a form its fields and files, without the session's token."""
    digest = hashlib.sha256(f"{request.method} {request.path}?".encode() + request.query_string)
    if from_page or request.mimetype == "multipart/form-data":
        for name, value in sorted(request.form.items(multi=True)):
            if name != "csrf_token":
                digest.update(f"\0{name}\0{value}".encode("utf-8", "surrogatepass"))
        for name, file in sorted(request.files.items(multi=True), key=lambda item: item[0]):
            digest.update(f"\0{name}\0{file.filename}\0".encode("utf-8", "surrogatepass"))
            digest.update(hashlib.file_digest(cast(Any, file.stream), "sha256").digest())
            file.stream.seek(0)
    else:
        digest.update(b"\0" + request.get_data())
    return digest.hexdigest()


def forget_person(person_id: UUID) -> None:
    """Delete the stored answers of a person: they may name them."""
    db.session.execute(delete(IdempotencyKey).where(IdempotencyKey.space.endswith(f":{person_id}")))


def forget_strangers() -> None:
    """Delete the stored answers of people who had not signed in: they may name one of them, and nothing tells which."""
    db.session.execute(delete(IdempotencyKey).where(IdempotencyKey.space == STRANGERS))


def forget_old() -> int:
    """Delete keys older than `KEPT`; returns how many."""
    result = db.session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now() - KEPT))
    return result.rowcount  # type: ignore[attr-defined,no-any-return]
