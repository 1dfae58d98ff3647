"""What both sides say: A's link and question, B's mismatch, the clerk's amendment."""

from collections.abc import Callable
from typing import Any

from tests.confirmations.factories_confirmations import said
from tests.contracts.factories_contracts import facts
from tests.rights.calls.calling import Call, Maker, call, of, on
from tests.rights.calls.contracts import contract_form
from tests.rights.world import World

CONTRACT, AMENDMENT = "/contracts/<uuid:contract_id>", "/contracts/<uuid:contract_id>/amendments/<uuid:amendment_id>"
ANY_VERSION = {"If-Match": "*"}


def seven(world: World) -> dict[str, Any]:
    return said(world.question.content_hash)


def amend_with(body: Callable[[World], dict[str, Any]]) -> Maker:
    """A step of the amendment over JSON, which names a version."""
    return lambda world: Call(path=of(world, contract_id="amended", amendment_id="amendment"), json=body(world), headers=ANY_VERSION)


for method in ("GET", "POST"):
    on(f"{method} /confirm/<secret>", secret="link", form=seven)
    on(f"{method} {CONTRACT}/confirmations/<uuid:request_id>", contract_id="asked_contract", request_id="question", form=seven)
    on(f"{method} {CONTRACT}/confirmations/ask", contract_id="declared", form={"sides": ["provider"], "language": "en"})
    on(f"{method} /staff/fairs/<slug>/confirmations", slug="fair", form={"both_confirm": "on", "version": "1"})
on("GET /verify")
on("GET /verify/<code>", code="code")
on("GET /api/v1/verify/<string:code>", code="code")
on("GET /confirmations")
on("GET /staff/mismatches")
on("POST /staff/mismatches/<uuid:mismatch_id>/settle", mismatch_id="mismatch", form={"note": "Both agreed by phone."})
on(f"GET {CONTRACT}/certificate", contract_id="verified")
on(f"GET {CONTRACT}/amendments/new", contract_id="verified")
call(f"POST {CONTRACT}/amendments/new")(
    lambda world: Call(path={"contract_id": world.verified}, form=contract_form(version=str(world.verified.version), reason="The annex."))
)
on(f"GET {AMENDMENT}", contract_id="amended", amendment_id="amendment")
seen_amendment = {"contract_id": "amended", "amendment_id": "amendment"}
on(f"POST {AMENDMENT}/approve", **seen_amendment, form=lambda world: {"content_hash": world.amendment.content_hash})
on(f"POST {AMENDMENT}/turn-down", **seen_amendment, form={"note": "The annex is not signed."})
on(f"GET /api/v1{CONTRACT}/confirmations", contract_id="asked_contract")
on(f"POST /api/v1{CONTRACT}/confirmations", contract_id="declared", json={"sides": ["provider"]})
on(f"POST /api/v1{CONTRACT}/confirmations/<uuid:request_id>/answer", contract_id="asked_contract", request_id="question", json=seven)
on("GET /api/v1/mismatches")
on("POST /api/v1/mismatches/<uuid:mismatch_id>/settle", mismatch_id="mismatch", json={"note": "Both agreed by phone."})
on("GET /api/v1/fairs/<string:slug>/confirmation-rule", slug="fair")
on("PUT /api/v1/fairs/<string:slug>/confirmation-rule", slug="fair", json={"both_confirm": True})
on(f"GET /api/v1{CONTRACT}/amendments", contract_id="amended")
call(f"POST /api/v1{CONTRACT}/amendments")(
    lambda world: Call(
        path={"contract_id": world.verified}, json={"reason": "The annex.", "facts": facts(parties=world.parties())}, headers=ANY_VERSION,
    )
)  # fmt: skip
on(f"GET /api/v1{AMENDMENT}", contract_id="amended", amendment_id="amendment")
call(f"POST /api/v1{AMENDMENT}/approve")(amend_with(lambda world: {"content_hash": world.amendment.content_hash}))
call(f"POST /api/v1{AMENDMENT}/turn-down")(amend_with(lambda _world: {"note": "The annex is not signed."}))
