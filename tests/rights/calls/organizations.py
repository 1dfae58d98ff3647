"""Organisations, their members and invitations."""

import io

from marketplace.core.clock import now
from tests.rights.calls.calling import Call, call, on
from tests.rights.world import World

ORGANIZATION = {"name_en": "Northern Light Works", "country": "CN", "kind": "company"}

on("GET /organization")
on("GET /organization/edit")
on("POST /organization/edit", form={"name_en": "Another name", "country": "CN", "version": "1"})
on("POST /organization/invitations", form={"email": "guest@example.org", "role": "reader"})
on("POST /organization/invitations/<uuid:invitation_id>/revoke", invitation_id="invitation")
on("POST /organization/members/<uuid:person_id>/end", person_id="spare_member")
on("POST /organization/members/<uuid:person_id>/role", person_id="spare_member", form={"role": "editor"})
on("GET /organizations/new")
on("POST /organizations/new", form=ORGANIZATION)
on("POST /organizations/switch", form=lambda world: {"organization": world.a.slug})
on("GET /organizations/<slug>", slug="waiting")
on("GET /invitations/<secret>", secret="invitation_to_c_secret")
on("POST /invitations/<secret>", secret="invitation_to_c_secret")
on("GET /staff/organizations")
on("GET /staff/organizations/<uuid:organization_id>", organization_id="waiting")
on("POST /staff/organizations/<uuid:organization_id>", organization_id="waiting", form={"reason": "Not known to us"})
on("POST /staff/organizations/<uuid:organization_id>/approve", organization_id="waiting")
V1 = "/api/v1/organizations"
on(f"GET {V1}")
on(f"POST {V1}", json=ORGANIZATION)
on(f"GET {V1}/<uuid:organization_id>", organization_id="waiting")
on(f"PATCH {V1}/<uuid:organization_id>", organization_id="a", json={"website": "https://northgate.example"})
on(f"POST {V1}/<uuid:organization_id>/approve", organization_id="waiting")
on(f"POST {V1}/<uuid:organization_id>/decline", organization_id="waiting", json={"reason": "Not known to us"})
on(f"GET {V1}/<uuid:organization_id>/invitations", organization_id="a")
on(f"POST {V1}/<uuid:organization_id>/invitations", organization_id="a", json={"email": "guest@example.org", "role": "reader"})
on(f"POST {V1}/<uuid:organization_id>/invitations/<uuid:invitation_id>/revoke", organization_id="a", invitation_id="invitation")
on(f"GET {V1}/<uuid:organization_id>/members", organization_id="a")
on(f"POST {V1}/<uuid:organization_id>/members/<uuid:person_id>/end", organization_id="a", person_id="spare_member")
on(f"POST {V1}/<uuid:organization_id>/members/<uuid:person_id>/role", organization_id="a", person_id="spare_member", json={"role": "editor"})

NUMBER = {"scheme": "vat", "value": "DE136695976"}
CHECKED = {"how": "document", "note": "seen the statutes"}
SHARED = {"kind": "host", "value": "twin.example"}


def proposed(world: World) -> dict[str, str]:
    return {"organization": world.c.slug, "role": "reader", "ends_on": now().date().isoformat()}


on("POST /organization/numbers", form=NUMBER)
on("POST /organization/numbers/<uuid:number_id>/remove", number_id="number")
on("GET /organization/mandates")
on("POST /organization/mandates", form=proposed)
on("POST /organization/mandates/<uuid:mandate_id>/accept", mandate_id="mandate")
on("POST /organization/mandates/<uuid:mandate_id>/end", mandate_id="mandate")
on("POST /staff/organizations/<uuid:organization_id>/numbers", organization_id="b", form=NUMBER)
on("POST /staff/organizations/<uuid:organization_id>/numbers/<uuid:number_id>/remove", organization_id="a", number_id="number")
on("POST /staff/organizations/<uuid:organization_id>/verify", organization_id="b", form=CHECKED)
on("POST /staff/organizations/<uuid:organization_id>/unverify", organization_id="marked")
on("GET /staff/organizations/duplicates")
on("POST /staff/organizations/duplicates", form=SHARED)
on("GET /staff/organizations/<uuid:organization_id>/merge/<uuid:other_id>", organization_id="twin", other_id="other_twin")
on("POST /staff/organizations/<uuid:organization_id>/merge/<uuid:other_id>", organization_id="twin", other_id="other_twin", form={"compared": "on"})
on("GET /staff/organizations/import")
on("POST /staff/organizations/<uuid:organization_id>/owner", organization_id="marked", form={"email": "first@example.org"})
on(f"POST {V1}/<uuid:organization_id>/numbers", organization_id="a", json=NUMBER)
on(f"POST {V1}/<uuid:organization_id>/numbers/<uuid:number_id>/remove", organization_id="a", number_id="number")
on(f"POST {V1}/<uuid:organization_id>/verify", organization_id="b", json=CHECKED)
on(f"POST {V1}/<uuid:organization_id>/unverify", organization_id="marked")
on(f"GET {V1}/duplicates")
on(f"POST {V1}/duplicates", json=SHARED)
on(f"GET {V1}/<uuid:organization_id>/merge/<uuid:other_id>", organization_id="twin", other_id="other_twin")
on(f"POST {V1}/<uuid:organization_id>/merge/<uuid:other_id>", organization_id="twin", other_id="other_twin")
on("GET /api/v1/mandates")
on("POST /api/v1/mandates", json=proposed)
on("POST /api/v1/mandates/<uuid:mandate_id>/accept", mandate_id="mandate")
on("POST /api/v1/mandates/<uuid:mandate_id>/end", mandate_id="mandate")


@call("POST /staff/organizations/import", f"POST {V1}/import")
def take_in(_world: World) -> Call:
    content = b"ror,name,country,types\n02v51f717,Peking University,CN,education\n"
    return Call(form={"file": (io.BytesIO(content), "ror.csv")})
