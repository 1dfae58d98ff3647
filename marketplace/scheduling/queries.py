"""Reading calls, wishes, plans and changes. Wishes are read by their own organisation only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.clock import today
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.fairs.models import Fair
from marketplace.listings.models import Listing
from marketplace.meetings.models import Meeting
from marketplace.organizations.models import Organization
from marketplace.scheduling.models import Delegate, MeetingCall, MeetingPlan, MeetingWish, PlanChange, PlannedMeeting, PlanState
from marketplace.scheduling.pairing import ENDED
from marketplace.venue.models import Place

PLAN_KEYS: Sequence[InstrumentedAttribute[Any]] = (MeetingPlan.created_at, MeetingPlan.id)
CHANGE_KEYS: Sequence[InstrumentedAttribute[Any]] = (PlanChange.created_at, PlanChange.id)
ROW_KEYS: Sequence[InstrumentedAttribute[Any]] = (PlannedMeeting.starts_at, PlannedMeeting.number)
WISH_KEYS: Sequence[InstrumentedAttribute[Any]] = (MeetingWish.said_at, MeetingWish.id)
MANAGE = "scheduling.manage"


def call(fair_id: UUID) -> MeetingCall | None:
    return db.session.get(MeetingCall, fair_id)


def get_call(fair_id: UUID) -> MeetingCall:
    """Raises NotFound for a fair that plans no meetings."""
    found = call(fair_id)
    if found is None:
        raise NotFound()
    return found


def takes_wishes(call: MeetingCall, fair: Fair) -> bool:
    """Until the end of its last day on the fair's clock."""
    return fair.closed_at is None and today(fair.time_zone) <= call.closes_on


def calls() -> list[tuple[MeetingCall, Fair]]:
    """The fairs that plan meetings and are not closed, the soonest first."""
    query = select(MeetingCall, Fair).join(Fair, Fair.id == MeetingCall.fair_id).where(Fair.closed_at.is_(None))
    return [(row, fair) for row, fair in db.session.execute(query.order_by(Fair.opens_on, Fair.id))]


def of_staff(slug: str, *, by: Actor) -> Fair:
    """A fair whose meetings the person plans. Raises NotFound."""
    fair = db.session.scalar(select(Fair).where(Fair.slug == slug))
    if fair is None or not by.may(MANAGE, fair_id=fair.id):
        raise NotFound()
    return fair


def own_delegates(fair_id: UUID, *, by: Actor) -> list[tuple[Delegate, Person]]:
    query = (
        select(Delegate, Person)
        .join(Person, Person.id == Delegate.person_id)
        .where(Delegate.fair_id == fair_id, Delegate.organization_id == by.organization_id)
        .order_by(Person.name, Delegate.id)
    )
    return [(delegate, person) for delegate, person in db.session.execute(query)]


def own_wishes(fair_id: UUID, *, by: Actor) -> Select[MeetingWish]:
    return select(MeetingWish).where(MeetingWish.fair_id == fair_id, MeetingWish.organization_id == by.organization_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class WishLine:
    """A wish with whom and what it is about, and the meeting planned for it, once published."""

    wish: MeetingWish
    about: Organization
    listing: Listing | None
    meeting_id: UUID | None


def wish_lines(wishes: Sequence[MeetingWish]) -> list[WishLine]:
    """Three queries, however many."""
    ids = {wish.about_organization_id for wish in wishes}
    abouts = {row.id: row for row in db.session.scalars(select(Organization).where(Organization.id.in_(ids)))}
    listings = {row.id: row for row in db.session.scalars(select(Listing).where(Listing.id.in_({wish.listing_id for wish in wishes if wish.listing_id})))}
    planned = select(PlannedMeeting.wish_id, PlannedMeeting.meeting_id).where(
        PlannedMeeting.wish_id.in_([wish.id for wish in wishes]), PlannedMeeting.meeting_id.is_not(None)
    )
    meetings = dict(db.session.execute(planned).all())
    return [
        WishLine(wish=wish, about=abouts[wish.about_organization_id], listing=listings.get(wish.listing_id) if wish.listing_id else None, meeting_id=meetings.get(wish.id))
        for wish in wishes
    ]  # fmt: skip


def plans(fair_id: UUID) -> Select[MeetingPlan]:
    return select(MeetingPlan).where(MeetingPlan.fair_id == fair_id)


def get_plan(plan_id: UUID, *, by: Actor, lock: bool = False) -> MeetingPlan:
    """Raises NotFound."""
    plan = db.session.get(MeetingPlan, plan_id, with_for_update=lock or None, populate_existing=lock)
    if plan is None or not by.may(MANAGE, fair_id=plan.fair_id):
        raise NotFound()
    return plan


def published(fair_id: UUID) -> MeetingPlan | None:
    """The plan that was published last."""
    query = plans(fair_id).where(MeetingPlan.state == PlanState.PUBLISHED).order_by(MeetingPlan.published_at.desc())
    return db.session.scalar(query.limit(1))


def rows(plan_id: UUID) -> Select[PlannedMeeting]:
    return select(PlannedMeeting).where(PlannedMeeting.plan_id == plan_id)


def numbered(plan_id: UUID, numbers: Sequence[int]) -> list[PlannedMeeting]:
    """Some meetings of a plan, by time."""
    return list(db.session.scalars(rows(plan_id).where(PlannedMeeting.number.in_(numbers)).order_by(*ROW_KEYS))) if numbers else []


@dataclass(frozen=True, slots=True, kw_only=True)
class RowLine:
    """A planned meeting as staff see it: place, time, and the two names; never what it is about.

    ``became``, once the plan was published: left_out, added (by a repair), moved, cancelled, or None: as it was planned. ``now``: where to."""

    row: PlannedMeeting
    place: Place
    sender: Organization
    receiver: Organization
    became: str | None
    now: tuple[datetime, Place] | None


def row_lines(rows: Sequence[PlannedMeeting], plan: MeetingPlan) -> list[RowLine]:
    """Three queries, however many."""
    ids = {one for row in rows for one in (row.from_organization_id, row.to_organization_id)}
    names = {row.id: row for row in db.session.scalars(select(Organization).where(Organization.id.in_(ids)))}
    made = {row.meeting_id for row in rows if row.meeting_id is not None}
    meetings = {row.id: row for row in db.session.scalars(select(Meeting).where(Meeting.id.in_(made)))}
    place_ids = {row.place_id for row in rows} | {row.place_id for row in meetings.values()}
    places = {row.id: row for row in db.session.scalars(select(Place).where(Place.id.in_(place_ids)))}
    lines = []
    for row in rows:
        meeting = meetings.get(row.meeting_id) if row.meeting_id else None
        became = _became(row, meeting, plan)
        lines.append(RowLine(
            row=row, place=places[row.place_id], sender=names[row.from_organization_id], receiver=names[row.to_organization_id], became=became,
            now=(meeting.starts_at, places[meeting.place_id]) if meeting is not None and became == "moved" else None,
        ))  # fmt: skip
    return lines


def _became(row: PlannedMeeting, meeting: Meeting | None, plan: MeetingPlan) -> str | None:
    if plan.published_at is None:
        return None
    if meeting is None:
        return "left_out"
    if meeting.status in ENDED:
        return "cancelled"
    if (meeting.starts_at, meeting.place_id) != (row.starts_at, row.place_id):
        return "moved"
    return "added" if meeting.created_at > plan.published_at else None


def changes(fair_id: UUID) -> Select[PlanChange]:
    return select(PlanChange).where(PlanChange.fair_id == fair_id)


def get_change(change_id: UUID, *, by: Actor, lock: bool = False) -> PlanChange:
    """Raises NotFound."""
    change = db.session.get(PlanChange, change_id, with_for_update=lock or None, populate_existing=lock)
    if change is None or not by.may(MANAGE, fair_id=change.fair_id):
        raise NotFound()
    return change


@dataclass(frozen=True, slots=True)
class Counts:
    """What a plan of a fair starts from."""

    organizations: int
    delegates: int
    wishes: int
    musts: int


def counts(fair_id: UUID) -> Counts:
    """Staff read the numbers, not who wishes whom."""
    delegates = db.session.execute(
        select(func.count(), func.count(Delegate.organization_id.distinct())).select_from(Delegate).where(Delegate.fair_id == fair_id)
    ).one()
    by_wanted = dict(
        db.session.execute(select(MeetingWish.wanted, func.count()).where(MeetingWish.fair_id == fair_id).group_by(MeetingWish.wanted)).all()
    )
    said = {str(wanted.value): number for wanted, number in by_wanted.items()}
    return Counts(delegates[1], delegates[0], said.get("must", 0) + said.get("like", 0), said.get("must", 0))
