"""Wishes to meet, the plan of the fair's meetings, and what is missing."""

from typing import Any

from tests.rights.calls.calling import Call, call, on
from tests.rights.world import World
from tests.venue.factories_venue import at

STAFF, V1 = "/staff/fairs/<slug>/planning", "/api/v1"


def wish_of(world: World) -> dict[str, Any]:
    """Of a neighbour that takes no part."""
    return {"organization": world.waits_nowhere.slug, "wanted": "like"}


def settings_of(world: World) -> dict[str, Any]:
    day = world.desk.fair.closes_on.isoformat()
    return {"closes_on": day, "days": [day], "hours": "09:00-12:00"}


def missing(world: World) -> dict[str, Any]:
    fair = world.desk.fair
    return {"place_id": str(world.table), "starts_at": f"{at(fair, 16):%Y-%m-%dT%H:%M}", "ends_at": f"{at(fair, 17):%Y-%m-%dT%H:%M}", "reason": "Repair"}


on("GET /wishes")
on("POST /fairs/<slug>/wishes", slug="fair", form=wish_of)
on("POST /wishes/<uuid:wish_id>/take-back", wish_id="wish")
on("POST /delegates/<uuid:delegate_id>/drop", delegate_id="delegate")
on("GET /staff/planning")
on(f"GET {STAFF}", slug="fair")
on(f"POST {STAFF}", slug="fair", form=settings_of)
on(f"GET {STAFF}/plans/<uuid:plan_id>", slug="fair", plan_id="plan")
on(f"POST {STAFF}/plans", slug="fair")
on(f"POST {STAFF}/plans/<uuid:plan_id>/cancel", slug="fair", plan_id="plan")
on(f"POST {STAFF}/plans/<uuid:plan_id>/publish", slug="fair", plan_id="plan")
on(f"GET {STAFF}/changes/new", slug="fair")
on(f"POST {STAFF}/changes/new", slug="fair", form=missing)
on(f"GET {STAFF}/changes/<uuid:change_id>", slug="fair", change_id="change")
on(f"POST {STAFF}/changes/<uuid:change_id>/cancel", slug="fair", change_id="change")
on(f"POST {STAFF}/changes/<uuid:change_id>/again", slug="fair", change_id="change")
on(f"POST {STAFF}/changes/<uuid:change_id>/apply", slug="fair", change_id="change", form={"repair": "drop"})
on(f"GET {V1}/fairs/<slug>/meeting-call", slug="fair")
on(f"GET {V1}/fairs/<slug>/delegates", slug="fair")
on(f"POST {V1}/delegates/<uuid:delegate_id>/drop", delegate_id="delegate")
on(f"GET {V1}/fairs/<slug>/wishes", slug="fair")
on(f"POST {V1}/fairs/<slug>/wishes", slug="fair", json=wish_of)
on(f"POST {V1}/wishes/<uuid:wish_id>/take-back", wish_id="wish")
on(f"GET {V1}/fairs/<slug>/meeting-plans", slug="fair")
on(f"POST {V1}/fairs/<slug>/meeting-plans", slug="fair")
on(f"GET {V1}/meeting-plans/<uuid:plan_id>", plan_id="plan")
on(f"GET {V1}/meeting-plans/<uuid:plan_id>/meetings", plan_id="plan")
on(f"POST {V1}/meeting-plans/<uuid:plan_id>/cancel", plan_id="plan")
on(f"POST {V1}/meeting-plans/<uuid:plan_id>/publish", plan_id="plan", json={})
on(f"GET {V1}/fairs/<slug>/plan-changes", slug="fair")
on(f"POST {V1}/fairs/<slug>/plan-changes", slug="fair", json=missing)
on(f"GET {V1}/plan-changes/<uuid:change_id>", change_id="change")
on(f"POST {V1}/plan-changes/<uuid:change_id>/cancel", change_id="change")
on(f"POST {V1}/plan-changes/<uuid:change_id>/apply", change_id="change", json={"repair": "drop"})


@call(f"PUT {V1}/fairs/<slug>/meeting-call")
def call_for_wishes(world: World) -> Call:
    return Call(path={"slug": world.fair.slug}, json=settings_of(world), headers={"If-Match": "*"})


@call("POST /fairs/<slug>/delegates", f"POST {V1}/fairs/<slug>/delegates")
def name_delegate(world: World) -> Call:
    body = {"person_id": str(world.people["a_editor"].id), "languages": ["en"], "presence": "online"}
    return Call(path={"slug": world.fair.slug}, json=body, form=body)
