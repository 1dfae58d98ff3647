"""What becomes of threads when an organisation is merged: they move with their rounds, unless both were the two sides of one."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from marketplace.core.db import db
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.negotiations import queries, rules
from marketplace.negotiations.models import STOPPED, Handover, Negotiation, Round, Stage
from marketplace.organizations import merging

SIDES = ("provider_id", "recipient_id", "asked_by_id", "answered_by_id", "move_of_id", "lost_by_id", "paused_by_id")
OPEN = tuple(stage for stage in Stage if stage not in STOPPED | {Stage.SIGNED})


def _between(loser: UUID, winner: UUID) -> ColumnElement[bool]:
    pair = (loser, winner)
    return Negotiation.provider_id.in_(pair) & Negotiation.recipient_id.in_(pair)


def _theirs(loser: UUID, winner: UUID) -> ColumnElement[bool]:
    return or_(Negotiation.provider_id == loser, Negotiation.recipient_id == loser) & ~_between(loser, winner)


def _count(loser: UUID, winner: UUID) -> int:
    return db.session.scalar(select(func.count()).select_from(Negotiation).where(_theirs(loser, winner))) or 0


def _key(negotiation: Negotiation, loser: UUID, winner: UUID) -> str:
    """The name of the pair after the move."""
    provider, recipient = (winner if side == loser else side for side in (negotiation.provider_id, negotiation.recipient_id))
    return rules.pair_key(rules.Sides(provider, recipient), achievement_id=negotiation.achievement_id, need_id=negotiation.need_id)


def _hinders(loser: UUID, winner: UUID) -> Sequence[str]:
    """The two sides of one open deal are two organisations; of two open threads on one pair only one can stay."""
    open_ones = Negotiation.ended_at.is_(None) & Negotiation.stage.in_(OPEN)
    reasons = [
        gettext("They are the two sides of the open negotiation %(reference)s.", reference=row.reference)
        for row in db.session.scalars(select(Negotiation).where(_between(loser, winner), open_ones).order_by(Negotiation.reference))
    ]
    for row in db.session.scalars(select(Negotiation).where(_theirs(loser, winner), Negotiation.open_key.is_not(None)).order_by(Negotiation.reference)):
        other = queries.open_thread(_key(row, loser, winner))
        if other is not None:
            reasons.append(gettext("Both negotiate about the same listing with the same side, in %(one)s and %(other)s: end one of these first.",
                                   one=row.reference, other=other.reference))  # fmt: skip
    return reasons


def _move(loser: UUID, winner: UUID) -> None:
    """Every thread, the ended ones too: who belongs to the winner now goes on reading them."""
    rows = list(db.session.scalars(select(Negotiation).where(_theirs(loser, winner)).order_by(Negotiation.id).with_for_update()))
    for row in rows:
        if row.open_key is not None:
            row.open_key = _key(row, loser, winner)
        for name in SIDES:
            if getattr(row, name) == loser:
                setattr(row, name, winner)
    db.session.flush()
    ids = [row.id for row in rows]
    for model in (Round, Handover):
        moved = update(model).where(model.organization_id == loser, model.negotiation_id.in_(ids)).values(organization_id=winner)
        db.session.execute(moved, execution_options={"synchronize_session": False})


def register() -> None:
    columns = (*(getattr(Negotiation, name) for name in SIDES), Round.organization_id, Handover.organization_id)
    merging.moves(merging.Mover(_l("Negotiations"), columns, _count, _move, _hinders))
