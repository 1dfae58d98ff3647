"""A fair that plans meetings: A wishes to meet C; a plan that waits to be published, and a table that is missing."""

from marketplace.core.db import db
from marketplace.scheduling import computing, preparing, repairing, service, tasks
from marketplace.scheduling.models import MeetingPlan, PlanChange
from tests.rights.world.whole import World, do
from tests.venue.factories_venue import at, make_place


def add_scheduling(world: World) -> None:
    things, fair, manager = world.things, world.things["fair"], world.by("manager")
    day = fair.closes_on
    spare = make_place(fair)
    do(
        preparing.call_for_wishes, fair.id, closes_on=day, days=[day], hours="09:00-18:00", length_minutes=30, pause_minutes=0, seconds=5,
        by=manager,
    )  # fmt: skip
    for role in ("a_owner", "b_owner", "c_owner"):
        by = world.by(role)
        delegate = do(service.name_delegate, fair.id, person_id=by.person_id, languages=["en"], presence="on_site", by=by)
        if role == "a_owner":
            things["delegate"] = delegate
    things["wish"] = do(service.wish, fair.id, organization=things["c"].slug, listing=None, wanted="must", topic="CANARY-TOPIC", by=world.by("a_owner"))
    plan_id = do(computing.ask, fair.id, by=manager).id
    span = {"starts_at": at(fair, 9), "ends_at": at(fair, 10)}
    change_id = do(repairing.ask, fair.id, kind="place", subject_id=spare.id, reason="Repair", by=manager, **span).id
    tasks.compute(plan_id=str(plan_id))
    tasks.repair(change_id=str(change_id))
    things["plan"], things["change"] = db.session.get_one(MeetingPlan, plan_id), db.session.get_one(PlanChange, change_id)
