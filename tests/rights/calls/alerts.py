"""Saved searches and notices of A's owner."""

from tests.rights.calls.calling import Call, call, on
from tests.rights.world import World

search = {"kind": "need", "query": "q=水泵&fair=any", "name": "水泵", "frequency": "daily"}
on("GET /alerts")
on("GET /alerts/new", query={"kind": "need", "q": "水泵", "fair": "any"})
on("POST /alerts/new", form=search)
on("GET /alerts/<uuid:search_id>", search_id="search")
on("POST /alerts/<uuid:search_id>", search_id="search", form={"name": "取暖", "frequency": "never", "version": "1"})
on("POST /alerts/<uuid:search_id>/delete", search_id="search")
on("POST /alerts/<uuid:search_id>/restore", search_id="deleted_search")
on("POST /alerts/matches/<uuid:organization_id>", organization_id="a", form={"frequency": "never", "least": "fair"})
on("POST /alerts/stop")
on("POST /alerts/resume")
on("GET /alerts/notices")
on("POST /alerts/notices/<uuid:notice_id>", notice_id="notice")
on("POST /alerts/notices/read")
for method in ("GET", "POST"):
    on(f"{method} /alerts/stop/<secret>", secret="stop_secret")
on("GET /api/v1/alerts")
on("POST /api/v1/alerts", json=search)
on("GET /api/v1/alerts/<uuid:search_id>", search_id="search")
on("PATCH /api/v1/alerts/<uuid:search_id>", search_id="search", json={"frequency": "at_once"})


@call("DELETE /api/v1/alerts/<uuid:search_id>")
def delete(world: World) -> Call:
    return Call(path={"search_id": world.search}, headers={"If-Match": "*"})
