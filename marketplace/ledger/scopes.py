"""Scopes: defining a counting rule, and a newer number of one. Old numbers keep their totals."""

from datetime import date

from sqlalchemy import delete, select, update

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.i18n import gettext
from marketplace.fairs.models import Fair
from marketplace.ledger import publishing, queries, storing, writing
from marketplace.ledger.models import Balance, ContractClass, Scope, View
from marketplace.taxonomy.vocabularies import DEAL_KINDS

PLACES = ("at_fair", "before", "after")


def define(
    fair: Fair, code: str, *, name_en: str, name_zh: str, kinds: list[str], places: list[str],
    first: date | None, last: date | None, headline: bool, by: Actor | None,
) -> Scope:  # fmt: skip
    """A new scope, or the next number of an existing code; with ``headline`` it becomes the fair's. Raises Invalid (also when
    its public total would reveal a confidential deal), Forbidden.

    Its balances are computed from all postings so far, in the same transaction.
    """
    if by is not None:
        by.require("ledger.scopes", fair_id=fair.id)
    if first and last and last < first:
        raise Invalid.field("last", "days_order", gettext("The last day is before the first."))
    head = writing.lock_head(fair.id)
    newest = db.session.scalar(select(Scope.number).where(Scope.fair_id == fair.id, Scope.code == code).order_by(Scope.number.desc()).limit(1))
    was_headline = db.session.scalar(select(Scope.id).where(Scope.fair_id == fair.id, Scope.code == code, Scope.headline)) is not None
    headline = headline or was_headline  # a fair always has one: a newer number of it takes its place
    db.session.execute(
        update(Scope).where(Scope.fair_id == fair.id, Scope.code == code, Scope.retired_at.is_(None)).values(retired_at=now(), headline=False)
    )
    if headline:
        db.session.execute(update(Scope).where(Scope.fair_id == fair.id, Scope.headline).values(headline=False))
    rule = {
        "kinds": sorted(kinds), "classes": [ContractClass.CONTRACT.value], "places": sorted(places),
        "from": first.isoformat() if first else None, "to": last.isoformat() if last else None,
    }  # fmt: skip
    scope = Scope(
        fair_id=fair.id, code=code, number=(newest or 0) + 1, name_en=name_en, name_zh=name_zh, rule=rule, headline=headline, created_at=now()
    )
    db.session.add(scope)
    db.session.flush()
    if not publishing.reveals_nobody(fair, head.batch, writing.live_scopes(fair.id)):
        raise Invalid.field(
            "kinds", "scope_reveals", gettext("In public this rule would tell single confidential deals apart from the others. Make it wider.")
        )
    if head.seq:
        for view in View:
            lines = queries.lines_until(fair, head.seq if view is View.STAFF else head.public_seq, view)
            storing.add_to_balances(writing.effects_of(lines, [(scope.id, rule)], view, fair))
    audit.record("ledger.scope", f"scope:{scope.id}", by=by, fair_id=fair.id, code=code, number=scope.number, headline=headline)
    return scope


def on_fair_created(_sender: object, *, fair: Fair, by: Actor | None) -> None:
    """Every fair begins with one scope that takes everything in, as its headline."""
    define(
        fair, "all", name_en="All contracts of the fair", name_zh="本届全部合同", kinds=list(DEAL_KINDS.codes), places=list(PLACES),
        first=None, last=None, headline=True, by=None,
    )  # fmt: skip


def rebuild_balances(fair: Fair) -> int:
    """Recompute every balance of a fair from its postings; returns how many scopes."""
    head = writing.lock_head(fair.id)
    scopes = writing.live_scopes(fair.id)
    db.session.execute(delete(Balance).where(Balance.scope_id.in_([scope_id for scope_id, _ in scopes])))
    for view in View:
        lines = queries.lines_until(fair, head.seq if view is View.STAFF else head.public_seq, view)
        storing.add_to_balances(writing.effects_of(lines, scopes, view, fair))
    return len(scopes)
