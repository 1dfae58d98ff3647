"""The rights table, executed: every route, each role, on real objects; and what an outsider gets tells nothing."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from marketplace.payments.sandbox import signature
from tests.conftest import DATABASES
from tests.rights.asking import address, bearer, client_of, foreign, routes, seen, send
from tests.rights.calls import CALLS, Call
from tests.rights.standing import WEBHOOK_SECRET, undone
from tests.rights.world import ROLES, TOKEN_MAY, World


def read_table() -> dict[str, dict[str, str]]:
    """route → role → cell."""
    found: dict[str, dict[str, str]] = {}
    for line in (Path(__file__).parent / "table.txt").read_text().splitlines():
        words = line.split()
        if len(words) > len(ROLES) and line[0].isalpha():
            route, cells = " ".join(words[:2]), words[2:]
            assert len(cells) == len(ROLES), line
            assert route not in found, line
            found[route] = dict(zip(ROLES, cells, strict=True))
    return found


TABLE = read_table()
NAMED = {"achievement_id", "need", "achievement"}
"""Fields that name an object which a route is about, where its address does not."""


def stripe_event(world: World) -> Call:
    event = {"id": "evt_1", "type": "customer.created", "created": 1_600_000_000, "livemode": False, "data": {"object": {}}}
    raw = json.dumps(event).encode()
    headers = {"Stripe-Signature": signature(raw, WEBHOOK_SECRET, at=int(time.time())), "Content-Type": "application/json"}
    return Call(raw=raw, headers=headers)


def made(world: World, route: str) -> Call:
    return stripe_event(world) if route == "POST /webhooks/stripe" else CALLS[route](world)


def cell_of(answer) -> str:
    """What the table calls this answer."""
    to_sign_in = answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in")
    return "in" if to_sign_in else str(answer.status_code)


def test_the_table_names_every_route_and_no_other(world):
    assert set(TABLE) == set(routes(world))


def test_every_route_lets_somebody_through():
    closed = {route for route, cells in TABLE.items() if not any(cell[0] in "23" for cell in cells.values())}
    assert closed == set()


def asked(route: str, kind: str) -> dict[str, str]:
    """role → cell: every role on the first database; on another, each different answer by one role, a different one from route to route."""
    cells = {role: cell for role, cell in TABLE[route].items() if cell != "-"}
    if kind == DATABASES[0]:
        return cells
    turn, found = list(TABLE).index(route) % len(ROLES), dict[str, str]()
    for role in ROLES[turn:] + ROLES[:turn]:
        if role in cells:
            found.setdefault(cells[role], role)
    return {role: cell for cell, role in found.items()}


def test_on_every_database_each_role_is_asked_and_each_answer_given():
    asked_there = {route: asked(route, "another") for route in TABLE}
    assert {role for roles in asked_there.values() for role in roles} == set(ROLES)
    assert all(set(roles.values()) == set(TABLE[route].values()) - {"-"} for route, roles in asked_there.items())


@pytest.mark.parametrize("route", TABLE)
def test_each_role_gets_what_the_table_says(world, database, route):
    wrong = {}
    for role, expected in asked(route, database.partition(":")[0]).items():
        with undone():
            answer = send(world, route, made(world, route), role=role)
            if (got := cell_of(answer)) != expected:
                wrong[role] = f"{got} instead of {expected}: {answer.text[:300]}"
    assert not wrong, wrong


def nothing(call: Call) -> Call:
    """The same call about what does not exist: the object in the body or the query, else the one in the address."""
    for name in ("json", "form", "query"):
        named = getattr(call, name) or {}
        if found := [key for key in named if key in NAMED]:
            return replace(call, **{name: named | {key: foreign({f"{key}_id": named[key]})[f"{key}_id"] for key in found}})
    return replace(call, path=foreign(call.path))


@pytest.mark.parametrize("route", [route for route, cells in TABLE.items() if "404" in cells.values()])
def test_a_foreign_thing_answers_like_no_thing(world, database, route):
    for role, expected in asked(route, database.partition(":")[0]).items():
        if expected != "404":
            continue
        call, none = made(world, route), nothing(made(world, route))
        with undone():
            theirs = send(world, route, call, role=role)
        with undone():
            nobodys = send(world, route, none, role=role)
        assert seen(theirs, *call.path.values()) == seen(nobodys, *none.path.values()), role


@pytest.mark.one_database
@pytest.mark.parametrize("route", [route for route, cells in TABLE.items() if route.startswith("GET ") and cells["anonymous"] == "in"])
def test_no_page_opens_by_a_token(world, route):
    call = made(world, route)
    with undone():
        url = address(route.split()[1], call.path)
        answer = world.app.test_client().get(url, headers=bearer(world, "a_owner"), query_string=call.query)
        assert cell_of(answer) in {"in", "401"}


@pytest.mark.one_database
@pytest.mark.parametrize("route", [route for route, cells in TABLE.items() if "/api/v1/" in route and cells["anonymous"] == "401"])
def test_no_api_route_opens_by_a_session(world, route):
    method, rule = route.split()
    call = made(world, route)
    with undone():
        answer = client_of(world, "a_owner").open(address(rule, call.path), method=method, query_string=call.query, json=call.json)
        assert answer.status_code == 401


def test_the_limited_token_reads_negotiations_and_nothing_else():
    allowed = {route for route, cells in TABLE.items() if cells["a_token"][0] == "2" and cells["anonymous"] == "401"}
    assert TOKEN_MAY == "negotiations.read"
    assert allowed == {
        "GET /api/v1/me", "GET /api/v1/negotiations", "GET /api/v1/negotiations/<uuid:negotiation_id>",
        "GET /api/v1/negotiations/<uuid:negotiation_id>/agreements", "GET /api/v1/agreements/<uuid:agreement_id>",
        "GET /api/v1/negotiations/<uuid:negotiation_id>/events",
        "GET /api/v1/negotiations/<uuid:negotiation_id>/points", "GET /api/v1/negotiations/<uuid:negotiation_id>/documents",
        "GET /api/v1/negotiations/<uuid:negotiation_id>/documents/<int:number>/versions/<int:version>/content",
        "GET /api/v1/negotiations/questions/<uuid:listing_id>",
    }  # fmt: skip


CROSSED = {
    "GET /contracts/<uuid:contract_id>/confirmations/<uuid:request_id>": {"contract_id": "signed"},
    "POST /contracts/<uuid:contract_id>/confirmations/<uuid:request_id>": {"contract_id": "signed"},
    "POST /api/v1/contracts/<uuid:contract_id>/confirmations/<uuid:request_id>/answer": {"contract_id": "signed"},
    "GET /contracts/<uuid:contract_id>/amendments/<uuid:amendment_id>": {"contract_id": "signed"},
    "GET /api/v1/contracts/<uuid:contract_id>/amendments/<uuid:amendment_id>": {"contract_id": "signed"},
    "GET /api/v1/contracts/<uuid:contract_id>/evidence/<uuid:evidence_id>": {"contract_id": "signed"},
    "GET /contracts/<uuid:contract_id>/evidence/<uuid:evidence_id>": {"contract_id": "signed"},
    "POST /api/v1/organizations/<uuid:organization_id>/invitations/<uuid:invitation_id>/revoke": {"organization_id": "c"},
    "POST /api/v1/organizations/<uuid:organization_id>/members/<uuid:person_id>/end": {"organization_id": "c"},
    "POST /api/v1/organizations/<uuid:organization_id>/members/<uuid:person_id>/role": {"organization_id": "c"},
    "POST /api/v1/organizations/<uuid:organization_id>/numbers/<uuid:number_id>/remove": {"organization_id": "c"},
    "POST /api/v1/fairs/<slug>/staff/<uuid:staff_id>/end": {"slug": "other_fair"},
    "POST /staff/fairs/<slug>/staff/<uuid:staff_id>/end": {"slug": "other_fair"},
}
"""One's own parent with somebody else's child: route → the parent that is not the child's."""


@pytest.mark.parametrize("route", CROSSED)
def test_a_child_is_reached_through_its_own_parent_only(world, route):
    call = made(world, route)
    for name, thing in CROSSED[route].items():
        parent = getattr(world, thing)
        call.path[name] = parent.slug if name == "slug" else parent
    roles = {"c": "c_owner", "other_fair": "other_staff", "signed": "a_owner"}
    role = roles[next(iter(CROSSED[route].values()))]
    with undone():
        assert send(world, route, call, role=role).status_code == 404
