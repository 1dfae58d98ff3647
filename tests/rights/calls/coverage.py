"""Whom nobody talks to at the fair, partners that its staff propose, and what the two sides answer."""

from tests.rights.calls.calling import Call, call, of, on
from tests.rights.world import World

BOARD, PROPOSALS = "/staff/fairs/<slug>/coverage", "/staff/fairs/<slug>/proposals"
IN_API, OWN = "/api/v1/fairs/<slug>/proposals", "/api/v1/proposals"
ANSWER, NOTE = {"answer": "declined", "reason": "known"}, {"said": "Will call back."}

on("GET /staff/coverage")
on(f"GET {BOARD}", slug="fair")
on(f"GET {BOARD}/needs/<uuid:listing_id>", slug="fair", listing_id="need")
on(f"GET {BOARD}/achievements/<uuid:listing_id>", slug="fair", listing_id="b_achievement")
on(f"GET {PROPOSALS}", slug="fair")
on(f"GET {PROPOSALS}/<uuid:proposal_id>", slug="fair", proposal_id="partner")
on(f"POST {PROPOSALS}/<uuid:proposal_id>/withdraw", slug="fair", proposal_id="partner")
on(f"POST {PROPOSALS}/<uuid:proposal_id>/restore", slug="fair", proposal_id="withdrawn_partner")
on("GET /proposals")
on("GET /proposals/<uuid:proposal_id>", proposal_id="partner")
on("POST /proposals/<uuid:proposal_id>/answer", proposal_id="partner", form=ANSWER)
on("POST /proposals/<uuid:proposal_id>/take-back", proposal_id="partner")
on("GET /api/v1/fairs/<slug>/coverage", slug="fair")
on("GET /api/v1/fairs/<slug>/call-notes", slug="fair")
on("POST /api/v1/fairs/<slug>/call-notes", slug="fair", json=lambda world: NOTE | {"organization_id": str(world.a)})
on(f"GET {IN_API}", slug="fair")
on(f"GET {IN_API}/<uuid:proposal_id>", slug="fair", proposal_id="partner")
on(f"GET {OWN}")
on(f"GET {OWN}/<uuid:proposal_id>", proposal_id="partner")
for method in ("GET", "POST"):
    on(f"{method} {BOARD}/organizations/<uuid:organization_id>", slug="fair", organization_id="a", form=NOTE)


@call(f"GET {BOARD}/export.<format>")
def board_as_file(world: World) -> Call:
    return Call(path={"slug": world.fair.slug, "format": "xlsx"})


@call(f"GET {PROPOSALS}/new", f"POST {PROPOSALS}/new")
def propose(world: World) -> Call:
    pair = {"need": str(world.spare_need), "achievement": str(world.b_achievement)}
    return Call(path={"slug": world.fair.slug}, query=pair, form={"confirm_broken": "on"})


@call(f"POST {IN_API}")
def propose_in_api(world: World) -> Call:
    pair = {"need_id": str(world.spare_need), "achievement_id": str(world.b_achievement)}
    return Call(path={"slug": world.fair.slug}, json=pair | {"confirm_broken": True})


@call(f"POST {IN_API}/<uuid:proposal_id>/withdraw")
def withdraw(world: World) -> Call:
    return Call(path={"slug": world.fair.slug} | of(world, proposal_id="partner"), headers={"If-Match": "*"})


@call(f"POST {IN_API}/<uuid:proposal_id>/restore")
def restore(world: World) -> Call:
    return Call(path={"slug": world.fair.slug} | of(world, proposal_id="withdrawn_partner"), headers={"If-Match": "*"})


@call(f"POST {OWN}/<uuid:proposal_id>/answer")
def answer(world: World) -> Call:
    return Call(path=of(world, proposal_id="partner"), json=dict(ANSWER), headers={"If-Match": "*"})


@call(f"POST {OWN}/<uuid:proposal_id>/take-back")
def take_back(world: World) -> Call:
    return Call(path=of(world, proposal_id="partner"), headers={"If-Match": "*"})
