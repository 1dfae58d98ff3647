"""Listings, and their way to publication."""

from typing import Any

from tests.listings.factories_listings import COMPLETE
from tests.rights.calls.calling import on

ACHIEVEMENT, NEED = COMPLETE["achievement"], COMPLETE["need"]


def form_of(content: dict[str, Any]) -> dict[str, Any]:
    """A listing's JSON as its form's fields."""
    plain = {name: value for name, value in content.items() if name != "unknowns"}
    return plain | {"unknown": content["unknowns"]} if "unknowns" in content else plain


def json_of(content: dict[str, Any]) -> dict[str, Any]:
    return {("unknown" if name == "unknowns" else name): value for name, value in content.items()}


on("GET /achievements/<uuid:listing_id>", listing_id="achievement")
on("GET /needs/<uuid:listing_id>", listing_id="need")
on("GET /listings")
on("GET /listings/new")
on("POST /listings/new", form=form_of(ACHIEVEMENT))
on("GET /listings/<uuid:listing_id>", listing_id="draft")
on("GET /listings/<uuid:listing_id>/edit", listing_id="draft")
on("POST /listings/<uuid:listing_id>/edit", listing_id="draft", form=form_of(ACHIEVEMENT) | {"version": "1", "title_en": "Better pump"})
on("GET /listings/<uuid:listing_id>/submit", listing_id="draft")
on("POST /listings/<uuid:listing_id>/submit", listing_id="draft", form=lambda world: {"fair": world.fair.slug, "segment": "universities"})
on("POST /listings/<uuid:listing_id>/withdraw", listing_id="achievement", form=lambda world: {"fair": world.fair.slug})
for kinds, drafted, public, content in (("achievements", "draft", "achievement", ACHIEVEMENT), ("needs", "draft_need", "need", NEED)):
    V1 = f"/api/v1/{kinds}"
    on(f"GET {V1}")
    on(f"POST {V1}", json=json_of(content))
    on(f"GET {V1}/<uuid:listing_id>", listing_id=drafted)
    on(f"PATCH {V1}/<uuid:listing_id>", listing_id=drafted, json={"title_en": "Better"})
    on(f"POST {V1}/<uuid:listing_id>/submit", listing_id=drafted, json=lambda world: {"fair": world.fair.slug, "segment": "universities"})
    on(f"POST {V1}/<uuid:listing_id>/withdraw", listing_id=public, json=lambda world: {"fair": world.fair.slug})
on("GET /api/v1/suggestions")
