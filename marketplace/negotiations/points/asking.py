"""Before a side agrees or hands over: what both wrote down as open is named, and going on over it is a decision of its own."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.errors import DomainError, FieldError
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.negotiations.points.models import Point, PointStatus


class PointsOpen(DomainError):
    """Points are not settled: the same again with ``accept_open_points`` goes on."""

    slug, title = "open-points", _l("Points are still open")
    text = _l("Points of this negotiation are not settled yet. Settle them, or send it again with accept_open_points to go on all the same.")


def unsettled(negotiation_id: UUID) -> Sequence[Point]:
    """The points of a thread that are open or answered, in the order of their numbers."""
    query = select(Point).where(Point.negotiation_id == negotiation_id, Point.status != PointStatus.SETTLED)
    return db.session.scalars(query.order_by(Point.number)).all()


def check(negotiation_id: UUID, *, accepted: bool) -> None:
    """Raises PointsOpen, which names each point that is not settled, unless the side goes on over them knowingly."""
    found = [] if accepted else unsettled(negotiation_id)
    if found:
        raise PointsOpen(errors=tuple(
            FieldError(
                "/accept_open_points", "point_open",
                gettext("Point %(number)s is not settled: %(point)s", number=point.number, point=point.text),
            ) for point in found
        ))  # fmt: skip
