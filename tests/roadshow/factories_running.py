"""A session at a fair with two presenters and a visitor; or one that is due now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.fairs.models import Fair
from marketplace.organizations.models import Organization
from marketplace.roadshow import pitching, programme
from marketplace.roadshow.models import Pitch, Session
from marketplace.venue import booking
from marketplace.venue.models import Place, PlaceKind
from tests.factories import actor, do, make_fair, make_member, make_organization, make_staff
from tests.roadshow.factories_roadshow import make_achievement
from tests.venue.factories_venue import at, make_place


@dataclass
class Stage:
    """``pitches`` in slots 1 and 2, by the first two of ``presenters`` for ``agencies``."""

    fair: Fair
    manager: Person
    hall: Place
    session: Session
    agencies: list[Organization]
    presenters: list[Person]
    pitches: list[Pitch]

    def by(self, number: int) -> Actor:
        return actor(self.presenters[number], self.agencies[number])

    @property
    def staff(self) -> Actor:
        return actor(self.manager)

    def fresh(self, row: Any) -> Any:
        db.session.expire_all()
        return db.session.get_one(type(row), row.id)


def busy(person: Person, starts_at: datetime, *, minutes: int = 15) -> None:
    """Somewhere else: a meeting's booking, as the meetings make it."""
    do(booking.take, [booking.person_key(person.id)], starts_at, minutes=minutes, holder=f"meeting:{make_organization().id}")


def make_stage(*, starts_at: datetime | None = None, anonymous: bool = False, **session: Any) -> Stage:
    """On the last day of an open fair from 10 to 11, unless told otherwise."""
    fair = make_fair(current=True)
    manager, hall = make_staff(fair), make_place(fair, PlaceKind.HALL, name_en="North hall")
    begins = starts_at or at(fair, 10)
    facts = {
        "title_en": "New materials", "title_zh": "新材料", "capacity": 50, "slots": 4, "slot_minutes": 15, "price_minor": None, "currency": None,
        "starts_at": begins, "ends_at": begins + timedelta(hours=1),
    } | session  # fmt: skip
    made = do(programme.schedule, fair.id, place_id=hall.id, **facts, by=actor(manager))
    agencies = [make_organization(name_en=f"Agency {letter}") for letter in "AB"]
    presenters = [make_member(agency, email=f"presenter-{n}@example.org", name=f"Presenter {n}") for n, agency in enumerate(agencies)]
    pitches = []
    for n, (agency, person) in enumerate(zip(agencies, presenters, strict=True)):
        achievement = make_achievement(fair, agency, anonymous=anonymous, title_en=f"Heat pump {n}")
        pitches.append(do(pitching.book, made.id, achievement_id=achievement.id, by=actor(person, agency)))
    return Stage(fair, manager, hall, made, agencies, presenters, pitches)


def next_quarter() -> datetime:
    """The quarter of an hour that comes next: near enough to start a pitch, and still to be booked."""
    moment = now() + timedelta(minutes=15)
    return moment.replace(minute=moment.minute - moment.minute % 15, second=0, microsecond=0)
