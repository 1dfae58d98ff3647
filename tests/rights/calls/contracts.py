"""Contracts that A provides and B receives, logged and signed by the clerk; reported deals; the marks of the verified one."""

import io
from datetime import date
from typing import Any

from tests.contracts.factories_contracts import PDF, facts
from tests.rights.calls.calling import Call, call, on
from tests.rights.world import World


def contract_form(**more: Any) -> dict[str, Any]:
    """The desk's form; undisclosed amounts need no reading back."""
    return {
        "title_en": "Licence", "class": "contract", "kind": "licence", "field": "new_materials", "currency": "CNY", "place": "at_fair",
        "total_undisclosed": "on", "technology_undisclosed": "on", "signed_on": date.today().isoformat(),
        "parties-0-role": "provider", "parties-0-name": "Institute of X", "parties-0-country": "DE",
        "parties-1-role": "recipient", "parties-1-name": "Works of Y", "parties-1-country": "CN",
    } | more  # fmt: skip


on("GET /contracts")
on("GET /contracts/new")
on("POST /contracts/new", form=contract_form())
on("GET /contracts/<uuid:contract_id>", contract_id="declared")
on("GET /contracts/<uuid:contract_id>/edit", contract_id="declared")
call("POST /contracts/<uuid:contract_id>/edit")(
    lambda world: Call(path={"contract_id": world.declared}, form=contract_form(version=str(world.declared.version)))
)
on("POST /contracts/<uuid:contract_id>/sign", contract_id="declared", form=lambda world: {"content_hash": world.declared.content_hash})
on("POST /contracts/<uuid:contract_id>/verify", contract_id="signed", form=lambda world: {"content_hash": world.signed.content_hash})
on("POST /contracts/<uuid:contract_id>/void", contract_id="declared", form={"reason": "logged by mistake"})
on("GET /contracts/<uuid:contract_id>/evidence/<uuid:evidence_id>", contract_id="declared", evidence_id="evidence")
on("GET /api/v1/contracts/handovers", query=lambda world: {"fair": world.fair.slug})
V1 = "/api/v1/contracts"
on(f"GET {V1}")
on(f"POST {V1}", json=lambda world: facts(fair=world.fair.slug))
on(f"GET {V1}/<uuid:contract_id>", contract_id="declared")
on(f"PUT {V1}/<uuid:contract_id>", contract_id="declared", json=facts())
on(f"POST {V1}/<uuid:contract_id>/sign", contract_id="declared", json=lambda world: {"content_hash": world.declared.content_hash})
on(f"POST {V1}/<uuid:contract_id>/verify", contract_id="signed", json=lambda world: {"content_hash": world.signed.content_hash})
on(f"POST {V1}/<uuid:contract_id>/void", contract_id="declared", json={"reason": "logged by mistake"})
on(f"GET {V1}/<uuid:contract_id>/evidence/<uuid:evidence_id>", contract_id="declared", evidence_id="evidence")


# reported deals, and the marks of the verified contract
on("GET /contracts/report")
on("POST /contracts/report", form=lambda world: contract_form(**{
    "confirmed": "None/None/CNY", "parties-0-name": "A", "parties-0-organization_id": str(world.a.id), "parties-1-name": "B", "parties-1-organization_id": str(world.b.id),
}))  # fmt: skip
on("GET /contracts/reported")
on("GET /staff/reports-of-deals")
on("GET /staff/reports-of-deals/<uuid:report_id>", report_id="report")
DEALS = "/api/v1/reported-deals"
on(f"POST {DEALS}", json=lambda world: facts(fair=world.fair.slug, parties=world.parties()))
on(f"GET {DEALS}")
on(f"GET {DEALS}/waiting")
for base, body in (("/staff/reports-of-deals", "form"), (DEALS, "json")):
    on(f"POST {base}/<uuid:report_id>/merge", report_id="report", **{body: lambda world: {"contract_id": str(world.declared.id)}})
    on(f"POST {base}/<uuid:report_id>/refuse", report_id="report", **{body: {"reason": "Not of this fair"}})
on("GET /contracts/<uuid:contract_id>/marks", contract_id="verified")
for route, body in (("POST /contracts", "form"), (f"PUT {V1}", "json")):
    call(f"{route}/<uuid:contract_id>/marks/<code>")(
        lambda world, body=body: Call(path={"contract_id": world.verified, "code": "performed"}, **{body: {"on": date.today().isoformat()}})
    )
for route, body in (("POST /contracts", "form"), (f"POST {V1}", "json")):
    call(f"{route}/<uuid:contract_id>/marks/<code>/clear")(
        lambda world, body=body: Call(path={"contract_id": world.verified, "code": "in_force"}, **{body: {"reason": "noted by mistake"}})
    )


@call("POST /contracts/<uuid:contract_id>/evidence", "POST /api/v1/contracts/<uuid:contract_id>/evidence")
def attach_evidence(world: World) -> Call:
    return Call(path={"contract_id": world.declared}, form={"file": (io.BytesIO(PDF + b"% another page\n"), "page 2.pdf")})
