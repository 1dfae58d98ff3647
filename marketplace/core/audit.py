"""One audit row for every change of state, in the same transaction and in one hash chain: who, acting for whom, what, when.

Rows wait in the session and are numbered and chained when everything else of the transaction is done: the one row of
`AuditHead` is the last lock that a writer takes, so that writers wait for each other as briefly as possible.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from flask import Flask, g, has_request_context, request
from sqlalchemy import BigInteger, ForeignKey, Index, String, delete, event, insert, select, update
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, SessionTransaction, mapped_column
from sqlalchemy.sql.util import find_tables
from uuid_utils.compat import uuid7

from marketplace.core import access, problems
from marketplace.core.appendonly import append_only
from marketplace.core.audit_chain import GENESIS, plain, row_hash
from marketplace.core.clock import now
from marketplace.core.db import Id, Model, db, transaction
from marketplace.core.errors import DomainError


@append_only
class AuditRow(Model):
    """``seq`` is gapless; ``subject`` is 'contract:<uuid>'; ``facts`` never hold personal data, confidential text or secrets."""

    __tablename__ = "audit_rows"
    __table_args__ = (Index("ix_audit_rows_subject", "subject", "at"),)

    id: Mapped[Id]
    seq: Mapped[int] = mapped_column(BigInteger, unique=True)
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
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Model):
    """The one row that holds the end of the chain; whoever appends locks it."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))


class AuditPersonal(Model):
    """What an audit row tells of a person: outside the hashed body, so that it can be erased."""

    __tablename__ = "audit_personal"

    row_id: Mapped[UUID] = mapped_column(ForeignKey(AuditRow.id), primary_key=True)
    person_id: Mapped[UUID | None] = mapped_column(index=True)
    details: Mapped[dict[str, Any]]


class CheckpointLog(Model):
    """How far a file of signed checkpoints has got, so that lines cut from its end are missed."""

    __tablename__ = "checkpoint_logs"

    id: Mapped[Id]
    lines: Mapped[int]
    seq: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]


ROWS, HEAD, PERSONAL = Model.metadata.tables["audit_rows"], Model.metadata.tables["audit_head"], Model.metadata.tables["audit_personal"]

END_OF_CHAIN = select(HEAD.c.seq, HEAD.c.hash).where(HEAD.c.id == 1).with_for_update()


@event.listens_for(HEAD, "after_create")
def _begin_chain(_table: Any, connection: Any, **_options: Any) -> None:
    connection.execute(insert(HEAD).values(id=1, seq=0, hash=GENESIS))


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
    personal: Mapping[str, Any] | None = None,
    personal_of: UUID | None = None,
    **facts: Any,
) -> None:
    """Write the row of a change; it is chained at the end of the transaction. ``before`` and ``after`` are content hashes.

    ``facts`` are hashed and kept for ever: ids, codes and numbers only. Names, mail addresses and the like go into
    ``personal``, which is erased with the person ``personal_of`` (the acting one unless given). Who acts under a mandate is
    noted with it: the organisation is the one acted for, the facts name the mandate and the agency.
    """
    if by is not None and by.acting is not None and by.acting.mandate_id is not None:
        facts |= {"mandate": str(by.acting.mandate_id), "agency": str(by.acting.agency_id)}
    session = db.session()
    if not session.in_transaction():
        session.begin()  # what waits belongs to a transaction, and ends with it
    row = {
        "id": uuid7(), "at": now(), "action": action, "subject": subject, "fair_id": fair_id,
        "person_id": by.person_id if by else None, "organization_id": by.organization_id if by else None,
        "before_hash": before, "after_hash": after, "facts": plain(facts),
        "request_id": g.get("request_id") if has_request_context() else None,
    }  # fmt: skip
    details = None
    if personal is not None:
        details = {"row_id": row["id"], "person_id": personal_of or row["person_id"], "details": plain(dict(personal))}
    session.info.setdefault("audit", []).append((row, details))


def chain_waiting(session: Session) -> None:
    """Number, hash and insert the rows that wait in the session. Afterwards only the commit should be left to do."""
    if not session.info.get("audit"):
        return
    session.flush()  # every other lock is taken before the head's
    waiting = session.info.pop("audit")
    connection = session.connection()
    seq, prev_hash = connection.execute(END_OF_CHAIN).one()
    rows, personal = [], []
    for row, details in waiting:
        seq += 1
        rows.append(row | {"seq": seq, "prev_hash": prev_hash, "hash": (prev_hash := row_hash(row, seq, prev_hash))})
        if details is not None:
            personal.append(details)
    connection.execute(insert(ROWS), rows)
    if personal:
        connection.execute(insert(PERSONAL), personal)
    connection.execute(update(HEAD).where(HEAD.c.id == 1).values(seq=seq, hash=prev_hash))


@event.listens_for(Session, "before_commit")
def _close(session: Session) -> None:
    if not session.in_nested_transaction():
        chain_waiting(session)


@event.listens_for(Session, "do_orm_execute")
def _read_own_rows(state: ORMExecuteState) -> None:
    """Who reads audit rows sees those of the open transaction too."""
    if state.is_select and state.session.info.get("audit") and ROWS in find_tables(state.statement, check_columns=True, include_selects=True):  # type: ignore[arg-type]
        if state.session.in_nested_transaction():
            raise RuntimeError("audit rows wait for the end of the transaction: read them outside a savepoint")
        chain_waiting(state.session)


@event.listens_for(Session, "after_transaction_create")
def _mark(session: Session, begun: SessionTransaction) -> None:
    if begun.nested:
        session.info.setdefault("audit_marks", {})[begun] = len(session.info.get("audit", ()))


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, ended: SessionTransaction) -> None:
    """A savepoint that is rolled back takes its rows along."""
    if ended.nested and ended in session.info.get("audit_marks", {}):
        del session.info.get("audit", [])[session.info["audit_marks"][ended]:]


@event.listens_for(Session, "after_transaction_end")
def _ended(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:
        session.info.pop("audit", None)
        session.info.pop("audit_marks", None)


def forget_person(person_id: UUID) -> None:
    """Erase what audit rows tell of a person; the rows, their hashes and the person's id stay."""
    waiting = db.session.info.get("audit", [])
    waiting[:] = [(row, None if details and details["person_id"] == person_id else details) for row, details in waiting]
    db.session.execute(delete(AuditPersonal).where(AuditPersonal.person_id == person_id))


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
