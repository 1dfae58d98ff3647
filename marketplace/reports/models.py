"""The panoramic record of a fair: figures as they were published, each with its scope and source."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Id, Model
from marketplace.fairs.models import Fair


class Section(StrEnum):
    """Parts of the record, in the order of the page."""

    OFFERED = "offered"
    DEALS = "deals"
    PEOPLE = "people"
    PROGRAMME = "programme"
    DISPLAY = "display"
    RELEASED = "released"
    AUDIENCE = "audience"


class Measure(StrEnum):
    """What of the ledger a published figure is compared with: the headline of a scope, the part of it that is high technology
    (by contracts and by value, and both as shares), or its first deal."""

    COUNT = "count"
    TOTAL = "total"
    HIGH_TECH_COUNT = "high_tech_count"
    HIGH_TECH_TOTAL = "high_tech_total"
    HIGH_TECH_COUNT_SHARE = "high_tech_count_share"
    HIGH_TECH_TOTAL_SHARE = "high_tech_total_share"
    FIRST = "first"


class Unit(StrEnum):
    """What the number of a measure is: contracts, minor units of the fair's currency, or tenths of a percent."""

    COUNT = "count"
    AMOUNT = "amount"
    SHARE = "share"


UNITS: dict[Measure, Unit] = {
    Measure.COUNT: Unit.COUNT,
    Measure.TOTAL: Unit.AMOUNT,
    Measure.HIGH_TECH_COUNT: Unit.COUNT,
    Measure.HIGH_TECH_TOTAL: Unit.AMOUNT,
    Measure.HIGH_TECH_COUNT_SHARE: Unit.SHARE,
    Measure.HIGH_TECH_TOTAL_SHARE: Unit.SHARE,
    Measure.FIRST: Unit.AMOUNT,
}
OF_SINGLE_DEALS = frozenset(UNITS) - {Measure.COUNT, Measure.TOTAL}
"""Measures that look behind the headline at its contracts."""


class RecordFigure(Model):
    """One figure as it was published. Where the ledger counts the same, ``measure`` says what, ``ledger_scope`` in which
    scope, and ``published`` the exact number in the measure's unit (`UNITS`)."""

    __tablename__ = "record_figures"
    __table_args__ = (
        UniqueConstraint("fair_id", "position"),
        CheckConstraint("(measure IS NULL) = (published IS NULL) AND (measure IS NULL) = (ledger_scope IS NULL)", "compared"),
    )

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    position: Mapped[int]
    section: Mapped[Section]
    label_en: Mapped[str] = mapped_column(String(200))
    label_zh: Mapped[str] = mapped_column(String(200))
    value_en: Mapped[str] = mapped_column(String(120))
    value_zh: Mapped[str] = mapped_column(String(120))
    scope_en: Mapped[str] = mapped_column(String(200))
    scope_zh: Mapped[str] = mapped_column(String(200))
    source_en: Mapped[str] = mapped_column(String(200))
    source_zh: Mapped[str] = mapped_column(String(200))
    measure: Mapped[Measure | None]
    ledger_scope: Mapped[str | None] = mapped_column(String(40))
    published: Mapped[int | None] = mapped_column(BigInteger)
