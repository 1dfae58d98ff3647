"""Imports of files, and the files that come out."""

import io

from tests.rights.calls.calling import Call, call, on
from tests.rights.world import World
from tests.rights.world.imports import CHECKED

V1 = "/api/v1/imports"
FIELDS = {"column-0": "title_en", "column-1": "description_en"}
MAPPING = {"Bezeichnung": "title_en", "Beschreibung": "description_en"}


def upload(world: World, **place: str) -> Call:
    """For A, into its fair: by itself, or by the fair's staff."""
    return Call(form={"kind": "achievement", "organization": world.a.slug, "file": (io.BytesIO(CHECKED), "rows.csv"), **place})


call("POST /imports")(lambda world: upload(world, place=world.fair.slug))
call(f"POST {V1}")(lambda world: upload(world, fair=world.fair.slug))


@call("GET /imports/template.<format>", "GET /listings/export.<format>")
def as_file(world: World) -> Call:
    return Call(path={"format": "csv"})


on("GET /imports")
for base in ("/imports", V1):
    on(f"GET {base}/<uuid:import_id>", import_id="checked_import")
    on(f"GET {base}/<uuid:import_id>/errors", import_id="checked_import")
    on(f"POST {base}/<uuid:import_id>/check", import_id="checked_import")
    on(f"POST {base}/<uuid:import_id>/cancel", import_id="checked_import")
on(f"GET {V1}/<uuid:import_id>/findings", import_id="checked_import")
on("POST /imports/<uuid:import_id>/mapping", import_id="import_to_map", form=FIELDS)
on(f"POST {V1}/<uuid:import_id>/mapping", import_id="import_to_map", json={"mapping": MAPPING})
on("POST /imports/<uuid:import_id>/commit", import_id="checked_import", form={"only_good": "on"})
on(f"POST {V1}/<uuid:import_id>/commit", import_id="checked_import", json={"only_good": True})
