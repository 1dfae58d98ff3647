"""Reading fairs: the current one, one by its slug, all of them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.fairs.models import Fair, Segment, Staff

BY_DAY: Sequence[InstrumentedAttribute[Any]] = (Fair.opens_on, Fair.id)


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


def listed() -> Select[Any]:
    """All fairs, for a paged list in the order of `BY_DAY`."""
    return select(Fair)


def everyone() -> list[Fair]:
    """All fairs, the latest first."""
    return list(db.session.scalars(select(Fair).order_by(*(key.desc() for key in BY_DAY))))


def open_now() -> list[Fair]:
    """The fairs that are not closed, the latest first: where a listing can be asked about."""
    return [fair for fair in everyone() if fair.closed_at is None]


def segments(fair: Fair) -> list[Segment]:
    return list(db.session.scalars(select(Segment).where(Segment.fair_id == fair.id).order_by(Segment.position)))


def managed_by(by: Actor) -> list[Fair]:
    """The fairs whose settings and staff the person may change, the latest first."""
    everywhere = by.admin and by.may("fairs.manage")
    return [fair for fair in everyone() if everywhere or by.may("fairs.manage", fair_id=fair.id)]


def staff(fair: Fair) -> list[tuple[Staff, Person]]:
    """Who works at the fair now, by role and name."""
    rows = db.session.execute(
        select(Staff, Person)
        .join(Person, Person.id == Staff.person_id)
        .where(Staff.fair_id == fair.id, Staff.ended_at.is_(None))
        .order_by(Staff.role, Person.name, Staff.id)
    )
    return [(row, person) for row, person in rows]
