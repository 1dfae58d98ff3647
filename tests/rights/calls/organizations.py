"""Organisations, their members and invitations."""

from tests.rights.calls.calling import on

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
