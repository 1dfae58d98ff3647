"""Lists and reports as files."""

from tests.rights.calls.calling import Call, call
from tests.rights.world import World


def as_file(route: str, *, slug: str | None = None) -> None:
    """One format stands for all three: the rights are those of the route."""

    def make(world: World) -> Call:
        return Call(path=({"slug": getattr(world, slug).slug} if slug else {}) | {"format": "xlsx"})

    call(route)(make)


as_file("GET /contracts/export.<format>")
as_file("GET /staff/conversion/export.<format>")
as_file("GET /achievements/export.<format>")
as_file("GET /needs/export.<format>")
as_file("GET /figures/export.<format>")
for route in (
    "GET /fairs/<slug>/export.<format>", "GET /fairs/<slug>/record/export.<format>", "GET /staff/fairs/<slug>/ledger/export.<format>",
    "GET /staff/fairs/<slug>/registration/export.<format>",
):  # fmt: skip
    as_file(route, slug="fair")
