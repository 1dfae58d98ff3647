"""A's pitches in a session that is due, one of them started, with slides; B at A's door; and what staff saw before they change a session."""

from datetime import timedelta
from io import BytesIO

from marketplace.roadshow import pitching
from marketplace.roadshow.running import door, effects, marking, rules, slides
from tests.factories import actor, make_member
from tests.listings.factories_files import pdf
from tests.rights.world.whole import World, do
from tests.roadshow.factories_roadshow import make_session
from tests.roadshow.factories_running import next_quarter
from tests.venue.factories_venue import at


def add_running(world: World) -> None:
    things, fair, a, staff = world.things, world.things["fair"], actor(make_member(world.things["a"], "editor"), world.things["a"]), world.by("manager")
    begins = next_quarter()
    due = things["due_session"] = make_session(fair, starts_at=begins, ends_at=begins + timedelta(hours=1))
    started = things["started_pitch"] = do(pitching.book, due.id, achievement_id=things["achievement"].id, by=a)
    pitch = things["due_pitch"] = do(pitching.book, due.id, achievement_id=things["asked_about"].id, by=a)
    do(marking.start, started.id, by=a)
    do(slides.put, pitch.id, slides.receive(BytesIO(pdf()), name="CANARY-SLIDES.pdf"), public=False, by=a)
    interest = do(door.come, pitch.id, shares_contact=True, question="CANARY-DOOR may we see it run?", by=world.by("b_owner"))
    things["door_interest"], things["door"] = interest, rules.door_code(pitch.id)
    ahead = things["free_session"].id
    things["move_seen"] = effects.of_move(ahead, place_id=things["hall"].id, starts_at=at(fair, 16), by=staff).seen
    things["late_seen"] = effects.of_late(ahead, 10, by=staff).seen
    things["call_off_seen"] = effects.of_calling_off(ahead, by=staff).seen
