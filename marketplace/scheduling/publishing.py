"""A plan becomes meetings: checked again against what was booked since, booked, confirmed for both sides, and told once to each."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from uuid_utils.compat import uuid7

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, IllegalMove
from marketplace.core.i18n import gettext, ngettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.states import check_move
from marketplace.fairs import queries as fairs
from marketplace.meetings import expiring, interpreters
from marketplace.meetings.models import Meeting, MeetingPerson, MeetingStatus, Origin
from marketplace.scheduling import gathering, notices, queries
from marketplace.scheduling.ground import cells_of
from marketplace.scheduling.models import PLAN_MOVES, MeetingPlan, MeetingWish, PlannedMeeting, PlanState
from marketplace.scheduling.planning.verifying import faults
from marketplace.venue import booking, seating
from marketplace.venue.rooms import Key


class PlanOutdated(DomainError):
    """Something was booked, closed or taken back since the plan was computed."""

    slug, title = "plan-outdated", _l("The plan does not hold any more")
    text = _l("Something was booked since the plan was computed. Have it computed again.")

    def __init__(self, text: str | None = None, *, lost: Sequence[int] = ()):
        super().__init__(text)
        self.members = {"lost": list(lost)}


def holding(plan: MeetingPlan) -> tuple[list[PlannedMeeting], list[PlannedMeeting]]:
    """The meetings of a plan that could be held as the fair is now, and those that could not any more."""
    fair = fairs.get(plan.fair_id)
    problem = gathering.problem(fair, queries.get_call(fair.id))
    rows = list(db.session.scalars(queries.rows(plan.id).order_by(PlannedMeeting.number)))
    seats, by_number, lost = problem.seats(rows)
    while broken := {fault.wish for fault in faults(problem.instance, seats)}:
        lost += [by_number[number] for number in sorted(broken)]
        seats = {number: seat for number, seat in seats.items() if number not in broken}
    return [by_number[number] for number in sorted(seats)], lost


def publish(plan_id: UUID, *, without_lost: bool = False, by: Actor) -> MeetingPlan:
    """Make the plan's meetings: confirmed, booked, each side told once of all of its own.

    Raises NotFound, IllegalMove, PlanOutdated (meetings that cannot be held any more, unless ``without_lost`` leaves them out)."""
    plan = queries.get_plan(plan_id, by=by, lock=True)
    if plan.state is PlanState.PUBLISHED:
        raise IllegalMove(gettext("This plan was published already."), start=plan.state, end=plan.state)
    state = check_move(PLAN_MOVES, plan.state, PlanState.PUBLISHED)
    fair = fairs.get(plan.fair_id)
    overdue = expiring.end_overdue(fair.id)
    rows, lost = holding(plan)
    if lost and not without_lost:
        raise PlanOutdated(ngettext(
            "One meeting of the plan cannot be held any more: something was booked since. Compute the plan again, or publish without it.",
            "%(num)s meetings of the plan cannot be held any more: something was booked since. Compute the plan again, or publish without them.",
            len(lost),
        ), lost=[row.number for row in lost])  # fmt: skip
    made = _meetings(fair.id, rows)
    helpers = interpreters.keys_of(row.interpreter_id for row in rows)
    if seating.rebook({key: holder for row in rows for key, holder in bookings(row, made[row.number], helpers).items()}, instead_of=overdue):
        raise PlanOutdated()
    db.session.add_all(made.values())
    db.session.flush()
    for row in rows:
        row.meeting_id = made[row.number].id
        db.session.add_all(coming(row, made[row.number]))
        audit.record("meetings.planned", f"meeting:{row.meeting_id}", by=by, fair_id=fair.id)
    plan.state, plan.published_at, plan.published_by = state, now(), by.person_id
    plan.result = {**plan.result, "published": len(rows), "left_out": len(lost)}
    db.session.flush()
    audit.record("scheduling.publish", f"plan:{plan.id}", by=by, fair_id=fair.id, meetings=len(rows))
    notices.published(fair, list(made.values()))
    return plan


def _meetings(fair_id: UUID, rows: Sequence[PlannedMeeting]) -> dict[int, Meeting]:
    """By number. What a wish says of its topic is what both sides read."""
    ids = [row.wish_id for row in rows if row.wish_id is not None]
    locked = select(MeetingWish).where(MeetingWish.id.in_(ids)).order_by(MeetingWish.id).with_for_update(read=True)
    wishes = {wish.id: wish for wish in db.session.scalars(locked)}
    if len(wishes) != len(rows):  # one was taken back this moment
        raise PlanOutdated()
    moment = now()
    return {row.number: planned(fair_id, row, wishes[row.wish_id], moment) for row in rows if row.wish_id is not None}


def planned(fair_id: UUID, row: PlannedMeeting, wish: MeetingWish, moment: datetime) -> Meeting:
    """A meeting that nobody has to answer."""
    return Meeting(
        id=uuid7(), fair_id=fair_id, place_id=row.place_id, from_organization_id=row.from_organization_id,
        to_organization_id=row.to_organization_id, requested_by=wish.said_by, topic=wish.topic, listing_id=wish.listing_id,
        origin=Origin.PLANNED, starts_at=row.starts_at, length_minutes=row.length_minutes, from_language=row.from_language,
        to_language=row.to_language, interpreter_id=row.interpreter_id, status=MeetingStatus.CONFIRMED, answered_at=moment, created_at=moment,
    )  # fmt: skip


def bookings(row: PlannedMeeting, meeting: Meeting, helpers: Mapping[UUID | None, list[str]]) -> dict[Key, str]:
    """What a meeting holds: its place, both people, its interpreter (``helpers``: `interpreters.keys_of` them)."""
    people = [booking.person_key(row.from_person_id), booking.person_key(row.to_person_id)]
    keys = [booking.place_key(row.place_id), *people, *helpers[row.interpreter_id]]
    return {(key, cell): f"meeting:{meeting.id}" for key in keys for cell in cells_of(meeting.starts_at, meeting.ends_at)}


def coming(row: PlannedMeeting, meeting: Meeting) -> list[MeetingPerson]:
    """Who comes, for each side."""
    both = ((row.from_organization_id, row.from_person_id), (row.to_organization_id, row.to_person_id))
    return [MeetingPerson(meeting_id=meeting.id, organization_id=one, person_id=person_id) for one, person_id in both]
