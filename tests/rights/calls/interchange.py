"""What portals and search engines ask."""

from tests.rights.calls.calling import Call, call, on

for route in ("GET /feeds/achievements.atom", "GET /feeds/needs.atom", "GET /robots.txt", "GET /sitemap.xml", "GET /sitemaps/site.xml", "GET /sitemaps/organizations-0.xml"):
    on(route)
on("GET /oai", query={"verb": "ListRecords", "metadataPrefix": "oai_dc"})
on("POST /oai", form={"verb": "ListRecords", "metadataPrefix": "oai_dc"})
on("GET /achievements/<uuid:listing_id>.jsonld", listing_id="achievement")
on("GET /needs/<uuid:listing_id>.jsonld", listing_id="need")
on("GET /organizations/<slug>.jsonld", slug="a")
on("GET /fairs/<slug>.jsonld", slug="fair")
on("GET /api/v1/changes")
for kind in ("achievements", "needs"):
    call(f"GET /sitemaps/{kind}-<int:part>.xml")(lambda world: Call(path={"part": 0}))
