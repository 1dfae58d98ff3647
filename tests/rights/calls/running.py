"""The roadshow while it runs: A's pitches and slides, B at A's door, staff who change sessions."""

from io import BytesIO
from typing import Any

from tests.listings.factories_files import pdf
from tests.rights.calls.calling import Call, call, on
from tests.rights.calls.roadshow import wall
from tests.rights.world import World


def moved(world: World) -> dict[str, Any]:
    return {"place_id": str(world.hall), "starts_at": wall(world, 16)}


on("GET /roadshow/now")
on("GET /roadshow/mine")
on("GET /roadshow/sessions/<uuid:session_id>/running", session_id="due_session")
on("GET /roadshow/sessions/<uuid:session_id>/room", session_id="due_session")
on("GET /roadshow/pitches/<uuid:pitch_id>", pitch_id="due_pitch")
on("GET /roadshow/pitches/<uuid:pitch_id>/slides", pitch_id="due_pitch")
for prefix in ("", "/api/v1"):
    pitches = f"{prefix or '/roadshow'}/pitches/<uuid:pitch_id>"
    on(f"POST {pitches}/start", pitch_id="due_pitch")
    on(f"POST {pitches}/finish", pitch_id="started_pitch")
    on(f"POST {pitches}/unmark", pitch_id="started_pitch")
on("POST /roadshow/pitches/<uuid:pitch_id>/slides/public", pitch_id="due_pitch", form={"public": "on"})
on("POST /roadshow/pitches/<uuid:pitch_id>/slides/remove", pitch_id="due_pitch")
on("POST /staff/roadshow/pitches/<uuid:pitch_id>/slides/loaded", pitch_id="due_pitch", form={"version": "1"})


@call("POST /roadshow/pitches/<uuid:pitch_id>/slides")
def put_slides(world: World) -> Call:
    return Call(path={"pitch_id": world.due_pitch.id}, form={"file": (BytesIO(pdf(2)), "slides.pdf")})


@call("GET /door/<code>")
def at_the_door(world: World) -> Call:
    return Call(path={"code": world.door})


@call("POST /door/<code>")
def interested(world: World) -> Call:
    contact = {"name": "Ada of nowhere", "email": "ada@example.org", "agrees": "on", "shares_contact": "on"}
    return Call(path={"code": world.door}, form=contact | {"pitch_id": str(world.due_pitch)})


on("POST /door/interests/<uuid:interest_id>/withdraw", interest_id="door_interest")
on("POST /roadshow/interests/<uuid:interest_id>/take-up", interest_id="door_interest")
on("POST /api/v1/door-interests/<uuid:interest_id>/take-up", interest_id="door_interest")
on("GET /api/v1/pitches/<uuid:pitch_id>/visitors", pitch_id="due_pitch")

for part in ("move", "late", "call-off", "signs"):
    on(f"GET /staff/roadshow/sessions/<uuid:session_id>/{part}", session_id="free_session")
on("POST /staff/roadshow/sessions/<uuid:session_id>/end", session_id="due_session")
on("POST /staff/roadshow/sessions/<uuid:session_id>/call-off", session_id="free_session", form=lambda world: {"seen": world.call_off_seen})
for prefix in ("/staff/roadshow", "/api/v1"):
    sessions, body = f"{prefix}/sessions/<uuid:session_id>", "json" if prefix == "/api/v1" else "form"
    on(f"POST {sessions}/move", session_id="free_session", **{body: lambda world: moved(world) | {"seen": world.move_seen}})
late = "POST /api/v1/sessions/<uuid:session_id>/late"
on(late, session_id="free_session", json=lambda world: {"minutes": 10, "seen": world.late_seen})
on(late.replace("/api/v1", "/staff/roadshow"), session_id="free_session", form=lambda world: {"minutes": "10", "seen": world.late_seen})
on("GET /api/v1/sessions/<uuid:session_id>/running", session_id="due_session")
on("GET /api/v1/sessions/<uuid:session_id>/move", session_id="free_session", query=moved)
on("GET /api/v1/sessions/<uuid:session_id>/late", session_id="free_session", query={"minutes": 10})
