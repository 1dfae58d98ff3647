"""The signing show: one item is called, one waits; the declared contract stands on no list yet."""

from tests.rights.calls.calling import on

STAGE, ITEM = "/staff/ceremonies/<uuid:ceremony_id>", "/staff/ceremonies/<uuid:ceremony_id>/items/<uuid:item_id>"
SHOW = {"title_en": "Closing show", "starts_at": "2027-09-01T10:00"}
on("GET /staff/ceremonies")
for route in ("GET /staff/fairs/<slug>/ceremonies", "GET /staff/fairs/<slug>/ceremonies/new", "GET /staff/fairs/<slug>/board-target"):
    on(route, slug="fair")
on("POST /staff/fairs/<slug>/ceremonies/new", slug="fair", form=SHOW)
on("POST /staff/fairs/<slug>/board-target", slug="fair", form={"amount": "200", "unit": "yi", "version": "0"})
for route in ("", "/stage", "/press-sheet", "/settings", "/items"):
    on(f"GET {STAGE}{route}", ceremony_id="ceremony")
on(f"POST {STAGE}/settings", ceremony_id="ceremony", form=lambda world: SHOW | {"version": str(world.ceremony.version)})
on(f"POST {STAGE}/items", ceremony_id="ceremony", form=lambda world: {"contract_id": str(world.declared)})
on(f"POST {STAGE}/state", ceremony_id="ceremony", form={"state": "over"})
for route in ("", "/remove"):
    on(f"GET {ITEM}{route}", ceremony_id="ceremony", item_id="ready_item")
on(f"POST {ITEM}", ceremony_id="ceremony", item_id="ready_item", form=lambda world: {"line_en": "Welcome.", "version": str(world.ready_item.version)})
on(f"POST {ITEM}/remove", ceremony_id="ceremony", item_id="ready_item", form={"release": "on"})
on(f"POST {ITEM}/move", ceremony_id="ceremony", item_id="ready_item", form={"direction": "up"})
on(f"POST {ITEM}/press", ceremony_id="ceremony", item_id="called_item", form={"press": "sign"})
STAGE, ITEM = "/api/v1/ceremonies/<uuid:ceremony_id>", "/api/v1/ceremonies/<uuid:ceremony_id>/items/<uuid:item_id>"
on("GET /api/v1/fairs/<slug>/ceremonies", slug="fair")
on("POST /api/v1/fairs/<slug>/ceremonies", slug="fair", json=SHOW | {"starts_at": "2027-09-01T10:00:00+08:00"})
on(f"GET {STAGE}", ceremony_id="ceremony")
on(f"PATCH {STAGE}", ceremony_id="ceremony", json={"title_zh": "闭幕签约仪式"})
on(f"POST {STAGE}/state", ceremony_id="ceremony", json={"state": "over"})
on(f"POST {STAGE}/items", ceremony_id="ceremony", json=lambda world: {"contract_id": str(world.declared)})
on(f"PATCH {ITEM}", ceremony_id="ceremony", item_id="ready_item", json={"line_en": "Welcome.", "position": 1})
on(f"POST {ITEM}/press", ceremony_id="ceremony", item_id="called_item", json={"press": "sign"})
on(f"POST {ITEM}/remove", ceremony_id="ceremony", item_id="ready_item", json={"release": True})
on("GET /api/v1/fairs/<slug>/board/target", slug="fair")
on("PUT /api/v1/fairs/<slug>/board/target", slug="fair", json={"amount": "20000000000.00"})
on("GET /fairs/<slug>/board.json", slug="fair")
on("GET /api/v1/fairs/<string:slug>/board", slug="fair")
