"""Who reads what an organisation is told of its pitch: who presents while they belong to it, else those who act for it."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import or_, select, tuple_

from marketplace.accounts.models import Person
from marketplace.core.db import db
from marketplace.organizations import mandates
from marketplace.organizations.models import Mandate, Membership, Role

Presenter = tuple[UUID, UUID]
"""An organisation, and the person who presents (or applied) for it."""
MOST_READERS = 20


def of(presenters: Collection[Presenter]) -> Mapping[Presenter, Sequence[Person]]:
    """By presenter who is written to: the person, as long as they belong to the organisation or to an agency with its mandate and may
    sign in; where they do not, the owners and editors of the organisation. Nobody else's mail has what concerns it. Two queries."""
    wanted = set(presenters)
    if not wanted:
        return {}
    organizations = {organization_id for organization_id, _ in wanted}
    standing = (Membership.ended_at.is_(None), Person.disabled_at.is_(None))
    members = (
        select(Membership.organization_id, Membership.role, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.organization_id.in_(organizations), *standing,
            or_(Membership.role.in_([Role.OWNER, Role.EDITOR]), tuple_(Membership.organization_id, Person.id).in_(sorted(wanted))),
        )
        .order_by(Person.id)
    )  # fmt: skip
    present: dict[Presenter, Person] = {}
    acting: dict[UUID, list[Person]] = {}
    for organization_id, role, person in db.session.execute(members):
        present[(organization_id, person.id)] = person
        if role in (Role.OWNER, Role.EDITOR):
            acting.setdefault(organization_id, []).append(person)
    mandated = (
        select(Mandate.principal_id, Person)
        .join(Membership, Membership.organization_id == Mandate.agency_id)
        .join(Person, Person.id == Membership.person_id)
        .where(mandates.running(), *standing, tuple_(Mandate.principal_id, Person.id).in_(sorted(wanted)))
    )
    for organization_id, person in db.session.execute(mandated):
        present.setdefault((organization_id, person.id), person)
    return {each: [present[each]] if each in present else acting.get(each[0], [])[:MOST_READERS] for each in wanted}
