"""Matches of needs and achievements."""

from tests.rights.calls.calling import Call, call, on

on("GET /matches")
on("GET /needs/<uuid:listing_id>/matches", listing_id="need")
on("GET /achievements/<uuid:listing_id>/matches", listing_id="achievement")
on("GET /api/v1/matches", query=lambda world: {"need": str(world.need)})

PAIR = {"need_id": "need", "achievement_id": "achievement"}
SEEN = {"at": "need", "seen": "1"}

on("GET /matches/shortlist")
call("GET /matches/shortlist/export.<format>")(lambda world: Call(path={"format": "xlsx"}))
on("GET /needs/<uuid:listing_id>/compare", listing_id="need", query=lambda world: {"achievement": str(world.b_achievement)})
call("GET /needs/<uuid:listing_id>/compare/export.<format>")(
    lambda world: Call(path={"listing_id": world.need, "format": "xlsx"}, query={"achievement": str(world.b_achievement)})
)
on("POST /matches/<uuid:need_id>/<uuid:achievement_id>/shortlist", form=SEEN, **PAIR)
on("GET /matches/<uuid:need_id>/<uuid:achievement_id>/dismiss", **PAIR)
on("POST /matches/<uuid:need_id>/<uuid:achievement_id>/dismiss", form=SEEN | {"reason": "terms"}, **PAIR)
on("POST /matches/<uuid:need_id>/<uuid:achievement_id>/take-back", form=SEEN, **PAIR)
on("GET /api/v1/matches/verdicts")
on("GET /api/v1/matches/verdicts/<uuid:need_id>/<uuid:achievement_id>", **PAIR)
on("PUT /api/v1/matches/verdicts/<uuid:need_id>/<uuid:achievement_id>", json={"verdict": "dismissed", "reason": "terms"}, **PAIR)
call("DELETE /api/v1/matches/verdicts/<uuid:need_id>/<uuid:achievement_id>")(
    lambda world: Call(path={name: getattr(world, thing) for name, thing in PAIR.items()}, headers={"If-Match": "*"})
)
on("GET /api/v1/achievements/<uuid:listing_id>/feedback", listing_id="achievement")
