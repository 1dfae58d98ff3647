"""Agreements of secrecy between A and B, and what A keeps for partners."""

from datetime import timedelta

from marketplace.core.clock import now
from tests.rights.calls.calling import Call, call, on


def terms(_world):
    return {"template": "mutual", "ends_on": (now().date() + timedelta(days=9)).isoformat()}


def confirmed(world):
    return {"content_hash": world.secrecy.content_hash}


on("GET /agreements")
on("GET /negotiations/<uuid:negotiation_id>/agreements/new", negotiation_id="talks")
on("POST /negotiations/<uuid:negotiation_id>/agreements/new", negotiation_id="talks", form=terms)
on("GET /api/v1/negotiations/<uuid:negotiation_id>/agreements", negotiation_id="agreement")
on("POST /api/v1/negotiations/<uuid:negotiation_id>/agreements", negotiation_id="talks", json=terms)
on("GET /agreements/<uuid:agreement_id>.pdf", agreement_id="secrecy")
for prefix in ("", "/api/v1"):
    on(f"GET {prefix}/agreements/<uuid:agreement_id>", agreement_id="secrecy")
    on(f"POST {prefix}/agreements/<uuid:agreement_id>/confirm", agreement_id="secrecy", **{"json" if prefix else "form": confirmed})
    on(f"POST {prefix}/agreements/<uuid:agreement_id>/end", agreement_id="secrecy")
    on(f"GET {prefix}/files/<uuid:file_id>", file_id="kept_file")
    on(f"GET {prefix}/listings/<uuid:listing_id>/access", listing_id="kept")
    on(f"POST {prefix}/listings/<uuid:listing_id>/access/<uuid:organization_id>/close", listing_id="kept", organization_id="b")
    on(f"POST {prefix}/listings/<uuid:listing_id>/access/<uuid:organization_id>/open", listing_id="agreed_about", organization_id="b")
on("GET /api/v1/listings/<uuid:listing_id>/reads", listing_id="kept")
on("GET /files/<uuid:file_id>/small", file_id="kept_file")
on("GET /data-room/<uuid:listing_id>", listing_id="kept")
call("GET /listings/<uuid:listing_id>/as/<level>")(lambda world: Call(path={"listing_id": world.kept, "level": "after_nda"}))
