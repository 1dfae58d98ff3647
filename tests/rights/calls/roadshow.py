"""The roadshow, meetings that A asked B for, and fees."""

from typing import Any

from tests.rights.calls.calling import on
from tests.rights.world import World
from tests.venue.factories_venue import at


def wall(world: World, hour: int) -> str:
    fair = world.desk.fair
    return f"{at(fair, hour):%Y-%m-%dT%H:%M}"


PLACE = {"kind": "table", "name_en": "Table 9", "capacity": 4}


def session_of(world: World) -> dict[str, Any]:
    return {
        "place_id": str(world.hall), "title_en": "Batteries", "starts_at": wall(world, 15), "ends_at": wall(world, 16), "capacity": 10,
        "slots": 2, "slot_minutes": 15,
    }  # fmt: skip


def meeting_of(world: World) -> dict[str, Any]:
    """With A's neighbour B; who is B asks A's neighbour in turn: the organisation is C then, see the table."""
    return {
        "organization": world.waits_nowhere.slug, "place_id": str(world.table), "starts_at": wall(world, 16), "length_minutes": 30,
        "topic": "Talk",
    }  # fmt: skip


on("GET /roadshow/sessions/<uuid:session_id>", session_id="free_session")
on("POST /roadshow/sessions/<uuid:session_id>/pitches", session_id="open_session", form=lambda world: {"achievement_id": str(world.achievement)})
on("POST /roadshow/pitches/<uuid:pitch_id>/cancel", pitch_id="pitch")
on("GET /staff/roadshow", query=lambda world: {"fair": world.fair.slug})
on("GET /staff/places", query=lambda world: {"fair": world.fair.slug})
on("GET /staff/places/new", query=lambda world: {"fair": world.fair.slug})
on("POST /staff/places/new", query=lambda world: {"fair": world.fair.slug}, form=PLACE)
on("GET /staff/roadshow/sessions/new", query=lambda world: {"fair": world.fair.slug})
on("POST /staff/roadshow/sessions/new", query=lambda world: {"fair": world.fair.slug}, form=session_of)
on("GET /staff/roadshow/sessions/<uuid:session_id>/price", session_id="free_session")
on("POST /staff/roadshow/sessions/<uuid:session_id>/price", session_id="free_session", form={"amount": "500", "currency": "CNY", "unit": "one"})
on("POST /staff/roadshow/sessions/<uuid:session_id>/cancel", session_id="empty_session")
V1 = "/api/v1"
on(f"GET {V1}/fairs/<slug>/places", slug="fair")
on(f"POST {V1}/fairs/<slug>/places", slug="fair", json=PLACE)
on(f"GET {V1}/fairs/<slug>/sessions", slug="fair")
on(f"POST {V1}/fairs/<slug>/sessions", slug="fair", json=session_of)
on(f"GET {V1}/sessions/<uuid:session_id>", session_id="free_session")
on(f"POST {V1}/sessions/<uuid:session_id>/cancel", session_id="empty_session")
on(f"POST {V1}/sessions/<uuid:session_id>/pitches", session_id="open_session", json=lambda world: {"achievement_id": str(world.achievement)})
on(f"PUT {V1}/sessions/<uuid:session_id>/price", session_id="free_session", json={"amount": "500.00", "currency": "CNY"})
on(f"GET {V1}/pitches/<uuid:pitch_id>", pitch_id="pitch")
on(f"POST {V1}/pitches/<uuid:pitch_id>/cancel", pitch_id="pitch")

# meetings: A asked B
on("GET /meetings")
on("GET /meetings/request")
on("POST /meetings/request", form=meeting_of)
on("GET /api/v1/meetings")
on("POST /api/v1/meetings", json=meeting_of)
for prefix in ("", "/api/v1"):
    base, body = f"{prefix}/meetings/<uuid:meeting_id>", "json" if prefix else "form"
    on(f"GET {base}", meeting_id="confirmed")
    on(f"POST {base}/accept", meeting_id="requested", **{body: {}})
    on(f"POST {base}/decline", meeting_id="requested", **{body: {"reason": "We are full that day."}})
    on(f"POST {base}/cancel", meeting_id="confirmed", **{body: {"reason": "We are ill."}})
    on(f"POST {base}/outcome", meeting_id="running", **{body: {"outcome": "information_exchanged"}})
    on(f"POST {base}/notes", meeting_id="confirmed", **{body: {"notes": "They were late."}})

# fees
on("GET /payments")
on("GET /payments/<uuid:fee_id>", fee_id="fee")
on("GET /payments/<uuid:fee_id>/checkout", fee_id="fee")
on("POST /payments/<uuid:fee_id>/release", fee_id="fee")
on("GET /staff/payments", query=lambda world: {"fair": world.fair.slug})
on("POST /staff/payments/<uuid:fee_id>/refund", fee_id="paid_fee")
on("GET /api/v1/payments")
on("GET /api/v1/payments/<uuid:fee_id>", fee_id="fee")
on("POST /api/v1/payments/<uuid:fee_id>/refund", fee_id="paid_fee")
