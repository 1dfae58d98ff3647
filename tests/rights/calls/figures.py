"""Published figures, and the day that a manager signed first."""

from typing import Any

from marketplace.fairs import queries as fairs
from marketplace.figures import stating
from marketplace.ledger import queries as ledger
from tests.rights.calls.calling import on
from tests.rights.world import World

ONE_CELL = {"axis": "field", "key": "new_materials"}


def previewed(world: World) -> dict[str, Any]:
    """What the page shows before it publishes: one cell, which nobody published yet."""
    fair = fairs.by_slug(world.fair.slug)
    draft = stating.draft(fair, ledger.scope(fair.id, None), **ONE_CELL)
    return {"scope": draft.scope.code, "cell": "field:new_materials", "public_seq": str(draft.public_seq), "sha256": draft.sha256}


on("GET /figures")
on("GET /figures/new", query=lambda world: {"fair": world.fair.slug})
on("POST /figures/new", query=lambda world: {"fair": world.fair.slug}, form=previewed)
on("GET /figures/compare", query=lambda world: {"old": world.figure_code, "new": world.figure_code})
on("GET /figures/<code>", code="figure_code")
on("GET /figures/<code>/lines", code="figure_code")
on("POST /figures/<code>/withdraw", code="figure_code", form={"reason": "One deal was told twice."})
on("POST /api/v1/figures", json=lambda world: {"fair": world.fair.slug, **ONE_CELL})
on("GET /api/v1/figures/<string:code>", code="figure_code")
on("GET /api/v1/figures/<string:code>/statement", code="figure_code")
on("GET /api/v1/fairs/<string:slug>/figures", slug="fair")
on("GET /staff/days")
on("GET /staff/days/<slug>", slug="fair")
on("GET /staff/days/<slug>/<day>", slug="fair", day="day")
on("POST /staff/days/<slug>/<day>/carry", slug="fair", day="day")
on("POST /staff/days/<slug>/<day>/sign", slug="fair", day="day", form=lambda world: {"sha256": world.report_sha256})
on("POST /staff/days/<slug>/<day>/undo", slug="fair", day="day")
