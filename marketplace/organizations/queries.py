"""Reading organisations: the public directory, the queue of approvers, one's own, and who belongs to it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.organizations import events
from marketplace.organizations.models import Invitation, Mandate, Membership, Organization, Role, Status
from marketplace.organizations.rules import fold_name

BY_NAME: Sequence[InstrumentedAttribute[Any]] = (Organization.name_key, Organization.id)
BY_AGE: Sequence[InstrumentedAttribute[Any]] = (Organization.created_at, Organization.id)


def sees(organization: Organization, by: Actor | None) -> bool:
    """Whether it is open to the reader: approved ones to everybody, others to who acts for it and to who approves."""
    if organization.status is Status.APPROVED:
        return True
    return by is not None and (belongs(organization.id, by) or by.may("organizations.approve"))


def belongs(organization_id: UUID, by: Actor | None) -> bool:
    """Whether the reader acts for this organisation now."""
    return by is not None and by.organization_id == organization_id and by.may("organizations.read")


def shown(key: UUID | str, *, by: Actor | None) -> Organization:
    """One organisation by id or slug. Raises NotFound, the same for an unknown one and for one not open to the reader."""
    column = Organization.slug if isinstance(key, str) else Organization.id
    organization = db.session.scalar(select(Organization).where(column == key))
    if organization is None or not sees(organization, by):
        raise NotFound()
    return organization


def by_slug(slug: str) -> Organization:
    """Whatever its status: for commands. Raises NotFound."""
    organization = db.session.scalar(select(Organization).where(Organization.slug == slug))
    if organization is None:
        raise NotFound()
    return organization


def current(organization_id: UUID) -> UUID:
    """The organisation, or the one that it was merged into."""
    merged_into = db.session.scalar(select(Organization.merged_into_id).where(Organization.id == organization_id))
    return merged_into or organization_id


def moved(key: UUID | str, *, by: Actor | None) -> Organization | None:
    """Where an old address leads: the organisation that one of this id or slug was merged into, if the reader may see it."""
    column = Organization.slug if isinstance(key, str) else Organization.id
    merged = select(Organization.merged_into_id).where(column == key, Organization.merged_into_id.is_not(None))
    found = db.session.scalar(select(Organization).where(Organization.id == merged.scalar_subquery()))
    return found if found is not None and sees(found, by) else None


def belonged_to(person_id: UUID, *, since: datetime) -> list[Organization]:
    """Every organisation that the person belonged to at some time since a moment, or could act for under a mandate: leaving one
    does not undo having been there. Those merged into one of them stand for it.
    """
    there = or_(Membership.ended_at.is_(None), Membership.ended_at >= since)
    mine = select(Membership.organization_id).where(Membership.person_id == person_id, there)
    mandated = select(Mandate.principal_id).where(
        Mandate.agency_id.in_(mine), Mandate.accepted_at.is_not(None), Mandate.ends_on >= since.date(),
        or_(Mandate.ended_at.is_(None), Mandate.ended_at >= since),
    )  # fmt: skip
    now_or_then = or_(Organization.id.in_(mine), Organization.id.in_(mandated))
    merged = or_(Organization.merged_into_id.in_(mine), Organization.merged_into_id.in_(mandated))
    return list(db.session.scalars(select(Organization).where(or_(now_or_then, merged))))


def own(organization_id: UUID, *, by: Actor, lock: bool = False) -> Organization:
    """The organisation that the reader acts for. Raises NotFound for every other one."""
    if not belongs(organization_id, by):
        raise NotFound()
    return db.session.get_one(Organization, organization_id, with_for_update=lock, populate_existing=lock)


def directory(
    *, status: Status = Status.APPROVED, kind: str | None = None, country: str | None = None, q: str | None = None,
    verified: str | None = None, field: str | None = None,
) -> Select[Any]:  # fmt: skip
    """Organisations of a status, without merged ones; ``q`` is part of a name, in either language, in any case and spelling.

    ``verified`` is "true" or "false", ``field`` a technology field in which they publicly offer or seek something.
    """
    query = select(Organization).where(Organization.status == status, Organization.merged_into_id.is_(None))
    if kind:
        query = query.where(Organization.kind == kind)
    if country:
        query = query.where(Organization.country == country)
    if verified is not None:
        query = query.where(Organization.verified_at.is_not(None) if verified == "true" else Organization.verified_at.is_(None))
    if field:
        query = query.where(or_(*(Organization.id.in_(active(field)) for active in events.ACTIVE_IN)))
    if q:
        folded = fold_name(q)
        keys = (Organization.name_key, Organization.other_name_key) if folded else ()
        query = query.where(or_(
            *(name.icontains(q, autoescape=True) for name in (Organization.name_en, Organization.name_zh)),
            *(key.contains(folded, autoescape=True) for key in keys),
        ))  # fmt: skip
    return query


def countries() -> list[str]:
    """The countries that approved organisations are from."""
    return list(db.session.scalars(select(Organization.country).where(Organization.status == Status.APPROVED).distinct()))


def members(organization: Organization, *, by: Actor) -> Sequence[tuple[Membership, Person]]:
    """Who belongs to it now, the longest first; only for those who belong to it themselves. Raises NotFound."""
    if not belongs(organization.id, by):
        raise NotFound()
    rows = db.session.execute(
        select(Membership, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.organization_id == organization.id, Membership.ended_at.is_(None))
        .order_by(Membership.created_at, Membership.id)
    )
    return [(membership, person) for membership, person in rows]


def owners(organization_id: UUID) -> list[Person]:
    """The people who answer for it, or for the one it was merged into; mails about it go to them."""
    here = and_(Organization.id == organization_id, Membership.organization_id == func.coalesce(Organization.merged_into_id, Organization.id))
    query = select(Person).join(Membership, Membership.person_id == Person.id).join(Organization, here)
    return list(db.session.scalars(query.where(
        Membership.ended_at.is_(None), Membership.role == Role.OWNER,
        Person.disabled_at.is_(None),
    ).order_by(Membership.created_at)))  # fmt: skip


def open_invitations(organization: Organization, *, by: Actor) -> list[Invitation]:
    """Invitations that can still be accepted, the newest first; for owners. Raises NotFound, Forbidden."""
    if not belongs(organization.id, by):
        raise NotFound()
    by.require("organizations.manage")
    return list(db.session.scalars(
        select(Invitation).where(Invitation.organization_id == organization.id, *still_open()).order_by(Invitation.created_at.desc())
    ))  # fmt: skip


def still_open() -> tuple[Any, ...]:
    return (Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None), Invitation.expires_at > now())
