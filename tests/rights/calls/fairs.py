"""Fairs and their staff, the total and the ledger."""

from typing import Any

from tests.rights.calls.calling import on
from tests.rights.world import World


def fair_settings(**more: Any) -> dict[str, Any]:
    return {
        "name_en": "Autumn fair", "name_zh": "秋季交易会", "base_currency": "CNY", "time_zone": "Asia/Shanghai",
        "opens_on": "2027-09-01", "closes_on": "2027-09-05",
    } | more  # fmt: skip


def settings_form(world: World) -> dict[str, Any]:
    fair = world.desk.fair
    return fair_settings(
        opens_on=fair.opens_on.isoformat(), closes_on=fair.closes_on.isoformat(), version=world.fair.version,
        **{"segments-0-code": "universities", "segments-0-name_en": "Universities", "segments-0-name_zh": "高校"},
    )  # fmt: skip


SCOPE = {"code": "abroad", "name_en": "Signed abroad", "name_zh": "境外", "kinds": ["licence"], "places": ["at_fair"]}

on("GET /staff/fairs")
on("GET /staff/fairs/new")
on("POST /staff/fairs/new", form=fair_settings(slug="autumn"))
on("GET /staff/fairs/<slug>", slug="fair")
on("POST /staff/fairs/<slug>", slug="fair", form=settings_form)
on("POST /staff/fairs/<slug>/close", slug="fair")
on("POST /staff/fairs/<slug>/make-current", slug="fair")
on("POST /staff/fairs/<slug>/staff", slug="fair", form=lambda world: {"email": world.spare_email, "role": "clerk"})
on("POST /staff/fairs/<slug>/staff/<uuid:staff_id>/end", slug="fair", staff_id="spare_staff")
V1 = "/api/v1/fairs"
on(f"GET {V1}")
on(f"POST {V1}", json=fair_settings(slug="autumn"))
on(f"GET {V1}/<slug>", slug="fair")
on(f"PATCH {V1}/<slug>", slug="fair", json={"place_en": "Hall 1"})
on(f"POST {V1}/<slug>/close", slug="fair")
on(f"POST {V1}/<slug>/make-current", slug="fair")
on(f"POST {V1}/<slug>/staff", slug="fair", json=lambda world: {"email": world.spare_email, "role": "clerk"})
on(f"POST {V1}/<slug>/staff/<uuid:staff_id>/end", slug="fair", staff_id="spare_staff")

# the total and the ledger
for route in ("/fairs/<slug>", "/fairs/<slug>/board", "/fairs/<slug>/record", "/staff/fairs/<slug>/ledger", "/staff/fairs/<slug>/scopes"):
    on(f"GET {route}", slug="fair")
on("POST /staff/fairs/<slug>/scopes", slug="fair", form=SCOPE)
on("GET /staff/ledger")
V1 = "/api/v1/fairs/<string:slug>"
for route in ("total", "scopes", "record", "ledger"):
    on(f"GET {V1}/{route}", slug="fair")
on(f"POST {V1}/scopes", slug="fair", json=SCOPE)
