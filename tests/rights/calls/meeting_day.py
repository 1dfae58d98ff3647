"""The day of meetings of A and B: what runs now, what was missed, who waits, and interpreters."""

from typing import Any

from tests.rights.calls.calling import on
from tests.rights.world import World
from tests.venue.factories_venue import at


def waiting(world: World) -> dict[str, Any]:
    return {"organization": world.waits_nowhere.slug, "topic": "Pumps", "language": "en"}


def away(world: World) -> dict[str, Any]:
    fair = world.desk.fair
    return {"starts_at": f"{at(fair, 17):%Y-%m-%dT%H:%M}", "ends_at": f"{at(fair, 18):%Y-%m-%dT%H:%M}"}


NEW = {"name": "Zhou Ping", "languages": ["de", "zh"]}
V1 = "/api/v1"

on("GET /meetings/today")
on("GET /meetings/open")
on("GET /meetings/<uuid:meeting_id>/note", meeting_id="running")
on("POST /meetings/<uuid:meeting_id>/note", meeting_id="running", form={"outcome": "contract", "next_step": "Send it", "due_in": "7", "notes": "Long."})
on("POST /meetings/<uuid:meeting_id>/typed", meeting_id="running", form={"notes": "Half a sen"})
on("GET /meetings/standby")
on("POST /meetings/standby", form=waiting)
for base, body in (("", "form"), (V1, "json")):
    on(f"POST {base}/meetings/<uuid:meeting_id>/missed", meeting_id="running", **{body: {}})
    on(f"POST {base}/meetings/<uuid:meeting_id>/came", meeting_id="missed")
    on(f"POST {base}/meetings/<uuid:meeting_id>/step", meeting_id="stepped")
    waits = f"{base}/meetings/standby" if body == "form" else f"{base}/standby"
    on(f"POST {waits}/<uuid:standby_id>/leave", standby_id="waits")
    on(f"POST {waits}/<uuid:standby_id>/pass", standby_id="offered")
    on(f"POST {waits}/<uuid:standby_id>/accept", standby_id="offered")
    staff = f"{base}/staff/interpreters" if body == "form" else f"{base}/interpreters"
    on(f"POST {staff}/<uuid:interpreter_id>/absences", interpreter_id="interpreter", **{body: away})
    on(f"POST {staff}/absences/<uuid:absence_id>/end", absence_id="interpreter_absence")
    on(f"POST {staff}/<uuid:interpreter_id>/leave", interpreter_id="interpreter", **{body: {}})
    chosen = f"{base}/staff/meetings/<uuid:meeting_id>/interpreter" if body == "form" else f"{base}/meetings/<uuid:meeting_id>/interpreter"
    on(f"POST {chosen}", meeting_id="confirmed", **{body: lambda world: {"interpreter_id": str(world.spare_interpreter)}})
on(f"GET {V1}/meetings/today")
on(f"GET {V1}/standby")
on(f"POST {V1}/standby", json=waiting)
on("GET /staff/interpreters", query=lambda world: {"fair": world.fair.slug})
on("GET /staff/interpreters/new", query=lambda world: {"fair": world.fair.slug})
on("POST /staff/interpreters/new", query=lambda world: {"fair": world.fair.slug}, form=NEW)
on("GET /staff/interpreters/<uuid:interpreter_id>", interpreter_id="interpreter")
on("POST /staff/interpreters/<uuid:interpreter_id>", interpreter_id="interpreter", form=NEW)
on("GET /staff/meetings/<uuid:meeting_id>/interpreter", meeting_id="confirmed")
on(f"GET {V1}/fairs/<slug>/interpreters", slug="fair")
on(f"POST {V1}/fairs/<slug>/interpreters", slug="fair", json=NEW)
