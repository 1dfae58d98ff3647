"""How the agencies of a deal share its credit: proposals, their shares, and who of the parties concerned agreed."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.contracts.models import Contract
from marketplace.core.appendonly import append_only
from marketplace.core.db import Id, Model
from marketplace.fairs.models import Fair
from marketplace.organizations.models import Organization

WHOLE_BP = 10_000
"""100 % in hundredths of a percent."""


class SplitStatus(StrEnum):
    PROPOSED = "proposed"
    AGREED = "agreed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    REPLACED = "replaced"


_S = SplitStatus
SPLIT_MOVES: dict[SplitStatus, set[SplitStatus]] = {
    _S.PROPOSED: {_S.AGREED, _S.DECLINED, _S.WITHDRAWN, _S.LAPSED},
    _S.AGREED: {_S.REPLACED, _S.LAPSED},  # neither once it is frozen
    _S.DECLINED: set(),
    _S.WITHDRAWN: set(),
    _S.LAPSED: set(),
    _S.REPLACED: set(),
}


class Split(Model):
    """One proposal of how the agencies share the credit of a contract. ``content_hash`` is of its shares: who agrees names it.

    *Lapsed*: the contract was voided, or its parties changed, before it was frozen. ``frozen_at``: the contract is verified and
    the split counts; nothing changes it any more.
    """

    __tablename__ = "credit_splits"
    __table_args__ = (
        UniqueConstraint("contract_id", "number"),
        Index(
            "uq_credit_splits_proposed", "contract_id", unique=True,
            sqlite_where=text("status = 'proposed'"), postgresql_where=text("status = 'proposed'"),
        ),
        Index(
            "uq_credit_splits_agreed", "contract_id", unique=True,
            sqlite_where=text("status = 'agreed'"), postgresql_where=text("status = 'agreed'"),
        ),
        Index("ix_credit_splits_fair", "fair_id", "status"),
        CheckConstraint("(status = 'proposed') = (settled_at IS NULL)", "settled"),
        CheckConstraint("frozen_at IS NULL OR status = 'agreed'", "frozen"),
    )  # fmt: skip

    id: Mapped[Id]
    contract_id: Mapped[UUID] = mapped_column(ForeignKey(Contract.id))
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    number: Mapped[int]
    status: Mapped[SplitStatus]
    note: Mapped[str | None] = mapped_column(String(500))
    content_hash: Mapped[str] = mapped_column(String(64))
    proposed_by_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    proposed_by_person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    proposed_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    frozen_at: Mapped[datetime | None]


@append_only
class Share(Model):
    """What one agency gets of a split, in hundredths of a percent; the shares of a split add up to `WHOLE_BP`."""

    __tablename__ = "credit_shares"
    __table_args__ = (
        UniqueConstraint("split_id", "position"),
        UniqueConstraint("split_id", "organization_id"),
        CheckConstraint("share_bp BETWEEN 1 AND 10000", "share"),
        Index("ix_credit_shares_organization_id", "organization_id"),
    )

    id: Mapped[Id]
    split_id: Mapped[UUID] = mapped_column(ForeignKey(Split.id))
    position: Mapped[int]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    share_bp: Mapped[int]


@append_only
class SplitAnswer(Model):
    """What one organisation concerned said of a split: once, yes or no."""

    __tablename__ = "credit_answers"
    __table_args__ = (UniqueConstraint("split_id", "organization_id"), CheckConstraint("agreed OR reason IS NOT NULL", "reason"))

    id: Mapped[Id]
    split_id: Mapped[UUID] = mapped_column(ForeignKey(Split.id))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    agreed: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(String(500))
    at: Mapped[datetime]
