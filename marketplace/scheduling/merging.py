"""What becomes of wishes and plans when an organisation is merged: they move, unless both spoke of the same organisation or each other."""

from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, aliased

from marketplace.core.db import db
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.organizations import merging
from marketplace.scheduling.models import Delegate, MeetingWish, PlannedMeeting

OTHER = aliased(MeetingWish)
SILENT = {"synchronize_session": False}


def _twice(column: InstrumentedAttribute[UUID], loser: UUID, winner: UUID) -> ColumnElement[bool]:
    """Rows of the loser whose like the winner has: the same fair and the same other side. The winner's word stands."""
    name, across = (column.key, "about_organization_id") if column.key == "organization_id" else (column.key, "organization_id")
    like = (OTHER.fair_id == MeetingWish.fair_id) & (getattr(OTHER, name) == winner) & (getattr(OTHER, across) == getattr(MeetingWish, across))
    return (column == loser) & exists(select(OTHER.id).where(like).correlate(MeetingWish))


def _count(loser: UUID, winner: UUID) -> int:
    either = or_(MeetingWish.organization_id == loser, MeetingWish.about_organization_id == loser)
    return db.session.scalar(select(func.count()).select_from(MeetingWish).where(either)) or 0


def _move(loser: UUID, winner: UUID) -> None:
    pair = (loser, winner)
    _forget(MeetingWish.organization_id.in_(pair) & MeetingWish.about_organization_id.in_(pair))
    for column in (MeetingWish.organization_id, MeetingWish.about_organization_id):
        _forget(_twice(column, loser, winner))
        db.session.execute(update(MeetingWish).where(column == loser).values({column.key: winner}), execution_options=SILENT)


def _forget(which: ColumnElement[bool]) -> None:
    ids = list(db.session.scalars(select(MeetingWish.id).where(which)))
    db.session.execute(update(PlannedMeeting).where(PlannedMeeting.wish_id.in_(ids)).values(wish_id=None), execution_options=SILENT)
    db.session.execute(delete(MeetingWish).where(MeetingWish.id.in_(ids)), execution_options=SILENT)


def register() -> None:
    wishes = (MeetingWish.organization_id, MeetingWish.about_organization_id)
    merging.moves(merging.Mover(_l("Wishes to meet"), wishes, _count, _move))
    merging.carries(_l("Who takes meetings"), Delegate.organization_id)
    merging.keeps("a plan says who was to meet when it was made", PlannedMeeting.from_organization_id, PlannedMeeting.to_organization_id)
