"""What the two sides of a contract were asked, what they answered, where they differ, and the public code of a verified one."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Person
from marketplace.contracts.amending import Amendment
from marketplace.contracts.models import Contract
from marketplace.core.appendonly import append_only
from marketplace.core.db import Id, Model
from marketplace.fairs.models import Fair
from marketplace.organizations.models import Organization

ERASED = "–"


class Side(StrEnum):
    """Party A is the provider, party B the recipient; where several stand on one side, they answer as one."""

    PROVIDER = "provider"
    RECIPIENT = "recipient"


class RequestStatus(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


MOVES: dict[RequestStatus, set[RequestStatus]] = {
    RequestStatus.OPEN: {RequestStatus.ANSWERED, RequestStatus.SUPERSEDED, RequestStatus.WITHDRAWN},
    RequestStatus.ANSWERED: {RequestStatus.SUPERSEDED},
    RequestStatus.SUPERSEDED: set(),
    RequestStatus.WITHDRAWN: set(),
}


class Settled(StrEnum):
    """How a mismatch ended: by an edit or amendment, by a note, by another answer of the same side, or with the contract."""

    EDIT = "edit"
    NOTE = "note"
    NEW_ANSWER = "new_answer"
    ENDED = "ended"


class Request(Model):
    """One side, asked about one content. ``facts`` are the seven facts exactly as they were put before that side.

    The link's secret is stored as a hash only; the link lives until ``expires_at``, the question until it is answered.
    ``amendment_id`` where the content is only proposed.
    """

    __tablename__ = "confirmation_requests"
    __table_args__ = (
        Index(
            "uq_confirmation_requests_open", "contract_id", "side", "content_hash", unique=True,
            sqlite_where=text("status = 'open'"), postgresql_where=text("status = 'open'"),
        ),
        Index("ix_confirmation_requests_contract_id", "contract_id", "status"),
    )  # fmt: skip

    id: Mapped[Id]
    contract_id: Mapped[UUID] = mapped_column(ForeignKey(Contract.id))
    amendment_id: Mapped[UUID | None] = mapped_column(ForeignKey(Amendment.id))
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    side: Mapped[Side]
    content_hash: Mapped[str] = mapped_column(String(64))
    facts: Mapped[dict[str, Any]]
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str | None] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(2))
    status: Mapped[RequestStatus]
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


@append_only
class Answer(Model):
    """What one side said. ``corrections`` is {fact: value} of the facts that it says are otherwise; empty: all seven are right.

    ``show_*``: what it allows to be shown to who checks the public code. Who answers stands beside it (`Answerer`), so that a
    person can be erased and the answer stays.
    """

    __tablename__ = "confirmation_answers"
    __table_args__ = (UniqueConstraint("request_id"), Index("ix_confirmation_answers_contract_id", "contract_id", "content_hash"))

    id: Mapped[Id]
    request_id: Mapped[UUID] = mapped_column(ForeignKey(Request.id))
    contract_id: Mapped[UUID] = mapped_column(ForeignKey(Contract.id))
    side: Mapped[Side]
    content_hash: Mapped[str] = mapped_column(String(64))
    corrections: Mapped[dict[str, Any]]
    show_names: Mapped[bool]
    show_title: Mapped[bool]
    show_amount: Mapped[bool]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organization.id))
    answered_at: Mapped[datetime]
    answerer: Mapped["Answerer | None"] = relationship(lazy="joined", passive_deletes="all")

    @property
    def name(self) -> str:
        return self.answerer.name if self.answerer else ERASED

    @property
    def position(self) -> str:
        return self.answerer.position if self.answerer else ERASED


class Answerer(Model):
    """Name and position of who gave an answer, as they typed them; the row goes when they are erased."""

    __tablename__ = "confirmation_answerers"

    answer_id: Mapped[UUID] = mapped_column(ForeignKey(Answer.id), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    position: Mapped[str] = mapped_column(String(120))


class Mismatch(Model):
    """An answer that differs from what the desk logged. It is settled, never deleted."""

    __tablename__ = "mismatches"
    __table_args__ = (UniqueConstraint("answer_id"), Index("ix_mismatches_open", "fair_id", "settled_at", "opened_at"))

    id: Mapped[Id]
    answer_id: Mapped[UUID] = mapped_column(ForeignKey(Answer.id))
    contract_id: Mapped[UUID] = mapped_column(ForeignKey(Contract.id), index=True)
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    content_hash: Mapped[str] = mapped_column(String(64))
    opened_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    settled_how: Mapped[Settled | None]
    note: Mapped[str | None] = mapped_column(String(1000))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class FairRule(Model):
    """Whether a fair verifies only what both sides have confirmed; without a row it does not ask for it."""

    __tablename__ = "confirmation_rules"

    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id), primary_key=True)
    both_confirm: Mapped[bool]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


@append_only
class Code(Model):
    """The public code of a contract, made when it was verified; it stays the same for ever."""

    __tablename__ = "verification_codes"
    __table_args__ = (UniqueConstraint("contract_id"),)

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(13), unique=True)
    contract_id: Mapped[UUID] = mapped_column(ForeignKey(Contract.id))
    verified_on: Mapped[date]
    made_at: Mapped[datetime]
