"""Calls of the call for pitches: A applies, a verifier reviews, the fair's manager chooses and arranges."""

from tests.rights.calls.calling import on
from tests.rights.world import World
from tests.rights.world.calls import call_of

TEXT = {"pitch_text": "We make steam at 150 degrees without gas.", "language": "en"}


def in_fair(world: World) -> dict[str, str]:
    return {"fair": world.fair.slug}


def applying(world: World) -> dict[str, object]:
    return TEXT | {"achievement_id": str(world.asked_about)}


def call_json(world: World) -> dict[str, object]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in call_of(world.desk.fair).items()}


def call_form(world: World) -> dict[str, str]:
    facts = call_json(world)
    return {name: str(facts[name]) for name in ("text_en", "opens_on", "closes_on", "places")} | {"criteria-0-name_en": "Novelty", "criteria-0-weight": "1"}


def review(world: World) -> dict[str, object]:
    return {"scores": [{"criterion_id": str(world.criterion), "points": 4}], "comment": "Worth a stage."}


def review_form(world: World) -> dict[str, str]:
    return {"scores-0-criterion_id": str(world.criterion), "scores-0-points": "4", "comment": "Worth a stage."}


def decision(world: World) -> dict[str, object]:
    return {"applications": [str(world.application)], "status": "selected"}


def decision_form(world: World) -> dict[str, str]:
    return {"applications": str(world.application), "status": "selected"}


def slot(world: World) -> dict[str, object]:
    return {"session_id": str(world.call_session), "position": 2}


def arranged(world: World) -> dict[str, str]:
    return {"what": f"application:{world.selected_application}", "to": f"slot:{world.call_session}:2"}


on("GET /roadshow/call", query=in_fair)
on("POST /roadshow/calls/<uuid:call_id>/applications", call_id="pitch_call", form=applying)
on("GET /roadshow/applications/<uuid:application_id>", application_id="application")
on("POST /roadshow/applications/<uuid:application_id>/amend", application_id="application", form=TEXT)
on("POST /roadshow/applications/<uuid:application_id>/withdraw", application_id="application")
on("GET /roadshow/calls/<uuid:call_id>/scoring", call_id="pitch_call")
on("GET /roadshow/calls/<uuid:call_id>/scoring/next", call_id="pitch_call")
on("GET /roadshow/applications/<uuid:application_id>/score", application_id="application")
on("POST /roadshow/applications/<uuid:application_id>/score", application_id="application", form=review_form)

STAFF = "/staff/roadshow"
for page in ("call", "reviewers", "applications", "applications/tell", "timetable", "timetable/publish"):
    on(f"GET {STAFF}/{page}", query=in_fair)
on(f"GET {STAFF}/timetable/move", query=lambda world: in_fair(world) | {"what": f"pitch:{world.placed_pitch}"})
on(f"POST {STAFF}/call", query=in_fair, form=call_form)
on(f"POST {STAFF}/reviewers", query=in_fair, form=lambda world: {"email": world.spare_email})
on(f"POST {STAFF}/reviewers/<uuid:reviewer_id>/end", reviewer_id="reviewer")
on(f"POST {STAFF}/applications", query=in_fair, form=decision_form)
on(f"POST {STAFF}/applications/first", query=in_fair, form={"number": "1", "status": "selected"})
on(f"POST {STAFF}/applications/rest", query=in_fair, form={"rest_reason": "Too early for this stage."})
on(f"GET {STAFF}/applications/<uuid:application_id>", application_id="application")
on(f"POST {STAFF}/applications/tell", query=in_fair)
on(f"POST {STAFF}/timetable/move", query=in_fair, form=arranged)
on(f"POST {STAFF}/timetable/undo", query=in_fair)
on(f"POST {STAFF}/timetable/publish", query=in_fair)

V1 = "/api/v1"
on(f"GET {V1}/fairs/<slug>/call", slug="fair")
on(f"PUT {V1}/fairs/<slug>/call", slug="fair", json=call_json)
on(f"POST {V1}/fairs/<slug>/pitch-applications", slug="fair", json=applying)
on(f"GET {V1}/fairs/<slug>/pitch-applications", slug="fair")
on(f"POST {V1}/fairs/<slug>/pitch-applications/decide", slug="fair", json=decision)
on(f"POST {V1}/fairs/<slug>/pitch-applications/tell", slug="fair")
on(f"POST {V1}/fairs/<slug>/timetable/undo", slug="fair")
on(f"POST {V1}/fairs/<slug>/timetable/publish", slug="fair")
on(f"GET {V1}/pitch-applications/<uuid:application_id>", application_id="application")
on(f"POST {V1}/pitch-applications/<uuid:application_id>/withdraw", application_id="application")
on(f"PUT {V1}/pitch-applications/<uuid:application_id>/review", application_id="application", json=review)
on(f"POST {V1}/pitch-applications/<uuid:application_id>/place", application_id="selected_application", json=slot)
on(f"PUT {V1}/pitches/<uuid:pitch_id>/slot", pitch_id="placed_pitch", json=slot)
on(f"POST {V1}/pitches/<uuid:pitch_id>/take-out", pitch_id="placed_pitch")
