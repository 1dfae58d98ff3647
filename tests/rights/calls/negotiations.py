"""Negotiations: B asked A, A made round 1."""

from datetime import timedelta

from marketplace.core.clock import now
from tests.rights.calls.calling import Call, call, of, on
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
    on(f"POST {base}/agree", negotiation_id="talks", **{body: {"round": 1, "accept_open_points": True if prefix else "on"}})
    on(f"POST {base}/lose", negotiation_id="talks", **{body: LOST})
    on(f"POST {base}/hand-over", negotiation_id="agreement", **{body: {}})
    on(f"POST {base}/meetings", negotiation_id="talks", **{body: lambda world: {"meeting_id": str(world.confirmed)}})
    call(f"POST {base}/rounds/<int:number>/withdraw")(lambda world: Call(path={"negotiation_id": world.talks, "number": 1}))
for step, thread in (("decline", "interest"), ("agree", "talks"), ("lose", "talks"), ("hand-over", "agreement")):
    on(f"GET /negotiations/<uuid:negotiation_id>/{step}", negotiation_id=thread)
on("GET /negotiations/<uuid:negotiation_id>/rounds/new", negotiation_id="talks")
on("POST /negotiations/<uuid:negotiation_id>/rounds/new", negotiation_id="talks", form={"amount": "620", "unit": "wan", "currency": "CNY", "kind": "licence", "after": "1"})
on("POST /api/v1/negotiations/<uuid:negotiation_id>/rounds", negotiation_id="talks", json={"amount": "6200000.00", "currency": "CNY", "kind": "licence", "after": 1})
on("POST /api/v1/negotiations/<uuid:negotiation_id>/read", negotiation_id="interest")
on("POST /negotiations/<uuid:negotiation_id>/read", negotiation_id="interest")
LATER = {"until": (now() + timedelta(days=9)).date().isoformat(), "note": "Our board meets"}
SOON = {"due_on": (now() + timedelta(days=9)).date().isoformat()}
PACE = {"answer_days": 2, "move_days": 4, "stalled_days": 9}
for prefix in ("", "/api/v1"):
    base, body = f"{prefix}/negotiations/<uuid:negotiation_id>", "json" if prefix else "form"
    on(f"POST {base}/steps", negotiation_id="talks", **{body: {"step": "evaluate"}})
    on(f"POST {base}/pause", negotiation_id="talks", **{body: LATER})
    on(f"POST {base}/due", negotiation_id="talks", **{body: SOON})
    on(f"GET {prefix}/negotiations/questions/<uuid:listing_id>", listing_id="achievement")
for step in ("pause", "due"):
    on(f"GET /negotiations/<uuid:negotiation_id>/{step}", negotiation_id="talks")
on("POST /negotiations/questions/<uuid:listing_id>", listing_id="achievement", form={"en_1": "CANARY-ASKED how many lines?"})
on("GET /staff/negotiations/pace")
on("POST /staff/negotiations/pace", form=PACE)
on("GET /api/v1/fairs/<slug>/negotiations/stages", slug="fair")
on("GET /api/v1/fairs/<slug>/negotiations/pace", slug="fair")


@call("PUT /api/v1/fairs/<slug>/negotiations/pace")
def pace(world):
    return Call(path={"slug": world.fair.slug}, json=dict(PACE), headers={"If-Match": "*"})


@call("PUT /api/v1/negotiations/questions/<uuid:listing_id>")
def questions(world):
    return Call(path=of(world, listing_id="achievement"), json={"questions": [{"text_zh": "几条产线？"}]}, headers={"If-Match": "*"})
