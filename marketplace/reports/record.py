"""The panoramic record: published figures, and beside them what our own ledger says where it counts the same."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from marketplace.contracts.models import Contract
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.i18n import language
from marketplace.core.money import format_money
from marketplace.core.shares import in_percent, tenths
from marketplace.fairs.models import Fair
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import Scope, View, Voucher
from marketplace.ledger.queries import Counted
from marketplace.ledger.rules import batch_is_safe
from marketplace.reports.models import OF_SINGLE_DEALS, UNITS, Measure, RecordFigure, Section, Unit


@dataclass(frozen=True, slots=True)
class Ours:
    """What the ledger's public view says in a scope now: ``value`` in ``unit``, a count, minor units of the fair's currency, or
    tenths of a percent. A share ``matches`` when it prints like the published one."""

    scope: Scope
    unit: Unit
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
    asked: dict[str, set[Measure]] = {}
    for figure in figures:
        if figure.ledger_scope and figure.measure is not None:
            asked.setdefault(figure.ledger_scope, set()).add(figure.measure)
    scopes = {scope.code: scope for scope in ledger.scopes(fair.id) if scope.code in asked}
    known = {code: measured(fair, scope, asked[code]) for code, scope in scopes.items()}
    return [Line(figure, _ours(figure, scopes, known)) for figure in figures]


def _ours(figure: RecordFigure, scopes: Mapping[str, Scope], known: Mapping[str, Mapping[Measure, int]]) -> Ours | None:
    code, measure = figure.ledger_scope, figure.measure
    if code is None or measure is None or measure not in known.get(code, {}):
        return None
    value = known[code][measure]
    return Ours(scopes[code], UNITS[measure], value, value == figure.published)


def measured(fair: Fair, scope: Scope, measures: Collection[Measure]) -> dict[Measure, int]:
    """These measures of a scope as the public view has them; those that would tell of a confidential deal are left out."""
    amounts = ledger.total(fair, scope, view=View.PUBLIC).headline.amounts
    found = {Measure.COUNT: amounts.count, Measure.TOTAL: amounts.base_total_minor}
    if OF_SINGLE_DEALS & set(measures):
        found |= _behind(fair, scope)
    return {measure: value for measure, value in found.items() if measure in measures}


def _behind(fair: Fair, scope: Scope) -> dict[Measure, int]:
    counted = ledger.counted(fair, scope, view=View.PUBLIC)
    if not counted:
        return {}
    found: dict[Measure, int] = {}
    first = min(counted, key=lambda each: (each.signed_on, each.seq, each.voucher_id))
    if first.open and first.base_total_minor is not None:
        found[Measure.FIRST] = first.base_total_minor
    high = set(db.session.scalars(select(Contract.id).where(Contract.fair_id == fair.id, Contract.high_tech.is_(True))))
    halves = [[each for each in counted if (each.contract_id in high) is part] for part in (True, False)]
    if not _tells_nobody(fair, halves):
        return found
    count, value = len(halves[0]), sum(each.base_total_minor or 0 for each in halves[0])
    whole = sum(each.base_total_minor or 0 for each in counted)
    found |= {Measure.HIGH_TECH_COUNT: count, Measure.HIGH_TECH_TOTAL: value, Measure.HIGH_TECH_COUNT_SHARE: tenths(count, len(counted))}
    return found | ({Measure.HIGH_TECH_TOTAL_SHARE: tenths(value, whole)} if whole else {})


def _tells_nobody(fair: Fair, parts: Sequence[Sequence[Counted]]) -> bool:
    """Whether a total may be cut into these parts in public: each holds no confidential deal, or enough of them to hide each
    other; and the fair is closed, so that no later part differs from this one by a single deal."""
    hidden = [[each.voucher_id for each in part if not each.open] for part in parts]
    if not any(hidden):
        return True
    parties = {row.id: row.parties for row in db.session.execute(select(Voucher.id, Voucher.parties).where(Voucher.id.in_(sum(hidden, []))))}
    return fair.closed_at is not None and all(not part or batch_is_safe([parties[key] for key in part]) for part in hidden)


def in_words(line: Line, currency: str) -> str:
    """Our own figure as people read it; empty where there is none."""
    ours = line.ours
    if ours is None:
        return ""
    if ours.unit is Unit.COUNT:
        return f"{ours.value:,}"
    return f"{in_percent(ours.value)} %" if ours.unit is Unit.SHARE else format_money(ours.value, currency, locale=language())


def by_section(found: Sequence[Line]) -> dict[Section, list[Line]]:
    """The lines of each section that has any, in the order of the sections."""
    return {section: mine for section in Section if (mine := [line for line in found if line.figure.section is section])}
