"""Meetings of A and B that run now, one that C missed, who waits for whom, and interpreters."""

from datetime import timedelta
from typing import Any

from marketplace.core.clock import now
from marketplace.meetings import interpreters
from marketplace.meetings.models import MeetingStatus, Outcome
from tests.meetings.factories_day import make_interpreter, make_meeting, make_standby
from tests.rights.world.whole import World, do
from tests.venue.factories_venue import at

TOPIC = "CANARY-TOPIC of the day"


def add_meeting_day(world: World) -> None:
    things, fair, people = world.things, world.things["fair"], world.people
    moment = now()
    began = moment.replace(minute=moment.minute - moment.minute % 15, second=0, microsecond=0) - timedelta(minutes=15)
    later = now() + timedelta(hours=1)

    def meeting(other: str, **fields: Any) -> Any:
        return make_meeting(fair, things["a"], things[other], **{
            "topic": TOPIC, "starts_at": began, "minutes": 120, "requested_by": people["a_owner"].id,
        } | fields)  # fmt: skip

    things["running"] = meeting("b", hosts=[people["a_owner"]])
    missed = {"status": MeetingStatus.NO_SHOW, "outcome": Outcome.NO_SHOW, "outcome_by_id": things["a"].id, "outcome_at": moment}
    things["missed"] = meeting("b", **missed, missed_by_id=things["b"].id)
    free = meeting("c", **missed, missed_by_id=things["c"].id, topic="Talk with C")
    things["stepped"] = meeting(
        "b", status=MeetingStatus.HELD, outcome=Outcome.SAMPLE, next_step="CANARY-STEP", due_on=fair.closes_on, outcome_by_id=things["a"].id,
        outcome_at=moment,
    )  # fmt: skip
    b = people["b_owner"]
    things["waits"] = make_standby(fair, things["b"], things["c"], b)
    things["offered"] = make_standby(fair, things["b"], things["a"], b, topic=TOPIC, offered_meeting_id=free.id, offered_until=later)
    one = things["interpreter"] = make_interpreter(fair)
    things["spare_interpreter"] = make_interpreter(fair, name="Sun Mei")
    times = {"starts_at": at(fair, 8), "ends_at": at(fair, 9)}
    things["interpreter_absence"] = do(interpreters.absent, one.id, **times, by=world.by("manager"))
