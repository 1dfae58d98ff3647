"""Mails on the clock: the day's list the afternoon before, and a next step on its day."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from marketplace.accounts.models import Person
from marketplace.core.clock import now
from marketplace.core.db import db, is_postgresql
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.meetings import day_notices
from marketplace.meetings.day_models import MeetingReminder
from marketplace.meetings.models import Meeting, MeetingPerson, MeetingStatus
from marketplace.meetings.today import bounds
from marketplace.organizations.models import Membership

EVENING, MORNING = 16, 8
"""Hours of the fair's clock: from when the next day's list is sent, and from when a step that is due that day."""
BATCH = 200
LATE = timedelta(days=3)
"""After a standstill a step that was due longer ago is not reminded of any more."""


def waiting() -> list[Callable[[], int]]:
    """What is to be sent now, some people or meetings at a time: each is called in a transaction of its own, and harmless to repeat."""
    found: list[Callable[[], int]] = []
    for fair in fairs.everyone():
        clock = now().astimezone(ZoneInfo(fair.time_zone))
        tomorrow, today = clock.date() + timedelta(days=1), clock.date()
        if clock.hour >= EVENING and fair.opens_on <= tomorrow <= fair.closes_on:
            found += [partial(send_lists, fair.id, tomorrow, ids) for ids in _slices(_list_readers(fair, tomorrow))]
        if clock.hour >= MORNING:
            found += [partial(send_steps, fair.id, ids) for ids in _slices(_due(fair, today))]
    return found


def _slices(ids: list[UUID]) -> list[list[UUID]]:
    return [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]


def _list_readers(fair: Fair, day: date) -> list[UUID]:
    """Who has an agreed meeting on a day and was not sent its list."""
    first, after = bounds(fair, day)
    had = select(MeetingReminder.person_id).where(MeetingReminder.about == _list_name(fair, day))
    query = _coming().where(
        Meeting.fair_id == fair.id, Meeting.status == MeetingStatus.CONFIRMED, Meeting.starts_at >= first, Meeting.starts_at < after,
        MeetingPerson.person_id.not_in(had),
    )  # fmt: skip
    return list(db.session.scalars(query.with_only_columns(MeetingPerson.person_id).distinct().order_by(MeetingPerson.person_id)))


def _coming() -> Select[Meeting, MeetingPerson]:
    """Meetings with who comes, as far as they still belong to their side and may sign in."""
    return (
        select(Meeting, MeetingPerson)
        .join(MeetingPerson, MeetingPerson.meeting_id == Meeting.id)
        .join(Membership, (Membership.organization_id == MeetingPerson.organization_id) & (Membership.person_id == MeetingPerson.person_id))
        .join(Person, Person.id == MeetingPerson.person_id)
        .where(Membership.ended_at.is_(None), Person.disabled_at.is_(None))
    )


def _list_name(fair: Fair, day: date) -> str:
    return f"day:{fair.id}:{day.isoformat()}"


def send_lists(fair_id: UUID, day: date, person_ids: Iterable[UUID]) -> int:
    """The day's meetings to each of these people who had no such mail yet; returns how many mails."""
    fair = fairs.get(fair_id)
    new = _first_time(_list_name(fair, day), person_ids)
    first, after = bounds(fair, day)
    query = _coming().where(
        Meeting.fair_id == fair.id, Meeting.status == MeetingStatus.CONFIRMED, Meeting.starts_at >= first, Meeting.starts_at < after,
        MeetingPerson.person_id.in_(new),
    )  # fmt: skip
    by_person: dict[UUID, list[Meeting]] = {}
    for meeting, row in db.session.execute(query.order_by(Meeting.starts_at, Meeting.id)):
        by_person.setdefault(row.person_id, []).append(meeting)
    for person in db.session.scalars(select(Person).where(Person.id.in_(by_person)).order_by(Person.id)):
        day_notices.day_ahead(person, fair, day, meetings=by_person[person.id])
    return len(by_person)


def _first_time(about: str, person_ids: Iterable[UUID]) -> list[UUID]:
    """Those of the people who were not sent this yet; from now on they were."""
    insert = postgresql_insert if is_postgresql() else sqlite_insert
    rows = [{"person_id": person_id, "about": about, "sent_at": now()} for person_id in sorted(set(person_ids))]
    if not rows:
        return []
    made = insert(MeetingReminder).values(rows).on_conflict_do_nothing().returning(MeetingReminder.person_id)
    return list(db.session.scalars(made))


def _due(fair: Fair, today: date) -> list[UUID]:
    """Meetings of a fair whose next step is due, nobody ticked it off and nobody was reminded."""
    sent = select(MeetingReminder.about).where(MeetingReminder.sent_at > now() - LATE - timedelta(days=2), MeetingReminder.about.startswith("step:"))
    known = set(db.session.scalars(sent))
    query = select(Meeting).where(
        Meeting.fair_id == fair.id, Meeting.status == MeetingStatus.HELD, Meeting.next_step.is_not(None), Meeting.done_at.is_(None),
        Meeting.due_on <= today, Meeting.due_on > today - LATE,
    )  # fmt: skip
    return [meeting.id for meeting in db.session.scalars(query.order_by(Meeting.id)) if _step_name(meeting) not in known]


def _step_name(meeting: Meeting) -> str:
    return f"step:{meeting.id}:{meeting.due_on.isoformat() if meeting.due_on else ''}"


def send_steps(fair_id: UUID, meeting_ids: Iterable[UUID]) -> int:
    """What is due to the people of both sides who met, once for each day it was due on; returns how many mails."""
    sent = 0
    rows = db.session.execute(_coming().where(Meeting.fair_id == fair_id, Meeting.id.in_(list(meeting_ids)))).all()
    by_meeting: dict[UUID, list[UUID]] = {}
    meetings = {meeting.id: meeting for meeting, _ in rows}
    for meeting, row in rows:
        by_meeting.setdefault(meeting.id, []).append(row.person_id)
    for meeting_id, people in sorted(by_meeting.items()):
        new = _first_time(_step_name(meetings[meeting_id]), people)
        for person in db.session.scalars(select(Person).where(Person.id.in_(new)).order_by(Person.id)):
            day_notices.step_due(person, meetings[meeting_id])
            sent += 1
    return sent
