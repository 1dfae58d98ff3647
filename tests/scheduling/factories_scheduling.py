"""A fair that plans meetings, with tables, organisations that take part, and what they wish."""

from datetime import timedelta

from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.meetings.models import Interpreter
from marketplace.organizations.models import Role
from marketplace.scheduling import computing, preparing, publishing, service, tasks
from marketplace.scheduling.models import MeetingPlan
from tests.factories import actor, make_fair, make_member, make_organization, make_staff, save
from tests.venue.factories_venue import make_place

SETTINGS = {"hours": "09:00-12:00", "length_minutes": 30, "pause_minutes": 0, "seconds": 5}


class Fair:
    """One day with six slots, and as many tables as asked for."""

    def __init__(self, *, tables=2, **settings):
        self.fair = make_fair()
        self.day = self.fair.closes_on
        self.manager = actor(make_staff(self.fair, "manager"))
        self.tables = [make_place(self.fair) for _ in range(tables)]
        with transaction():
            preparing.call_for_wishes(self.fair.id, closes_on=self.day, days=[self.day], by=self.manager, **SETTINGS | settings)

    def organization(self, languages=("en",), presence="on_site", **fields):
        """An actor for a new organisation that takes part, in person."""
        organization = make_organization(**fields)
        by = actor(make_member(organization, Role.OWNER), organization)
        with transaction():
            service.name_delegate(self.fair.id, person_id=by.person_id, languages=list(languages), presence=presence, by=by)
        return by

    def wish(self, by, about, wanted="must", **more):
        with transaction():
            return service.wish(self.fair.id, organization=about.acting.slug, listing=None, wanted=wanted, by=by, **more)

    def interpreter(self, *languages):
        return save(Interpreter(fair_id=self.fair.id, name="Interpreter", languages=list(languages), created_at=now()))

    def plan(self):
        """Computed, as a worker would."""
        with transaction():
            plan_id = computing.ask(self.fair.id, by=self.manager).id
        tasks.compute(plan_id=str(plan_id))
        return db.session.get_one(MeetingPlan, plan_id)

    def published(self):
        plan = self.plan()
        with transaction():
            publishing.publish(plan.id, by=self.manager)
        return plan


def hour(moment, zone="Asia/Shanghai"):
    from zoneinfo import ZoneInfo

    return f"{moment.astimezone(ZoneInfo(zone)):%H:%M}"


HALF = timedelta(minutes=30)
