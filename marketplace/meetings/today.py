"""The day of who meets: what comes next, the way to it, what is still to be written down, and which next steps are due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, exists, func, or_, select

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.clock import today as day_now
from marketplace.core.db import db
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.listings.models import Listing
from marketplace.meetings import queries
from marketplace.meetings.models import Interpreter, Meeting, MeetingPerson, MeetingStatus, Standby
from marketplace.meetings.noshow import awaited_until
from marketplace.organizations.models import Organization
from marketplace.venue import walking
from marketplace.venue.models import Place

TOLD = (MeetingStatus.CONFIRMED, MeetingStatus.HELD, MeetingStatus.NO_SHOW)
LENGTHS = range(15, 121, 15)
LOOK_BACK = timedelta(days=60)
"""How long a meeting without an outcome, and a next step, are counted as open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A meeting in somebody's day: where, with whom, in which languages, and the way to it from the meeting before.

    ``walk``: minutes of the way, None when it is the first; ``gap``: the minutes there are for it.
    ``given``: somebody from the waiting list took what was left of it."""

    meeting: Meeting
    place: Place
    hall: Place | None
    other: Organization
    people: Sequence[tuple[UUID, Person]]
    interpreter: Interpreter | None
    ours_speak: str | None
    theirs_speak: str | None
    walk: int | None
    gap: int | None
    given: bool = False

    @property
    def late(self) -> bool:
        """Whether there is less time than the way takes."""
        return self.walk is not None and self.gap is not None and self.walk > self.gap

    @property
    def is_over(self) -> bool:
        return self.meeting.ends_at <= now()

    @property
    def running(self) -> bool:
        return self.meeting.starts_at <= now() < self.meeting.ends_at

    @property
    def missable(self) -> bool:
        """Whether who is there may say now that the other side did not come."""
        return self.meeting.status is MeetingStatus.CONFIRMED and awaited_until(self.meeting) <= now()

    @property
    def minutes(self) -> int:
        """To the beginning; while it runs, to the end; rounded up."""
        until = self.meeting.ends_at if self.running else self.meeting.starts_at
        return max(0, -(-(until - now()) // timedelta(minutes=1)))


def bounds(fair: Fair, day: date) -> tuple[datetime, datetime]:
    """The first moment of a day of the fair's clock, and that of the next day, in UTC."""
    zone = ZoneInfo(fair.time_zone)
    first, last = (datetime.combine(each, time(), zone).astimezone(UTC) for each in (day, day + timedelta(days=1)))
    return first, last


def _mine(by: Actor, *, everyone: bool) -> Select[Meeting]:
    """One's own meetings, or with ``everyone`` those of the organisation one acts for."""
    query = queries.own_meetings(by)
    if everyone:
        return query
    coming = exists().where(
        MeetingPerson.meeting_id == Meeting.id, MeetingPerson.person_id == by.person_id, MeetingPerson.organization_id == by.organization_id
    )
    return query.where(coming)


def stops(fair: Fair, day: date, *, everyone: bool = False, by: Actor) -> list[Stop]:
    """The meetings of a day at a fair in order, oneself's or the whole organisation's. A constant number of queries."""
    first, after = bounds(fair, day)
    query = _mine(by, everyone=everyone).where(
        Meeting.fair_id == fair.id, Meeting.status.in_(TOLD), Meeting.starts_at >= first, Meeting.starts_at < after
    )
    meetings = list(db.session.scalars(query.order_by(Meeting.starts_at, Meeting.id)))
    return _with_ways(fair, meetings, everyone=everyone, by=by)


def _with_ways(fair: Fair, meetings: Sequence[Meeting], *, everyone: bool, by: Actor) -> list[Stop]:
    lines = queries.meeting_lines(meetings, by=by)
    ids = {meeting.interpreter_id for meeting in meetings if meeting.interpreter_id}
    interpreters = {row.id: row for row in db.session.scalars(select(Interpreter).where(Interpreter.id.in_(ids)))}
    halls = {row.id: row for row in db.session.scalars(select(Place).where(Place.id.in_({line.place.hall_id for line in lines if line.place.hall_id})))}
    ways = walking.ways(fair.id) if len(lines) > 1 and not everyone else None
    given = _given([meeting.id for meeting in meetings])
    found: list[Stop] = []
    before = None
    for line in lines:
        meeting = line.meeting
        ours = meeting.from_organization_id == by.organization_id
        missed = meeting.status is MeetingStatus.NO_SHOW
        found.append(Stop(
            meeting=meeting, place=line.place, hall=halls.get(line.place.hall_id) if line.place.hall_id else None, other=line.other,
            people=line.people, interpreter=interpreters.get(meeting.interpreter_id) if meeting.interpreter_id else None,
            ours_speak=meeting.from_language if ours else meeting.to_language, theirs_speak=meeting.to_language if ours else meeting.from_language,
            walk=ways.minutes(before.place, line.place) if ways and before else None,
            given=meeting.id in given, gap=int((meeting.starts_at - before.meeting.ends_at) / timedelta(minutes=1)) if ways and before else None,
        ))  # fmt: skip
        before = before if missed else line
    return found


def _given(ids: Sequence[UUID]) -> set[UUID]:
    """Those of which somebody took what was left; one query."""
    query = select(Standby.offered_meeting_id).where(Standby.offered_meeting_id.in_(ids), Standby.meeting_id.is_not(None))
    return {one for one in db.session.scalars(query) if one is not None}


def coming(found: Sequence[Stop]) -> Stop | None:
    """The next one that is agreed and not over; the one that runs comes first."""
    return next((stop for stop in found if stop.meeting.status is MeetingStatus.CONFIRMED and not stop.is_over), None)


def following(found: Sequence[Stop], stop: Stop) -> Stop | None:
    """The agreed one after it: where to go then."""
    later = (each for each in found if each.meeting.starts_at >= stop.meeting.ends_at and each.meeting.status is MeetingStatus.CONFIRMED)
    return next(later, None)


def next_day(fair: Fair, day: date, *, everyone: bool = False, by: Actor) -> date | None:
    """The first day after this one with a meeting."""
    _, after = bounds(fair, day)
    query = _mine(by, everyone=everyone).where(Meeting.fair_id == fair.id, Meeting.status.in_(TOLD), Meeting.starts_at >= after)
    moment = db.session.scalar(query.with_only_columns(func.min(Meeting.starts_at)))
    return moment.astimezone(ZoneInfo(fair.time_zone)).date() if moment else None


def profile(organization_id: UUID) -> Organization:
    return db.session.get_one(Organization, organization_id)


def subject(meeting: Meeting) -> Listing | None:
    """The listing it is about, if it is about one."""
    return db.session.get(Listing, meeting.listing_id) if meeting.listing_id else None


def unwritten(by: Actor) -> Select[Meeting]:
    """Agreed meetings of the organisation one acts for that are over, and nobody wrote down what came of them."""
    moment = now()
    # By its length, for databases do not add minutes to moments alike.
    over = or_(*(and_(Meeting.length_minutes == minutes, Meeting.starts_at <= moment - timedelta(minutes=minutes)) for minutes in LENGTHS))
    return queries.own_meetings(by).where(Meeting.status == MeetingStatus.CONFIRMED, Meeting.starts_at > moment - LOOK_BACK, over)


def steps(by: Actor) -> Select[Meeting]:
    """Meetings whose next step nobody has taken yet."""
    return queries.own_meetings(by).where(
        Meeting.status == MeetingStatus.HELD, Meeting.next_step.is_not(None), Meeting.done_at.is_(None), Meeting.starts_at > now() - LOOK_BACK
    )


def steps_due(by: Actor) -> Select[Meeting]:
    """Those of `steps` whose day has come, on the clock of their fair."""
    latest = max((day_now(fair.time_zone) for fair in fairs.everyone()), default=now().date())
    return steps(by).where(Meeting.due_on <= latest)


def count_today(by: Actor) -> int:
    """How many agreed meetings the organisation has on this day of the current fair, over or not."""
    fair = fairs.current()
    if fair is None:
        return 0
    first, after = bounds(fair, day_now(fair.time_zone))
    query = queries.own_meetings(by).where(
        Meeting.fair_id == fair.id, Meeting.status.in_(TOLD), Meeting.starts_at >= first, Meeting.starts_at < after
    )
    return _count(query)


def count_unwritten(by: Actor) -> int:
    return _count(unwritten(by))


def count_steps_due(by: Actor) -> int:
    return _count(steps_due(by))


def _count(query: Select[Meeting]) -> int:
    return db.session.scalar(query.with_only_columns(func.count())) or 0
