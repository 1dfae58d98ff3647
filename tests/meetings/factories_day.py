"""A fair whose meetings are running: two sides at a table, who waits, and who interprets; and the clock at any minute of a meeting."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from marketplace.core.clock import now, shifted
from marketplace.core.db import db, transaction
from marketplace.meetings.models import Interpreter, Meeting, MeetingPerson, MeetingStatus, Standby
from marketplace.venue import booking
from tests.factories import actor, make_fair, make_member, make_organization, make_staff, save
from tests.factories import do as do
from tests.venue.factories_venue import at, make_place


def minute(meeting: Meeting, minutes: float = 0) -> AbstractContextManager[None]:
    """Let it be so many minutes after the beginning of the meeting."""
    return moment(meeting.starts_at + timedelta(minutes=minutes))


def moment(when: datetime) -> AbstractContextManager[None]:
    return shifted(when - datetime.now(UTC))


def make_meeting(fair, host, guest, place=None, *, hosts=(), guests=(), hour=10, minutes=30, **fields) -> Meeting:
    """An agreed meeting that ``host`` asked for, with its bookings. ``hosts`` and ``guests`` are the people who come."""
    place = place or make_place(fair)
    people = [*((host, person) for person in hosts), *((guest, person) for person in guests)]
    meeting = save(Meeting(**{
        "fair_id": fair.id, "place_id": place.id, "from_organization_id": host.id, "to_organization_id": guest.id,
        "requested_by": (hosts or [make_member(host)])[0].id, "topic": "Licence of the pump", "starts_at": at(fair, hour), "length_minutes": minutes,
        "status": MeetingStatus.CONFIRMED, "created_at": now(),
    } | fields))  # fmt: skip
    keys = [booking.place_key(place.id), *(booking.person_key(person.id) for _, person in people)]
    with transaction():
        db.session.add_all(MeetingPerson(meeting_id=meeting.id, organization_id=side.id, person_id=person.id) for side, person in people)
        assert booking.take(keys, meeting.starts_at, minutes=minutes, holder=f"meeting:{meeting.id}") == []
    return meeting


def make_interpreter(fair, *languages, **fields) -> Interpreter:
    return save(Interpreter(**{"fair_id": fair.id, "name": "Lin Yu", "languages": list(languages or ("en", "zh")), "created_at": now()} | fields))


def make_standby(fair, organization, waits_for, person=None, **fields) -> Standby:
    person = person or make_member(organization)
    return save(Standby(**{
        "fair_id": fair.id, "organization_id": organization.id, "for_organization_id": waits_for.id, "person_id": person.id,
        "topic": "Our own pump", "created_at": now(),
    } | fields))  # fmt: skip


@dataclass
class Running:
    """A host and a guest at a table from 10 to 10:30, and a manager."""

    def __post_init__(self):
        self.fair = make_fair(current=True)
        self.table = make_place(self.fair)
        self.host, self.guest = make_organization(), make_organization()
        self.sits, self.comes = make_member(self.host), make_member(self.guest)
        self.meeting = make_meeting(self.fair, self.host, self.guest, self.table, hosts=[self.sits], guests=[self.comes])
        self.manager = actor(make_staff(self.fair, "manager"))

    @property
    def a(self):
        return actor(self.sits, self.host)

    @property
    def b(self):
        return actor(self.comes, self.guest)

    def waits(self):
        """One more organisation that waits for the host: (row, actor)."""
        organization = make_organization()
        person = make_member(organization)
        return make_standby(self.fair, organization, self.host, person), actor(person, organization)
