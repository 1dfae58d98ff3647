"""Addresses of A's own programs, and what they were told."""

from tests.rights.calls.calling import Call, call, on
from tests.rights.world import World

PAGE, API = "/organization/webhooks", "/api/v1/webhooks"
named = {"url": "https://crm.example.org/hooks", "events": ["listing.published"], "description": "CRM"}
on(f"GET {PAGE}")
on(f"GET {PAGE}/new")
on(f"POST {PAGE}/new", form=named)
on(f"GET {PAGE}/<uuid:endpoint_id>", endpoint_id="endpoint")
on(f"GET {PAGE}/<uuid:endpoint_id>/edit", endpoint_id="endpoint")
on(f"POST {PAGE}/<uuid:endpoint_id>/edit", endpoint_id="endpoint", form=lambda world: named | {"version": str(world.endpoint.version)})
on(f"POST {PAGE}/<uuid:endpoint_id>/secret", endpoint_id="endpoint", form={"hours": "24"})
on(f"GET {PAGE}/deliveries/<uuid:delivery_id>", delivery_id="delivery")
on(f"POST {PAGE}/deliveries/<uuid:delivery_id>/again", delivery_id="delivery")
on(f"GET {API}")
on(f"POST {API}", json=named)
on(f"GET {API}/<uuid:endpoint_id>", endpoint_id="endpoint")
on(f"GET {API}/<uuid:endpoint_id>/deliveries", endpoint_id="endpoint")
on(f"POST {API}/<uuid:endpoint_id>/secret", endpoint_id="endpoint", json={"hours": 24})
on(f"POST {API}/deliveries/<uuid:delivery_id>/again", delivery_id="delivery")
for where in (PAGE, API):
    on(f"POST {where}/<uuid:endpoint_id>/test", endpoint_id="endpoint")
    on(f"POST {where}/<uuid:endpoint_id>/off", endpoint_id="endpoint")
    on(f"POST {where}/<uuid:endpoint_id>/on", endpoint_id="endpoint_off")
on(f"POST {PAGE}/<uuid:endpoint_id>/delete", endpoint_id="endpoint")


@call(f"PATCH {API}/<uuid:endpoint_id>")
def change(world: World) -> Call:
    return Call(path={"endpoint_id": world.endpoint.id}, json={"events": ["negotiation.round"]}, headers={"If-Match": "*"})


@call(f"DELETE {API}/<uuid:endpoint_id>")
def delete(world: World) -> Call:
    return Call(path={"endpoint_id": world.endpoint.id}, headers={"If-Match": "*"})
