"""Who may be told something now: members of approved organisations, people who are not disabled, pairs that nobody put away."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.accounts.models import Person
from marketplace.alerts import rules
from marketplace.alerts.models import AlertReader, Frequency, Least, MatchAlert
from marketplace.core.db import db
from marketplace.matching.models import MatchVerdict, Verdict
from marketplace.matching.strength import FAIR, GOOD
from marketplace.organizations.models import Membership, Organization, Status

LEAST = {Least.ANY: 0, Least.FAIR: FAIR, Least.STRONG: GOOD}


@dataclass(frozen=True, slots=True)
class Listener:
    """A member who hears of new matches of one organisation, of those of a ``strength`` or more."""

    person_id: UUID
    organization_id: UUID
    frequency: Frequency
    strength: int
    stopped: bool


def belongs(person_id: InstrumentedAttribute[UUID], organization_id: InstrumentedAttribute[UUID | None]) -> ColumnElement[bool]:
    """For queries: the person acts for no organisation here, or belongs to that one, which is approved."""
    member = (
        exists()
        .where(Membership.person_id == person_id, Membership.organization_id == organization_id, Membership.ended_at.is_(None))
        .where(Organization.id == Membership.organization_id, Organization.status == Status.APPROVED)
    )
    return or_(organization_id.is_(None), member)


def listeners(organization_ids: Collection[UUID]) -> dict[UUID, list[Listener]]:
    """By organisation: its members who want to hear of new matches. One query."""
    query = (
        select(Membership.person_id, Membership.organization_id, Membership.role, MatchAlert.frequency, MatchAlert.least, AlertReader.stopped_at)
        .join(Organization, Organization.id == Membership.organization_id)
        .join(Person, Person.id == Membership.person_id)
        .outerjoin(MatchAlert, and_(MatchAlert.person_id == Membership.person_id, MatchAlert.organization_id == Membership.organization_id))
        .outerjoin(AlertReader, AlertReader.person_id == Membership.person_id)
        .where(Membership.organization_id.in_(organization_ids), Membership.ended_at.is_(None))
        .where(Organization.status == Status.APPROVED, Person.disabled_at.is_(None))
    )
    found: dict[UUID, list[Listener]] = {}
    for row in db.session.execute(query):
        frequency = row.frequency or rules.DEFAULT[row.role]
        if frequency is not Frequency.NEVER:
            least = LEAST[row.least or Least.ANY]
            one = Listener(row.person_id, row.organization_id, frequency, least, row.stopped_at is not None)
            found.setdefault(row.organization_id, []).append(one)
    return found


def dismissed(organization_ids: Collection[UUID], pairs: Collection[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID, UUID]]:
    """(organisation, need, achievement) of those pairs (need, achievement) that one of these organisations put away. One query."""
    same = tuple_(MatchVerdict.need_id, MatchVerdict.achievement_id).in_(pairs)
    query = select(MatchVerdict.organization_id, MatchVerdict.need_id, MatchVerdict.achievement_id).where(
        MatchVerdict.organization_id.in_(organization_ids), MatchVerdict.verdict == Verdict.DISMISSED, same
    )
    return {(row[0], row[1], row[2]) for row in db.session.execute(query)}
