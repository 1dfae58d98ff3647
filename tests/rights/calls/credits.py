"""The credit of contracts of A and B: A proposed that it alone is credited with the declared one; nothing stands with the signed one."""

from tests.rights.calls.calling import on
from tests.rights.calls.exporting import as_file


def seen(world):
    return {"content_hash": world.split.content_hash}


def declined(world):
    return seen(world) | {"reason": "We brought the buyer."}


on("GET /credits")
on("GET /api/v1/credits")
as_file("GET /credits/export.<format>")
as_file("GET /fairs/<slug>/agencies/export.<format>", slug="fair")
on("GET /fairs/<slug>/agencies", slug="fair")
on("GET /api/v1/fairs/<string:slug>/agencies", slug="fair")
on("GET /contracts/<uuid:contract_id>/credit/new", contract_id="signed")
on("POST /contracts/<uuid:contract_id>/credit/new", contract_id="signed", form=lambda world: {"shares-0-agency": world.a.slug, "shares-0-percent": "100"})
on("GET /api/v1/contracts/<uuid:contract_id>/credit", contract_id="declared")
on(
    "POST /api/v1/contracts/<uuid:contract_id>/credit", contract_id="signed",
    json=lambda world: {"shares": [{"agency": world.a.slug, "share_bp": 10_000}]},
)  # fmt: skip
for prefix, body in (("", "form"), ("/api/v1", "json")):
    base = f"{prefix}/credits/<uuid:split_id>"
    on(f"GET {base}", split_id="split")
    on(f"POST {base}/agree", split_id="split", **{body: seen})
    on(f"POST {base}/decline", split_id="split", **{body: declined})
    on(f"POST {base}/withdraw", split_id="split")
