"""One audit row for every change of state, written in the same transaction: who, acting for whom, what, when."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from flask import Flask, g, has_request_context, request
from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core import access, problems
from marketplace.core.clock import now
from marketplace.core.db import Id, Model, db, transaction
from marketplace.core.errors import DomainError


class AuditRow(Model):
    """Append-only. ``subject`` is 'contract:<uuid>'; ``facts`` never hold confidential text or secrets."""

    __tablename__ = "audit_rows"
    __table_args__ = (Index("ix_audit_rows_subject", "subject", "at"),)

    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(80))
    fair_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    organization_id: Mapped[UUID | None]
    before_hash: Mapped[str | None] = mapped_column(String(64))
    after_hash: Mapped[str | None] = mapped_column(String(64))
    facts: Mapped[dict[str, Any]]
    request_id: Mapped[str | None] = mapped_column(String(36))


def content_hash(facts: Any) -> str:
    """SHA-256 over canonical JSON (sorted keys, UTF-8): the fingerprint of what a person was shown."""
    return hashlib.sha256(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()


def record(
    action: str,
    subject: str,
    *,
    by: "access.Actor | None",
    fair_id: UUID | None = None,
    before: str | None = None,
    after: str | None = None,
    **facts: Any,
) -> None:
    """Write the row of a change. ``before`` and ``after`` are content hashes."""
    db.session.add(
        AuditRow(
            at=now(), action=action, subject=subject, fair_id=fair_id,
            person_id=by.person_id if by else None, organization_id=by.organization_id if by else None,
            before_hash=before, after_hash=after, facts=facts,
            request_id=g.get("request_id") if has_request_context() else None,
        )  # fmt: skip
    )


def record_refusal(error: DomainError) -> None:
    """A refused attempt on a right is kept, in a transaction of its own: what was asked for, never its text."""
    if db.session.info.get("after_commit") is not None:
        return
    actor, path = g.get("actor"), request.path
    if secret := (request.view_args or {}).get("secret"):
        path = path.replace(secret, "…")
    with transaction():
        record("refused", f"route:{request.endpoint}"[:80], by=actor, status=error.status, reason=error.slug, path=path[:200])


def register(app: Flask) -> None:
    problems.refusals.write = record_refusal
