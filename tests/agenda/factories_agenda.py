"""Meetings, pitches and interpreters as rows, without the bookings: the smallest valid ones, saved."""

from datetime import timedelta

from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.meetings.models import Interpreter, Meeting, MeetingPerson, MeetingStatus
from marketplace.roadshow.models import Pitch, PitchStatus
from tests.factories import save
from tests.roadshow.factories_roadshow import make_achievement, make_session
from tests.venue.factories_venue import at, make_place


def make_meeting(fair, one, other, *, people=(), place=None, **fields) -> Meeting:
    """A confirmed meeting of half an hour; ``people``: (organisation, person) who come."""
    starts_at = fields.get("starts_at", at(fair, 10))
    meeting = save(Meeting(**{
        "fair_id": fair.id, "place_id": (place or make_place(fair)).id, "from_organization_id": one.id, "to_organization_id": other.id,
        "requested_by": people[0][1].id, "topic": "Licence of the pump", "starts_at": starts_at, "length_minutes": 30,
        "status": MeetingStatus.CONFIRMED, "held_until": now() + timedelta(hours=1), "created_at": now(),
    } | fields))  # fmt: skip
    for organization, person in people:
        db.session.add(MeetingPerson(meeting_id=meeting.id, organization_id=organization.id, person_id=person.id))
    db.session.commit()
    return meeting


def make_pitch(fair, organization, person, *, session=None, **fields) -> Pitch:
    session = session or make_session(fair)
    achievement = make_achievement(fair, organization)
    return save(Pitch(**{
        "session_id": session.id, "position": 1, "starts_at": session.starts_at, "length_minutes": 15, "achievement_id": achievement.id,
        "organization_id": organization.id, "person_id": person.id, "status": PitchStatus.CONFIRMED, "created_at": now(),
    } | fields))  # fmt: skip


def make_interpreter(fair, **fields) -> Interpreter:
    return save(Interpreter(**{"fair_id": fair.id, "name": "Li Wen", "languages": ["en", "zh"], "created_at": now()} | fields))
