"""Laying out a fair: its places, when they are closed, the ways between halls, what conflicts weigh; and when A takes no meetings."""

from typing import Any

from tests.rights.calls.calling import on
from tests.rights.calls.roadshow import wall
from tests.rights.world import World

FAIR = {"query": lambda world: {"fair": world.fair.slug}}


def times(world: World) -> dict[str, Any]:
    return {"starts_at": wall(world, 15), "ends_at": wall(world, 16)}


def way(world: World) -> dict[str, Any]:
    return {"one_hall_id": str(world.hall), "other_hall_id": str(world.other_hall), "minutes": 7}


on("GET /staff/places/<uuid:place_id>", place_id="closed_table")
on("POST /staff/places/<uuid:place_id>", place_id="closed_table", form={"version": "1", "name_en": "Table 3", "capacity": "4"})
on("POST /staff/places/<uuid:place_id>/close", place_id="closed_table", form=lambda world: times(world) | {"reason": "Repair"})
on("POST /staff/closures/<uuid:closure_id>/remove", closure_id="closure")
on("GET /staff/places/ways", **FAIR)
on("POST /staff/places/ways", **FAIR, form=way)
on("GET /staff/places/conflicts", **FAIR)
on("POST /staff/places/conflicts", **FAIR, form={"walking": "block"})
V1 = "/api/v1"
on(f"GET {V1}/places/<uuid:place_id>", place_id="closed_table")
on(f"PATCH {V1}/places/<uuid:place_id>", place_id="closed_table", json={"capacity": 6})
on(f"POST {V1}/places/<uuid:place_id>/closures", place_id="closed_table", json=lambda world: times(world) | {"reason": "Repair"})
on(f"POST {V1}/closures/<uuid:closure_id>/remove", closure_id="closure")
on(f"GET {V1}/fairs/<slug>/ways", slug="fair")
on(f"POST {V1}/fairs/<slug>/ways", slug="fair", json=way)
on(f"GET {V1}/fairs/<slug>/conflicts", slug="fair")
on(f"POST {V1}/fairs/<slug>/conflicts", slug="fair", json={"walking": "block"})

# meetings that move, and times without any
on("GET /meetings/calendar")
on("GET /meetings/away")
on("POST /meetings/away", form=times)
on("POST /meetings/absences/<uuid:absence_id>/remove", absence_id="absence")
on("GET /meetings/<uuid:meeting_id>/move", meeting_id="confirmed")
on(f"GET {V1}/meetings/free", query=lambda world: {"organization": world.waits_nowhere.slug})
on(f"GET {V1}/meetings/absences")
on(f"POST {V1}/meetings/absences", json=times)
on(f"POST {V1}/meetings/absences/<uuid:absence_id>/remove", absence_id="absence")
for prefix in ("", V1):
    base, body = f"{prefix}/meetings/<uuid:meeting_id>", "json" if prefix else "form"
    on(f"POST {base}/move", meeting_id="confirmed", **{body: lambda world: {"starts_at": wall(world, 17)}})
    on(f"POST {base}/agree", meeting_id="moving")
    on(f"POST {base}/keep", meeting_id="moving")
