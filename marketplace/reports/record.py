"""The panoramic record: published figures, and beside them what our own ledger says where it counts the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.fairs.models import Fair
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import Scope, View
from marketplace.reports.models import Measure, RecordFigure, Section


@dataclass(frozen=True, slots=True)
class Ours:
    """What the ledger's public view says in a scope now: ``value`` is a count, or minor units of the fair's currency."""

    scope: Scope
    value: int
    matches: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A published figure; ``ours`` is None where the ledger does not count it."""

    figure: RecordFigure
    ours: Ours | None


def publish(fair: Fair, figures: Sequence[Mapping[str, Any]], *, by: Actor) -> None:
    """These figures, in this order, become the fair's record; the ones before go. Rows are by column of `RecordFigure`.

    Raises Forbidden.
    """
    by.require("fairs.manage", fair_id=fair.id)
    db.session.execute(delete(RecordFigure).where(RecordFigure.fair_id == fair.id))
    for position, row in enumerate(figures, start=1):
        measure = row.get("measure")
        values = {**row, "section": Section(row["section"]), "measure": Measure(measure) if measure else None}
        db.session.add(RecordFigure(fair_id=fair.id, position=position, **values))
    audit.record("reports.record", f"fair:{fair.id}", by=by, fair_id=fair.id, after=audit.content_hash([dict(row) for row in figures]))
    db.session.flush()


def exists(fair: Fair) -> bool:
    """Whether figures of this fair were published."""
    return db.session.scalar(select(RecordFigure.id).where(RecordFigure.fair_id == fair.id).limit(1)) is not None


def lines(fair: Fair) -> list[Line]:
    """The record in the order of its page, with the ledger's own figures. Read it inside one snapshot."""
    figures = list(db.session.scalars(select(RecordFigure).where(RecordFigure.fair_id == fair.id).order_by(RecordFigure.position)))
    codes = {figure.ledger_scope for figure in figures if figure.ledger_scope}
    totals = {scope.code: ledger.total(fair, scope, view=View.PUBLIC) for scope in ledger.scopes(fair.id) if scope.code in codes}
    found = []
    for figure in figures:
        total = totals.get(figure.ledger_scope or "")
        ours = None
        if total is not None and figure.measure is not None:
            amounts = total.headline.amounts
            value = amounts.count if figure.measure is Measure.COUNT else amounts.base_total_minor
            ours = Ours(total.scope, value, value == figure.published)
        found.append(Line(figure, ours))
    return found


def by_section(found: Sequence[Line]) -> dict[Section, list[Line]]:
    """The lines of each section that has any, in the order of the sections."""
    return {section: mine for section in Section if (mine := [line for line in found if line.figure.section is section])}
