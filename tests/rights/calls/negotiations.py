"""Negotiations: B asked A, A made round 1."""

from tests.rights.calls.calling import Call, call, on
from tests.rights.world import ASKED

on("GET /negotiations")
on("GET /negotiations/new", query=lambda world: {"achievement": str(world.achievement)})
on("POST /negotiations/new", query=lambda world: {"achievement": str(world.achievement)}, form=lambda world: ASKED | {"achievement_id": str(world.achievement)})
on("GET /staff/negotiations")
on("GET /api/v1/negotiations")
on("POST /api/v1/negotiations", json=lambda world: ASKED | {"achievement_id": str(world.achievement)})
on("GET /api/v1/fairs/<slug>/negotiations", slug="fair")
DECLINED, LOST = {"reason": "not_fit"}, {"reason": "price"}
for prefix in ("", "/api/v1"):
    base, body = f"{prefix}/negotiations/<uuid:negotiation_id>", "json" if prefix else "form"
    on(f"GET {base}", negotiation_id="talks")
    on(f"POST {base}/accept", negotiation_id="interest")
    on(f"POST {base}/withdraw", negotiation_id="interest")
    on(f"POST {base}/decline", negotiation_id="interest", **{body: DECLINED})
    on(f"POST {base}/agree", negotiation_id="talks", **{body: {"round": 1}})
    on(f"POST {base}/lose", negotiation_id="talks", **{body: LOST})
    on(f"POST {base}/hand-over", negotiation_id="agreement")
    on(f"POST {base}/meetings", negotiation_id="talks", **{body: lambda world: {"meeting_id": str(world.confirmed)}})
    call(f"POST {base}/rounds/<int:number>/withdraw")(lambda world: Call(path={"negotiation_id": world.talks, "number": 1}))
for step, thread in (("decline", "interest"), ("agree", "talks"), ("lose", "talks"), ("hand-over", "agreement")):
    on(f"GET /negotiations/<uuid:negotiation_id>/{step}", negotiation_id=thread)
on("GET /negotiations/<uuid:negotiation_id>/rounds/new", negotiation_id="talks")
on("POST /negotiations/<uuid:negotiation_id>/rounds/new", negotiation_id="talks", form={"amount": "620", "unit": "wan", "currency": "CNY", "kind": "licence", "after": "1"})
on("POST /api/v1/negotiations/<uuid:negotiation_id>/rounds", negotiation_id="talks", json={"amount": "6200000.00", "currency": "CNY", "kind": "licence", "after": 1})
on("POST /api/v1/negotiations/<uuid:negotiation_id>/read", negotiation_id="interest")
