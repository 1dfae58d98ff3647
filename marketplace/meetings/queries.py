"""Reading one's own meetings, and who may come to one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.meetings import rules
from marketplace.meetings.models import Interpreter, Meeting, MeetingNote, MeetingPerson, MeetingStatus
from marketplace.organizations.models import Membership, Organization, Status
from marketplace.organizations.rules import fold_name
from marketplace.venue.models import Place

LEAST_TYPED = 3
"""From so many characters on, a name is looked for by its part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingLine:
    """A meeting with its place, the other organisation and who comes, as one side sees it."""

    meeting: Meeting
    place: Place
    other: Organization
    people: Sequence[tuple[UUID, Person]]


def sides(by: Actor) -> ColumnElement[bool]:
    """The meetings of the organisation one acts for: nobody else reads them, not even the fair's staff."""
    if by.acting is None or not by.acting.approved:
        return Meeting.id.is_(None)
    return or_(Meeting.from_organization_id == by.organization_id, Meeting.to_organization_id == by.organization_id)


def own_meetings(by: Actor) -> Select[Meeting]:
    return select(Meeting).where(sides(by))


def _pair(one: UUID, other: UUID) -> ColumnElement[bool]:
    return or_(
        and_(Meeting.from_organization_id == one, Meeting.to_organization_id == other),
        and_(Meeting.from_organization_id == other, Meeting.to_organization_id == one),
    )


def meetings_of_pair(one: UUID, other: UUID, *, by: Actor) -> list[Meeting]:
    """The meetings of two organisations, one of which the reader acts for, by time."""
    return list(db.session.scalars(own_meetings(by).where(_pair(one, other)).order_by(Meeting.starts_at)))


def pair_at(fair_id: UUID, one: UUID, other: UUID) -> Select[Meeting]:
    """The meetings of two organisations at a fair: for services that act for one of them."""
    return select(Meeting).where(Meeting.fair_id == fair_id, _pair(one, other))


def standing(status: str) -> ColumnElement[bool]:
    """The meetings that stand so now: a request whose hold is over has expired, whether or not it was noted yet."""
    over = and_(Meeting.status == MeetingStatus.REQUESTED, func.coalesce(Meeting.held_until, Meeting.starts_at) <= now())
    if status == MeetingStatus.EXPIRED:
        return or_(Meeting.status == MeetingStatus.EXPIRED, over)
    return and_(Meeting.status == MeetingStatus(status), ~over) if status == MeetingStatus.REQUESTED else Meeting.status == MeetingStatus(status)


def meeting_lines(meetings: Sequence[Meeting], *, by: Actor) -> list[MeetingLine]:
    """The meetings with what one side sees beside them; four queries, however many."""
    ids = [meeting.id for meeting in meetings]
    place_rows = {row.id: row for row in db.session.scalars(select(Place).where(Place.id.in_({m.place_id for m in meetings})))}
    others = {m.id: m.to_organization_id if m.from_organization_id == by.organization_id else m.from_organization_id for m in meetings}
    names = {row.id: row for row in db.session.scalars(select(Organization).where(Organization.id.in_(set(others.values()))))}
    people: dict[UUID, list[tuple[UUID, Person]]] = {}
    rows: Any = db.session.execute(
        select(MeetingPerson.meeting_id, MeetingPerson.organization_id, Person).join(Person).where(MeetingPerson.meeting_id.in_(ids))
    )
    for meeting_id, organization_id, person in rows:
        people.setdefault(meeting_id, []).append((organization_id, person))
    return [
        MeetingLine(meeting=m, place=place_rows[m.place_id], other=names[others[m.id]], people=people.get(m.id, [])) for m in meetings
    ]


def proposed_place(meeting: Meeting) -> Place | None:
    """Where the time that was proposed would be; None while none is."""
    return db.session.get(Place, meeting.move_to_place_id) if meeting.proposed is not None and meeting.move_to_place_id is not None else None


def link(meeting: Meeting, place: Place) -> str | None:
    """The link of an online room, from half an hour before the meeting to its end, once it is agreed: the room is other pairs' as well."""
    agreed = meeting.status is MeetingStatus.CONFIRMED
    return place.link if agreed and rules.link_open(meeting.starts_at, meeting.ends_at, now()) else None


def interpreter(meeting: Meeting) -> Interpreter | None:
    """Who interprets."""
    return db.session.get(Interpreter, meeting.interpreter_id) if meeting.interpreter_id is not None else None


def own_note(meeting: Meeting, *, by: Actor) -> MeetingNote | None:
    """What one's own side wrote down."""
    return db.session.get(MeetingNote, (meeting.id, by.organization_id))


def awaiting_answer(by: Actor) -> int:
    """How many requests, and moves proposed, wait for the answer of the organisation one acts for, their time not yet over."""
    asked = and_(Meeting.to_organization_id == by.organization_id, standing("requested"), Meeting.move_by_id.is_(None))
    moved = and_(Meeting.move_until > now(), Meeting.move_by_id != by.organization_id)
    query = own_meetings(by).where(or_(asked, moved))
    return db.session.scalar(query.with_only_columns(func.count())) or 0


def open_requests(by: Actor, *, fair_id: UUID) -> int:
    """How many of one's own requests wait for an answer at a fair."""
    query = own_meetings(by).where(
        Meeting.from_organization_id == by.organization_id, Meeting.fair_id == fair_id,
        standing("requested"),
    )  # fmt: skip
    return db.session.scalar(query.with_only_columns(func.count())) or 0


def colleagues(by: Actor) -> list[Person]:
    """The people of the organisation one acts for."""
    query = (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organization_id == by.organization_id, Membership.ended_at.is_(None), Person.disabled_at.is_(None))
    )
    return list(db.session.scalars(query.order_by(Person.name, Person.id)))


def organization(named: str) -> Organization:
    """An approved organisation by its slug, or by its name in either language. Raises NotFound."""
    if "\x00" in named:  # PostgreSQL takes none, and no name holds one
        raise NotFound()
    key = fold_name(named)
    query = select(Organization).where(
        Organization.status == Status.APPROVED,
        or_(Organization.slug == named, Organization.name_key == key, Organization.name_en == named, Organization.name_zh == named),
    )
    found = list(db.session.scalars(query.limit(2)))
    if len(found) != 1:
        raise NotFound()
    return found[0]


def organizations_like(named: str, *, by: Actor, most: int = 5) -> list[Organization]:
    """Approved organisations but one's own whose name holds what was typed, or else as much of its beginning as one holds; the shortest
    names first. At most a few queries."""
    key = fold_name(named)
    if len(key) < LEAST_TYPED or "\x00" in key:
        return []
    query = select(Organization).where(Organization.status == Status.APPROVED, Organization.id != by.organization_id)
    for length in sorted({len(key), *(max(LEAST_TYPED, len(key) - less) for less in (1, 2, 4)), LEAST_TYPED}, reverse=True):
        part = key[:length]
        held = or_(Organization.name_key.contains(part, autoescape=True), Organization.other_name_key.contains(part, autoescape=True))
        if found := list(db.session.scalars(query.where(held).order_by(func.length(Organization.name_key), Organization.id).limit(most))):
            return found
    return []


def partners(by: Actor, *, most: int = 50) -> list[Organization]:
    """Whom the organisation one acts for asked, was asked by or met, whatever came of it, by name."""
    mine = own_meetings(by).where(Organization.id != by.organization_id)
    either = or_(Meeting.from_organization_id == Organization.id, Meeting.to_organization_id == Organization.id)
    query = select(Organization).where(Organization.status == Status.APPROVED, mine.where(either).correlate(Organization).exists())
    return list(db.session.scalars(query.order_by(Organization.name_key, Organization.id).limit(most)))
