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
    """What of the ledger's headline a published figure is compared with."""

    COUNT = "count"
    TOTAL = "total"


class RecordFigure(Model):
    """One figure as it was published. Where the ledger counts the same, ``measure`` says what, ``ledger_scope`` in which
    scope, and ``published`` the exact number: a count, or minor units of the fair's currency."""

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
