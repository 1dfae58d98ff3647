"""The life of a listing: its files, its term, its contact, its history, and what was typed."""

from io import BytesIO
from typing import Any

from tests.listings.factories_files import png
from tests.rights.calls.calling import Call, call, on
from tests.rights.world import World

PAGE, V1 = "/listings/<uuid:listing_id>", "/api/v1/listings/<uuid:listing_id>"


def handed_over(world: World) -> dict[str, Any]:
    return {"listings": [str(world.draft.id)], "to": str(world.people["a_editor"].id)}


on("GET /listings/contacts")
on("POST /listings/contacts", form=handed_over)
on("POST /api/v1/listings/hand-over", json=handed_over)
on("POST /listings/typed", form=lambda world: {"place": str(world.draft.id), "title_en": "Half a ti"})
on("POST /listings/typed/discard", form=lambda world: {"place": str(world.draft.id)})
on(f"GET {PAGE}/history", listing_id="revised")
on(f"POST {PAGE}/restore", listing_id="revised", form={"number": "1"})
on(f"GET {PAGE}/files", listing_id="illustrated")
on(f"GET {V1}/files", listing_id="illustrated")
on(f"GET {PAGE}/extend", listing_id="ending")
on(f"GET {PAGE}/close", listing_id="draft_need")
on(f"POST {PAGE}/extend", listing_id="ending")
on(f"POST {V1}/extend", listing_id="ending", json={})
on(f"POST {PAGE}/archive", listing_id="draft")
on(f"POST {V1}/archive", listing_id="draft")
on(f"POST {PAGE}/bring-back", listing_id="put_away")
on(f"POST {V1}/bring-back", listing_id="put_away")
on(f"POST {PAGE}/close", listing_id="draft_need", form={"how": "met"})
on(f"POST {V1}/close", listing_id="draft_need", json={"how": "met"})
on(f"POST {PAGE}/interest", listing_id="draft", form={"open": "false"})
on(f"POST {V1}/interest", listing_id="draft", json={"open": False})


@call(f"POST {PAGE}/files", f"POST {V1}/files")
def add_file(world: World) -> Call:
    return Call(path={"listing_id": world.draft.id}, form={"file": (BytesIO(png()), "pump.png"), "title": "The pump in its hall"})


@call(f"POST {PAGE}/files/arrange")
def arrange_files(world: World) -> Call:
    given = {"files-0-file": str(world.file.id), "files-0-title": "Another title", "files-0-level": "registered", "files-0-place": "1"}
    return Call(path={"listing_id": world.illustrated.id}, form=given)


on(f"POST {PAGE}/files/<uuid:file_id>/remove", listing_id="illustrated", file_id="file")


@call(f"DELETE {V1}/files/<uuid:file_id>")
def remove_file(world: World) -> Call:
    return Call(path={"listing_id": world.illustrated.id, "file_id": world.file.id}, headers={"If-Match": "*"})
