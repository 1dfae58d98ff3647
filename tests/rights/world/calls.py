"""The call for pitches: A's applications in every state, and a verifier who reviews."""

from typing import Any

from sqlalchemy import select

from marketplace.core.clock import today
from marketplace.core.db import db
from marketplace.fairs.models import Fair
from marketplace.roadshow.calls import applying, calling, selecting, telling, timetabling
from marketplace.roadshow.calls.models import Reviewer, Status
from tests.rights.world.whole import World, do
from tests.roadshow.factories_roadshow import make_session
from tests.venue.factories_venue import at

PITCH = "CANARY-PITCH: we make steam without gas."


def call_of(fair: Fair) -> dict[str, Any]:
    """What a call says, as services take it."""
    return {
        "text_en": "Come and pitch.", "text_zh": None, "opens_on": today(fair.time_zone), "closes_on": fair.closes_on, "places": 5,
        "criteria": [{"name_en": "Novelty", "name_zh": None, "weight": 1}],
    }  # fmt: skip


def add_calls(world: World) -> None:
    things, fair = world.things, world.things["fair"]
    manager, a = world.by("manager"), world.by("a_editor")
    call = things["pitch_call"] = do(calling.put_out, fair.id, **call_of(fair), by=manager)
    do(calling.appoint, fair.id, world.people["verifier"].email, by=manager)
    things["reviewer"] = db.session.scalar(select(Reviewer).where(Reviewer.call_id == call.id))
    things["criterion"] = calling.criteria(call.id)[0]
    about = {"application": "achievement", "selected_application": "talked_about", "placed_application": "agreed_about", "decided_application": "handed_about"}
    for name, achievement in about.items():
        things[name] = do(applying.apply, call.id, achievement_id=things[achievement].id, pitch_text=PITCH, language="en", by=a)
    chosen = [things["selected_application"].id, things["placed_application"].id]
    do(selecting.decide, fair.id, chosen, Status.SELECTED, by=manager)
    do(telling.tell, fair.id, by=manager)
    do(selecting.decide, fair.id, [things["decided_application"].id], Status.REJECTED, reason="CANARY-REASON of the manager", by=manager)
    session = things["call_session"] = make_session(fair, starts_at=at(fair, 19), ends_at=at(fair, 20))
    things["placed_pitch"] = do(timetabling.place, things["placed_application"].id, session.id, 4, by=manager)
