"""Two organisations at a fair with a table, and an outsider: what tests of meetings begin with."""

from dataclasses import dataclass

from sqlalchemy import func, select

from marketplace.core.db import db, transaction
from marketplace.meetings import answering, requesting
from marketplace.meetings.models import Meeting
from marketplace.venue.models import Booking
from tests.factories import actor, make_fair, make_member, make_organization
from tests.venue.factories_venue import at, make_place


@dataclass
class Two:
    """A fair with a table, an organisation that asks, one that is asked, and an outsider."""

    def __post_init__(self):
        self.fair = make_fair(current=True)
        self.table = make_place(self.fair)
        self.agency, self.company, self.outsider = (make_organization() for _ in range(3))
        self.asking, self.asked, self.stranger = make_member(self.agency), make_member(self.company), make_member(self.outsider)

    @property
    def a(self):
        return actor(self.asking, self.agency)

    @property
    def b(self):
        return actor(self.asked, self.company)

    @property
    def c(self):
        return actor(self.stranger, self.outsider)

    def request(self, by=None, **more) -> Meeting:
        facts = {
            "organization_id": self.company.id, "place_id": self.table.id, "starts_at": at(self.fair, 10), "length_minutes": 30,
            "topic": "Licence of the pump",
        } | more  # fmt: skip
        with transaction():
            return requesting.request(self.fair.id, **facts, by=by or self.a)

    def confirmed(self, **more) -> Meeting:
        meeting = self.request(**more)
        with transaction():
            return answering.accept(meeting.id, by=self.b)


def bookings(holder=None) -> int:
    query = select(func.count()).select_from(Booking)
    return db.session.scalar(query.where(Booking.holder == holder) if holder else query) or 0
