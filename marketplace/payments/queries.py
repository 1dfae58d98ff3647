"""Reading fees: one's own organisation's, and those of the fairs that one may refund for."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.organizations.models import Organization
from marketplace.payments.models import Fee, FeeStatus


def visible(by: Actor) -> ColumnElement[bool]:
    """What this person may see: fees of the organisation they act for, and of fairs where they may refund."""
    own = Fee.organization_id == by.organization_id if by.acting else Fee.id.is_(None)
    return or_(own, Fee.fair_id.in_(by.fairs_where("payments.refund")))


def get(fee_id: UUID, *, by: Actor) -> Fee:
    """Raises NotFound."""
    fee = db.session.scalar(select(Fee).where(Fee.id == fee_id, visible(by)))
    if fee is None:
        raise NotFound()
    return fee


def own(by: Actor) -> Select[Fee]:
    """The fees of the organisation they act for."""
    return select(Fee).where(Fee.organization_id == by.organization_id)


def of_fair(fair_id: UUID, *, by: Actor) -> Select[Fee]:
    """Raises Forbidden when they may not refund there."""
    by.require("payments.refund", fair_id=fair_id)
    return select(Fee).where(Fee.fair_id == fair_id)


def waiting_for_payment(by: Actor) -> int:
    """How many fees the organisation one acts for can still pay."""
    return _count(own(by).where(Fee.status == FeeStatus.HELD))


def needing_a_look(by: Actor) -> int:
    """How many fees Stripe refused to open or to give back, in the fairs where one may refund."""
    mine = by.fairs_where("payments.refund")
    return _count(select(Fee).where(Fee.fair_id.in_(mine), Fee.status == FeeStatus.FAILED, Fee.paid_at.is_not(None)))


def _count(query: Select[Fee]) -> int:
    return db.session.scalar(query.with_only_columns(func.count())) or 0


def payers(fees: Sequence[Fee]) -> dict[UUID, Organization]:
    """The organisations of these fees, by id."""
    ids = {fee.organization_id for fee in fees}
    return {row.id: row for row in db.session.scalars(select(Organization).where(Organization.id.in_(ids)))}


def lapsed(moment: datetime, *, most: int = 100) -> list[UUID]:
    """Held longer than promised."""
    query = select(Fee.id).where(Fee.status == FeeStatus.HELD, Fee.held_until <= moment)
    return list(db.session.scalars(query.order_by(Fee.held_until).limit(most)))


def unsettled(*, older_than: timedelta, most: int = 50) -> list[Fee]:
    """Fees about which only Stripe knows more: an open Checkout that is no news any more, or a refund under way."""
    moment = now() - older_than
    waiting = and_(
        Fee.checkout_id.is_not(None),
        Fee.closed_at.is_(None),
        Fee.status.in_([FeeStatus.HELD, FeeStatus.RELEASED, FeeStatus.FAILED]),
    )
    query = select(Fee).where(or_(waiting, Fee.status == FeeStatus.REFUND_DUE), Fee.created_at <= moment)
    return list(db.session.scalars(query.order_by(Fee.created_at).limit(most)))
