"""Whom an organisation could wish to meet: the owners of what matches its own listings best."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import aliased

from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.listings.models import Listing
from marketplace.matching.models import StoredMatch
from marketplace.organizations.models import Organization, Status
from marketplace.scheduling.models import MeetingWish

MOST = 8


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``strength`` in tenths of a percent: how much of the need the best achievement answers."""

    organization: Organization
    strength: int


def suggestions(fair_id: UUID, *, by: Actor) -> list[Suggestion]:
    """The best first; owners who are not named, and those of whom something was said already, are left out. Two queries."""
    own, other = aliased(Listing), aliased(Listing)
    sides = []
    for mine, theirs in ((StoredMatch.need_id, StoredMatch.achievement_id), (StoredMatch.achievement_id, StoredMatch.need_id)):
        sides.append(
            select(other.shown_owner_id.label("owner"), StoredMatch.strength.label("strength"))
            .select_from(StoredMatch)
            .join(own, own.id == mine)
            .join(other, other.id == theirs)
            .where(own.organization_id == by.organization_id, other.shown_owner_id.is_not(None), other.shown_owner_id != by.organization_id)
        )
    found = union_all(*sides).subquery()
    said = select(MeetingWish.about_organization_id).where(MeetingWish.fair_id == fair_id, MeetingWish.organization_id == by.organization_id)
    best = func.max(found.c.strength)
    query = select(found.c.owner, best).where(found.c.owner.not_in(said)).group_by(found.c.owner).order_by(best.desc(), found.c.owner).limit(MOST)
    strengths = {owner: strength for owner, strength in db.session.execute(query) if owner is not None}
    rows = db.session.scalars(select(Organization).where(Organization.id.in_(strengths), Organization.status == Status.APPROVED))
    return sorted((Suggestion(row, strengths[row.id]) for row in rows), key=lambda each: (-each.strength, str(each.organization.id)))
