"""Reading fairs: the current one, one by its slug, all of them."""

from uuid import UUID

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.fairs.models import Fair, Segment


def current() -> Fair | None:
    """The fair that the public pages show."""
    return db.session.scalar(select(Fair).where(Fair.current))


def by_slug(slug: str) -> Fair:
    """Raises NotFound."""
    fair = db.session.scalar(select(Fair).where(Fair.slug == slug))
    if fair is None:
        raise NotFound()
    return fair


def get(fair_id: UUID) -> Fair:
    """Raises NotFound."""
    fair = db.session.get(Fair, fair_id)
    if fair is None:
        raise NotFound()
    return fair


def everyone() -> list[Fair]:
    """All fairs, the latest first."""
    return list(db.session.scalars(select(Fair).order_by(Fair.opens_on.desc(), Fair.slug)))


def segments(fair: Fair) -> list[Segment]:
    return list(db.session.scalars(select(Segment).where(Segment.fair_id == fair.id).order_by(Segment.position)))
